import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_lab import media
from fer_lab.errors import DataError
from fer_lab.faces.blendshapes import BLENDSHAPES, in_order
from fer_lab.faces.detect import SMALL, Detector
from fer_lab.faces.frontalize import fit_camera
from fer_lab.faces.landmarks import eye_distance, ibug68
from fer_lab.generator import Truth

DETECT_THEN_TRAIN = """
import time
import numpy as np, torch, pytorch_lightning
from fer_lab.faces import Detector, find_model

class Module(pytorch_lightning.LightningModule):
    def __init__(self): super().__init__(); self.layer = torch.nn.Linear(1, 1)
    def training_step(self, batch, number): return self.layer(batch).sum()
    def configure_optimizers(self): return torch.optim.SGD(self.parameters(), 0.1)

detector = Detector(find_model())
detector.detect(np.zeros((128, 128, 3), np.uint8))
quiet = dict(logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
pytorch_lightning.Trainer(max_epochs=1, accelerator="cpu", **quiet).fit(Module(), torch.ones(2, 1))
for _ in range(50):
    detector.detect(np.zeros((128, 128, 3), np.uint8))
"""
Twin = tuple[np.ndarray, Truth]


def error(found: np.ndarray, true: np.ndarray) -> float:
    """Mean distance of the points, as a share of the distance of the eyes."""
    return float(np.linalg.norm(found - true, axis=-1).mean() / eye_distance(true))


def test_the_landmarks_of_a_twin_are_found(detector: Detector, twin: Twin) -> None:
    for image, landmarks in zip(twin[0], twin[1].landmarks, strict=True):
        detection = detector.detect(image)
        assert detection is not None
        assert detection.faces_found == 1
        assert detection.mesh.shape == (478, 2)
        assert detection.mesh.dtype == np.float32
        assert error(ibug68(detection.mesh), landmarks) < 0.05


@pytest.mark.parametrize("pose", [(0, 0, 0), (20, 0, 0), (-20, 0, 0), (0, 12, 0), (0, 0, -20)])
def test_the_pose_of_a_twin_is_found(detector: Detector, turned, pose: tuple[int, int, int]) -> None:
    detection = detector.detect(turned(*pose)[0])
    assert detection is not None
    np.testing.assert_allclose(fit_camera(ibug68(detection.mesh)).pose, pose, atol=9)


def test_blendshapes_say_what_a_face_does_and_move_no_point(model: Path, detector: Detector, twin: Twin) -> None:
    smile, plain = Detector(model, blendshapes=True).detect(twin[0][-1]), detector.detect(twin[0][-1])
    assert plain is not None
    assert plain.blendshapes is None
    assert smile is not None
    np.testing.assert_array_equal(plain.mesh, smile.mesh)
    assert smile.blendshapes is not None
    assert (smile.blendshapes.shape, smile.blendshapes.dtype) == ((len(BLENDSHAPES),), np.float32)
    said = dict(zip(BLENDSHAPES, smile.blendshapes, strict=True))
    assert min(said.values()) >= 0
    assert min(said["mouthSmileLeft"], said["mouthSmileRight"]) > 0.4
    assert max(said["mouthFrownLeft"], said["jawOpen"], said["_neutral"]) < 0.1


def test_blendshapes_are_read_by_name_whatever_their_order() -> None:
    scores = {name: place / 100 for place, name in enumerate(BLENDSHAPES)}
    backwards = dict(reversed(scores.items()))
    np.testing.assert_array_equal(in_order(backwards), np.arange(52, dtype=np.float32) / np.float32(100))
    with pytest.raises(DataError, match="no blendshape jawOpen"):
        in_order({name: score for name, score in scores.items() if name != "jawOpen"})


def test_a_small_picture_is_in_its_own_pixels(detector: Detector, twin: Twin) -> None:
    small = cv2.resize(twin[0][0], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert min(small.shape[:2]) < SMALL
    detection = detector.detect(small)
    assert detection is not None
    assert error(ibug68(detection.mesh), twin[1].landmarks[0] / 2) < 0.06


def test_of_two_faces_the_larger_is_kept_and_both_are_counted(detector: Detector, twin: Twin) -> None:
    image = twin[0][0]
    large = cv2.resize(image, None, fx=2, fy=2)
    both = np.hstack([np.vstack([image, np.full_like(image, 128)]), large])
    detection = detector.detect(both)
    assert detection is not None
    assert detection.faces_found == 2
    assert error(ibug68(detection.mesh), twin[1].landmarks[0] * 2 + (128, 0)) < 0.05


def test_no_face_is_found_where_there_is_none(detector: Detector) -> None:
    assert detector.detect(np.full((128, 128, 3), 128, np.uint8)) is None
    assert detector.detect(np.random.default_rng(0).integers(0, 256, (128, 160, 3), dtype=np.uint8)) is None


def test_the_same_picture_gives_the_same_points(detector: Detector, model: Path, twin: Twin) -> None:
    one, two = detector.detect(twin[0][0]), Detector(model).detect(twin[0][0])
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.mesh, two.mesh)


def test_a_detector_travels_without_its_landmarker(detector: Detector, twin: Twin) -> None:
    detector.detect(twin[0][0])
    copy = pickle.loads(pickle.dumps(detector))
    assert copy.model == detector.model
    assert copy.detect(twin[0][0]) is not None


def _answer(detector: Detector, image: np.ndarray, answer: multiprocessing.SimpleQueue) -> None:
    detector.detect(image)
    answer.put("answered")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_detector_answers_after_a_fork(detector: Detector, twin: Twin) -> None:
    detector.detect(twin[0][0])  # open here: were it shared, it would never answer there
    context = multiprocessing.get_context("fork")
    answer = context.SimpleQueue()
    child = context.Process(target=_answer, args=(detector, twin[0][0], answer))
    child.start()
    child.join(20)
    child.kill()
    assert child.exitcode == 0
    assert answer.get() == "answered"


def test_nothing_is_said_on_stderr(model: Path, twin: Twin, capfd: pytest.CaptureFixture[str]) -> None:
    Detector(model).detect(twin[0][0])
    assert capfd.readouterr().err == ""


def test_who_detects_can_train_in_the_same_process_and_detect_again() -> None:
    """Not so where Lightning makes the signal deadly that MediaPipe's profiler sends: it ended by SIGPROF."""
    done = subprocess.run([sys.executable, "-c", DETECT_THEN_TRAIN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(("name", "faces"), [("single_face.jpg", 1), ("multi_face.jpg", 2)])
def test_faces_of_real_pictures_are_found(detector: Detector, real_data: Path, name: str, faces: int) -> None:
    detection = detector.detect(media.image(media.read_bytes(real_data / "video", name), name))
    assert detection is not None
    assert detection.faces_found >= faces
    assert np.abs(fit_camera(ibug68(detection.mesh)).pose).max() < 40
