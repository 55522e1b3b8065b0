"""JAFFE: seven expressions of ten women, grey, seen from the front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fer_lab.datasets.named_stills import NamedStills
from fer_lab.datasets.named_stills_twin import Shot, Sitter

CODES: Mapping[str, str] = {
    "an": "anger", "di": "disgust", "fe": "fear", "ha": "happiness", "ne": "neutral", "sa": "sadness", "su": "surprise"
}  # fmt: skip
COUNTS: Mapping[str, int] = {"an": 30, "di": 29, "fe": 32, "ha": 31, "ne": 30, "sa": 31, "su": 30}
"""Images of each expression (Rosa Ramos 2018, Table 6.1), two to four a person."""
INITIALS = ("KA", "KL", "KM", "KR", "MK", "NA", "NM", "TM", "UY", "YM")
IMAGES_OF_A_PERSON = 25


class Jaffe(NamedStills):
    """JAFFE as distributed: ``KA.AN1.39.tiff`` is person, expression and take, and the number of the image.

    Names are known from published code that reads the data, counts from its page on Zenodo.
    """

    name = "jaffe"
    title = "JAFFE"
    reference = (
        "Lyons, Akamatsu, Kamachi, Gyoba: Coding facial expressions with Gabor wavelets. "
        "3rd IEEE International Conference on Automatic Face and Gesture Recognition, 1998"
    )
    request = "Zenodo (https://zenodo.org/record/3451524)"
    terms = "non-commercial research, on request, with its source cited"
    tree = """
jaffe/                        the images may lie deeper, or in a .zip
  KA.AN1.39.tiff                person (two letters), expression and take, number; 256 x 256, grey
                                AN anger DI disgust FE fear HA happiness NE neutral SA sadness SU surprise
  subjects.csv                  may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"images": 213, "subjects": 10}
    described: Mapping[str, int | str] = {"elicitation": "posed", "size": "256 x 256"}
    pattern = r"(?P<subject>[A-Z]{2})\.(?P<expression>[A-Z]{2})\d*\.\d+\.\w+"
    example = "KA.AN1.39.tiff"
    codes = CODES
    cast = (("", "female", 10),)
    grey = True

    def shots(self, sitter: Sitter) -> Sequence[Shot]:
        """Two to four takes of each expression; the numbers of the images are ours."""
        takes = [
            (code, take)
            for code, count in COUNTS.items()
            for take in range(1, count // len(INITIALS) + (sitter.number <= count % len(INITIALS)) + 1)
        ]
        first = IMAGES_OF_A_PERSON * (sitter.number - 1)
        return [
            Shot(f"{INITIALS[sitter.number - 1]}.{code.upper()}{take}.{number}.tiff", CODES[code], f"{code}{take}")
            for number, (code, take) in enumerate(takes, first + 1)
        ]
