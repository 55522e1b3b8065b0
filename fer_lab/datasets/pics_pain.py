"""The pain expressions of PICS (Stirling): six emotions, neutral and pain of a few people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fer_lab.datasets.named_stills import NamedStills
from fer_lab.datasets.named_stills_twin import Shot, Sitter

CODES: Mapping[str, str] = {
    "a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral", "sa": "sadness", "s": "surprise"
}  # fmt: skip
TAKES = 2
"""Rosa Ramos 2018, Table 6.1, counts 46 to 48 images of four expressions, as many as two of each of 23 people."""


class PicsPain(NamedStills):
    """Pain expressions of PICS: ``f1a2.jpg`` is the person (a letter and a number), the expression and the take.

    Names are known from published code that reads the data. What was published in numbers, and what the letter and
    the code of pain are, was not at hand: codes that are none of the seven are listed. The twin's 23 people are ours.
    """

    name = "pics_pain"
    title = "PICS pain expressions"
    reference = "Psychological Image Collection at Stirling (PICS), Psychology, School of Natural Sciences"
    request = "the University of Stirling (http://pics.stir.ac.uk, 2D face sets)"
    terms = "research only"
    tree = """
pics_pain/                    the images may lie deeper, or in a .zip
  f1a2.jpg                      person: a letter and one or two digits; expression; take
                                a anger d disgust f fear h happiness n neutral sa sadness s surprise
  subjects.csv                  may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {}
    described: Mapping[str, int | str] = {"elicitation": "posed"}
    pattern = r"(?P<subject>[A-Z]\d{1,2})(?P<expression>[A-Z]{1,2})\d\w*\.\w+"
    example = "f1a2.jpg"
    codes = CODES
    everyone_shows_all = False
    cast = (("f", "female", 13), ("m", "male", 10))

    def shots(self, sitter: Sitter) -> Sequence[Shot]:
        """Two takes of each expression."""
        who = f"{sitter.group}{sitter.place}"
        return [
            Shot(f"{who}{code}{take}.jpg", emotion, f"{code}{take}")
            for code, emotion in CODES.items()
            for take in range(1, TAKES + 1)
        ]
