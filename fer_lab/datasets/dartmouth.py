"""The Dartmouth Database of Children's Faces: no picture of it may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_lab.datasets.base import OF_PEOPLE
from fer_lab.datasets.named_stills import ANGLE, SEVEN, SEXES, SeenFromSides
from fer_lab.datasets.named_stills_twin import Shot, Sitter
from fer_lab.labels import ALIASES

ANGLES: Mapping[str, int] = {"-60": -60, "-30": -30, "0": 0, "30": 30, "60": 60}
LIGHTS: Mapping[str, str] = {"1": "normal", "2": "weak"}
"""Number in the twin's names -> what the generator calls it; what the two lightings are was not at hand."""


class DartmouthChildren(SeenFromSides):
    """Children of 6 to 16 years: eight expressions, five angles, two lightings. No picture is shown.

    How many there are is said by the paper; how its files are named, at which angles they were taken, and which the
    eighth expression is was not at hand: names and angles are **ours**, a copy needs ``pattern`` and ``codes`` (what
    has no code is listed). The generator draws adults: the twin shows no child either.
    """

    name = "dartmouth"
    title = "Dartmouth Database of Children's Faces"
    reference = (
        "Dalrymple, Gomez, Duchaine: The Dartmouth Database of Children's Faces: acquisition and validation of a new "
        "face stimulus set. PLoS ONE 8(11), e79131, 2013"
    )
    request = "the authors, by e-mail (doi:10.1371/journal.pone.0079131)"
    terms = "research only; the models are minors: no picture may be shown"
    tree = """
dartmouth/                    the images may lie deeper, or in a .zip
  F01_anger_1_0.jpg             ours: F female, M male, and a number; anger disgust fear happiness neutral sadness
                                surprise (or angry, happy, ...); lighting 1 or 2; angle -60 -30 0 30 60, degrees
                                (other names: data.dataset.pattern and data.dataset.codes)
  subjects.csv                  may be absent: subject,age,skin_tone,glasses,beard
"""
    advice = (
        "say how the files are named: data.dataset.pattern, a regular expression with the groups subject and "
        "expression (and sex, light, angle), and data.dataset.codes, what their codes of expressions mean"
    )
    published: Mapping[str, int] = {"subjects": 80}
    described: Mapping[str, int | str] = {"elicitation": "posed", "women": 40, "men": 40, "ages": "6-16"}
    pattern = r"(?P<subject>(?P<sex>[FM])\d+)_(?P<expression>[A-Z]+)_(?P<light>\d)_(?P<angle>-?\d+)\.\w+"
    example = "F01_anger_1_0.jpg"
    codes: Mapping[str, str | None] = {
        **{emotion: emotion for emotion in SEVEN},
        **{alias: emotion for alias, emotion in ALIASES.items() if emotion in SEVEN},
    }
    words: Mapping[str, Mapping[str, Any]] = {"sex": SEXES, ANGLE: ANGLES}
    attributes = (*OF_PEOPLE, "light", ANGLE)
    never_shown = True
    cast = (("F", "female", 40), ("M", "male", 40))

    def shots(self, sitter: Sitter) -> Sequence[Shot]:
        """The seven expressions that are classes, in both lightings, each from all angles."""
        who = f"{sitter.group}{sitter.place:02d}"
        return [
            Shot(f"{who}_{emotion}_{number}_{angle}.jpg", emotion, f"{emotion}_{number}", degrees, light=light)
            for emotion in SEVEN
            for number, light in LIGHTS.items()
            for angle, degrees in ANGLES.items()
        ]
