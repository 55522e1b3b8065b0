"""Face Place (Tarr lab): many people of many origins from many sides, some of them again later or disguised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_lab.datasets.base import OF_PEOPLE
from fer_lab.datasets.named_stills import ANGLE, SEXES, SeenFromSides
from fer_lab.datasets.named_stills_twin import Shot, Sitter
from fer_lab.errors import ConfigError

RACES: Mapping[str, str] = {
    "A": "Asian", "B": "Black", "C": "Caucasian", "H": "Hispanic", "M": "Multiracial"
}  # fmt: skip
PEOPLE = 235
DEGREES = (30, 45, 60, 90)
ANGLES: Mapping[str, int] = {
    "": 0, "00F": 0, **{f"{n}L": -n for n in DEGREES}, **{f"{n}R": n for n in DEGREES}
}  # fmt: skip
SESSION, AGAIN = "1101", "1102"


class FacePlace(SeenFromSides):
    """Face Place: ``CF0001_1101_00F.jpg`` is origin, sex and number; session; and what was asked for.

    Sides, ``00F`` and such as ``90L``, were prompted: they are read as neutral, as Rosa Ramos 2018 does (sec. 6.2.9: no
    pose of an emotion could be found, 541 neutral images could be saved), and so is ``NE``. Names are known from
    published code, the people from the README of release 3. What other codes mean was not at hand, nor which side is
    L: the former are listed, the latter is ours.

    Args:
        pattern, codes, angles: as of all images seen from sides.
        returning: how many people of the whole twin come back for a second session, for one more picture from the front
            with other hair, as some do (Rosa Ramos 2018, sec. 9.2.4).
    """

    name = "face_place"
    title = "Face Place"
    reference = "Tarr: Face-Place face database, release 3.0, 2008 (NSF award 0339122)"
    request = "the Tarr lab, Carnegie Mellon University (http://wiki.cnbc.cmu.edu/Face_Place)"
    terms = "scholarly research, nothing for profit; named as its source in any public use"
    tree = """
face_place/                   the images may lie deeper, as in Asian/ Black/ Caucasian/ ..., or in a .zip
  CF0001_1101_00F.jpg           A B C H or M; F female, M male; number; session; side: 00F 30L 30R ... 90L 90R
  CF0001_1101_NE.jpg            an expression: NE neutral (others: data.dataset.codes)
  subjects.csv                  may be absent: subject,age,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {}
    described: Mapping[str, int | str] = {"subjects": PEOPLE}
    pattern = (
        r"(?P<subject>(?P<race>[ABCHM])(?P<sex>[FM])\d+)_(?P<session>\d+)_"
        r"((?P<angle>\d\d[FLR])|(?P<expression>[A-Z]\w*))\.\w+"
    )
    example = "CF0001_1101_00F.jpg"
    codes: Mapping[str, str | None] = {"ne": "neutral"}
    unsaid = "neutral"
    words: Mapping[str, Mapping[str, Any]] = {"race": RACES, "sex": SEXES, ANGLE: ANGLES}
    attributes = (*OF_PEOPLE, "race", "session", ANGLE)
    everyone_shows_all = False
    cast = (
        ("A", "female", 34), ("A", "male", 19), ("B", "female", 18), ("B", "male", 16), ("C", "female", 57),
        ("C", "male", 49), ("H", "female", 17), ("H", "male", 2), ("M", "female", 12), ("M", "male", 11),
    )  # fmt: skip
    """How many of the 23 multiracial people are women was not at hand."""

    def __init__(
        self,
        pattern: str | None = None,
        codes: Mapping[str, str | None] | None = None,
        angles: Sequence[int] | None = None,
        returning: int | None = None,
    ) -> None:
        super().__init__(pattern, codes, angles)
        if returning is not None and not 0 <= returning <= PEOPLE:
            raise ConfigError(f"data.dataset.returning={returning}", expected=f"0 to {PEOPLE}, or null for nobody")
        self.returning = returning or 0

    def twin_options(self) -> Mapping[str, Any]:
        """Who comes back."""
        return {"returning": self.returning} if self.returning else {}

    def shots(self, sitter: Sitter) -> Sequence[Shot]:
        """All sides of one session, and a neutral face; one more of those who come back, who are evenly spread."""
        place, who = RACES[sitter.group], f"{sitter.group}{sitter.sex[0].upper()}{sitter.number:04d}"
        first = [
            Shot(f"{place}/{who}_{SESSION}_{angle or 'NE'}.jpg", "neutral", angle, degrees)
            for angle, degrees in ANGLES.items()
        ]
        comes = sitter.number * self.returning // PEOPLE > (sitter.number - 1) * self.returning // PEOPLE
        return [*first, *([Shot(f"{place}/{who}_{AGAIN}_NE.jpg", "neutral", AGAIN, changed=True)] if comes else [])]
