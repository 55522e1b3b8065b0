"""KDEF: seven expressions of seventy people, photographed twice from five angles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_lab.datasets.base import OF_PEOPLE
from fer_lab.datasets.named_stills import ANGLE, SEXES, SeenFromSides
from fer_lab.datasets.named_stills_twin import Shot, Sitter

CODES: Mapping[str, str] = {
    "af": "fear", "an": "anger", "di": "disgust", "ha": "happiness", "ne": "neutral", "sa": "sadness", "su": "surprise"
}  # fmt: skip
ANGLES: Mapping[str, int] = {"FL": -90, "HL": -45, "S": 0, "HR": 45, "FR": 90}
SESSIONS = ("A", "B")


class Kdef(SeenFromSides):
    """KDEF as distributed: ``AF01ANS.JPG`` is session, sex and number, expression, angle.

    The codes are those of its own description; ``F01`` is the same person in both sessions. Known of copies of it: two
    images (``AF31V.JPG``, ``AM31H.JPG``) have lost part of their names and are listed; ten are black.
    """

    name = "kdef"
    title = "KDEF"
    reference = (
        "Lundqvist, Flykt, Öhman: The Karolinska Directed Emotional Faces. "
        "Department of Clinical Neuroscience, Psychology section, Karolinska Institutet, 1998, ISBN 91-630-7164-9"
    )
    request = "the Karolinska Institutet (https://kdef.se)"
    terms = "non-commercial research; ask which pictures may be shown"
    tree = """
kdef/                         the images may lie deeper, as in KDEF_and_AKDEF/KDEF/, or in a .zip
  AF01/                         session, sex and number; any folder will do
    AF01ANS.JPG                   session A or B; F female, M male, 01 to 35; expression; angle; 562 x 762, colour
                                  AF fear AN anger DI disgust HA happiness NE neutral SA sadness SU surprise
                                  FL full left, HL half left, S straight, HR half right, FR full right
  subjects.csv                  may be absent: subject,age,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"images": 4900, "subjects": 70}
    described: Mapping[str, int | str] = {
        "elicitation": "posed", "women": 35, "men": 35, "size": "562 x 762", "ages": "20-30"
    }  # fmt: skip
    pattern = r"(?P<session>[AB])(?P<subject>(?P<sex>[FM])\d{2})(?P<expression>[A-Z]{2})(?P<angle>FL|HL|S|HR|FR)\.\w+"
    example = "AF01ANS.JPG"
    codes = CODES
    words: Mapping[str, Mapping[str, Any]] = {"sex": SEXES, ANGLE: ANGLES}
    attributes = (*OF_PEOPLE, "session", ANGLE)
    cast = (("F", "female", 35), ("M", "male", 35))

    def shots(self, sitter: Sitter) -> Sequence[Shot]:
        """All expressions from all angles, in both sessions; each was shot anew."""
        who = f"{sitter.group}{sitter.place:02d}"
        return [
            Shot(f"{session}{who}/{name}.JPG", emotion, name, degrees)
            for session in SESSIONS
            for code, emotion in CODES.items()
            for angle, degrees in ANGLES.items()
            for name in [f"{session}{who}{code.upper()}{angle}"]
        ]
