"""What finds faces and their points, whichever a configuration names; and by what its files are known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fer_lab.faces import dlib_detector
from fer_lab.faces.config import FacesConfig
from fer_lab.faces.detect import Detector
from fer_lab.faces.model_file import find_model, model_digest


class Found(Protocol):
    """A face of a picture."""

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """The 68 iBUG points, float32 (68, 2), px of the picture, which spans [0, width] x [0, height]."""

    @property
    def faces_found(self) -> int:
        """How many faces there were."""

    @property
    def blendshapes(self) -> NDArray[np.float32] | None:
        """Float32 (52,), see ``BLENDSHAPES``; None unless the detector was asked for them, and says them."""


class FaceDetector(Protocol):
    """What ``prepare`` asks; ``Detector`` (MediaPipe) and ``DlibDetector`` are such."""

    @property
    def blendshapes(self) -> bool:
        """Whether they are said of faces."""

    def detect(self, image: NDArray[np.uint8]) -> Found | None:
        """The largest face of a picture, uint8 (H, W, 3), RGB; or None."""

    def detect_all(self, image: NDArray[np.uint8]) -> Sequence[Found]:
        """Every face of a picture, the largest first."""


def detector_of(config: FacesConfig) -> FaceDetector:
    """What finds the faces of a configuration, the same one in a process for the same settings.

    Raises:
        DataError: its landmark model is nowhere.
    """
    if config.detector is not None:
        return config.detector
    return _landmarker(find_model(config.model), config.max_faces, config.confidence, config.blendshapes)


def landmarks_digest(config: FacesConfig) -> str:
    """SHA-256 of the file that the points come from."""
    return model_digest(config.model) if config.detector is None else dlib_detector.SHA256


@lru_cache(maxsize=1)
def _landmarker(model: Path, max_faces: int, confidence: float, blendshapes: bool) -> Detector:
    return Detector(model, max_faces, confidence, blendshapes)
