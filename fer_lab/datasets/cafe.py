"""CAFE, the California Facial Expressions of Cottrell's lab; not the child set of the same name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fer_lab.datasets.named_stills import NamedStills
from fer_lab.datasets.named_stills_twin import Shot, Sitter

CODES: Mapping[str, str] = {
    "a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "ht": "happiness",
    "m": "sadness", "n": "neutral", "s": "surprise",
}  # fmt: skip
IMAGES, PEOPLE = 146, 19
"""Images by Rosa Ramos 2018, sec. 6.2.8; how many people that are is ours."""


class Cafe(NamedStills):
    """CAFE: ``027_h1.pgm`` is person, expression and take; ``ht`` is happy with teeth, ``m`` maudlin, that is sad.

    Names and codes are known from published code that reads the data, 146 images from Rosa Ramos 2018, who used them
    for tests alone.
    """

    name = "cafe"
    title = "CAFE (California Facial Expressions)"
    reference = "Dailey, Cottrell, Reilly: California Facial Expressions (CAFE), 2001"
    request = "Gary Cottrell, University of California San Diego (http://cseweb.ucsd.edu/users/gary/CAFE/)"
    terms = "research only"
    tree = """
cafe/                         the images may lie deeper, or in a .zip
  027_h1.pgm                    person (a number), expression and take; grey
                                a anger d disgust f fear h happiness ht the same with teeth m sadness (maudlin)
                                n neutral s surprise
  subjects.csv                  may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"images": IMAGES}
    described: Mapping[str, int | str] = {"elicitation": "posed"}
    pattern = r"(?P<subject>\d+)_(?P<expression>[A-Z]{1,2})\d\w*\.\w+"
    example = "027_h1.pgm"
    codes = CODES
    everyone_shows_all = False
    cast = (("", "female", 10), ("", "male", 9))
    grey = True

    def shots(self, sitter: Sitter) -> Sequence[Shot]:
        """Each expression once; of the last person as many as are left of the 146."""
        left = IMAGES - len(CODES) * (sitter.number - 1)
        return [Shot(f"{sitter.number:03d}_{code}1.pgm", emotion, code) for code, emotion in list(CODES.items())[:left]]
