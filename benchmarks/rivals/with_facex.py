"""``facex`` on pictures, as its classifier does it; its environment has nothing of fer_lab."""

from pathlib import Path

import cv2
import facex
from facex import EmotionClassifier
from told import answer_all

classifier = EmotionClassifier(str(Path(facex.__file__).parent / "assets" / "model_optimized.tflite"))


def answered(path: str, face_already: bool) -> tuple[int, dict[str, float] | None]:
    """How many faces it finds, and what it says of the largest."""
    image = cv2.imread(path)
    if face_already:
        said = classifier.detect_emotion(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
        return 1, {name: float(value) for name, value in said.items()}
    found = classifier.predict(image)
    if not found:
        return 0, None
    largest = max(found, key=lambda face: face["bbox"][2] * face["bbox"][3])
    return len(found), {name: float(value) for name, value in largest["emot"].items()}


answer_all(answered)
