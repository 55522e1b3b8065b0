"""RaFD: eight expressions of 67 people, looking in three directions, seen by five cameras at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_lab.datasets.base import OF_PEOPLE
from fer_lab.datasets.named_stills import ANGLE, SeenFromSides
from fer_lab.datasets.named_stills_twin import ASIDE, Shot, Sitter
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.labels import EMOTIONS

CODES: Mapping[str, str] = {
    "angry": "anger", "contemptuous": "contempt", "disgusted": "disgust", "fearful": "fear", "happy": "happiness",
    "neutral": "neutral", "sad": "sadness", "surprised": "surprise",
}  # fmt: skip
ANGLES: Mapping[str, int] = {"000": 90, "045": 45, "090": 0, "135": -45, "180": -90}
"""At 180 the left side of the face is seen."""
GAZES: Mapping[str, float] = {"left": -ASIDE, "frontal": 0.0, "right": ASIDE}
"""Which way the irises go in the twin's pictures is ours."""


class Rafd(SeenFromSides):
    """RaFD as distributed: ``Rafd090_01_Caucasian_female_angry_frontal.jpg`` is angle, person, expression, gaze.

    The set's page says who is in it; what the names mean is known from published code that quotes its FAQ. Contempt is
    a class: Rosa Ramos 2018 (sec. 6.2.4) had to leave out one of eight. The generator draws adults for the children.
    """

    name = "rafd"
    title = "RaFD"
    reference = (
        "Langner, Dotsch, Bijlstra, Wigboldus, Hawk, van Knippenberg: Presentation and validation of the Radboud Faces "
        "Database. Cognition and Emotion 24(8), 2010"
    )
    request = "the Radboud University Nijmegen (https://rafd.socsci.ru.nl)"
    terms = "research only, on request"
    tree = """
rafd/                         the images may lie deeper, or in a .zip
  Rafd090_01_Caucasian_female_angry_frontal.jpg
                                angle of the camera: 000 045 090 135 180; 090 is the front
                                number of the person; Caucasian, Kid or Moroccan; female or male
                                angry contemptuous disgusted fearful happy neutral sad surprised
                                gaze: left, frontal or right
  subjects.csv                  may be absent: subject,age,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"images": 8040, "subjects": 67}
    """67 people in all expressions, gazes and angles."""
    described: Mapping[str, int | str] = {"elicitation": "posed", "women": 25, "men": 42}
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}
    pattern = (
        r"Rafd(?P<angle>\d{3})_(?P<subject>\d+)_(?P<group>[A-Z]+)_(?P<sex>[A-Z]+)_"
        r"(?P<expression>[A-Z]+)_(?P<gaze>[A-Z]+)\.\w+"
    )
    example = "Rafd090_01_Caucasian_female_angry_frontal.jpg"
    codes = CODES
    words: Mapping[str, Mapping[str, Any]] = {"sex": {"FEMALE": "female", "MALE": "male"}, ANGLE: ANGLES}
    attributes = (*OF_PEOPLE, "group", "gaze", ANGLE)
    cast = (
        ("Caucasian", "female", 19),
        ("Caucasian", "male", 20),
        ("Kid", "female", 6),
        ("Kid", "male", 4),
        ("Moroccan", "male", 18),
    )

    def shots(self, sitter: Sitter) -> Sequence[Shot]:
        """All expressions and gazes, each seen by all cameras at once; the numbers of the people are ours."""
        who = f"{sitter.number:02d}_{sitter.group}_{sitter.sex}"
        return [
            Shot(f"Rafd{angle}_{who}_{code}_{gaze}.jpg", emotion, f"{code}_{gaze}", degrees, aside)
            for code, emotion in CODES.items()
            for gaze, aside in GAZES.items()
            for angle, degrees in ANGLES.items()
        ]
