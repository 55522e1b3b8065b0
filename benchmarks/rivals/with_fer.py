"""``fer`` (MIT) on pictures, as its documentation calls it; its environment has nothing of fer_lab."""

import logging

import cv2
from fer.fer import FER
from told import answer_all

logging.getLogger("fer").setLevel(logging.ERROR)
looking, given = FER(), FER(offsets=(0, 0))
"""A face that it finds is widened by 10 px; a picture that is a face already has nothing around it."""


def answered(path: str, face_already: bool) -> tuple[int, dict[str, float] | None]:
    """How many faces it finds, and what it says of the largest."""
    image = cv2.imread(path)
    whole = [[0, 0, image.shape[1], image.shape[0]]]
    found = given.detect_emotions(image, face_rectangles=whole) if face_already else looking.detect_emotions(image)
    if not found:
        return 0, None
    largest = max(found, key=lambda face: face["box"][2] * face["box"][3])
    return len(found), {name: float(value) for name, value in largest["emotions"].items()}


answer_all(answered)
