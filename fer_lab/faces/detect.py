"""Find the largest face of a picture, its 478 mesh points and blendshapes with MediaPipe's FaceLandmarker."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.blendshapes import in_order
from fer_lab.faces.landmarks import ibug68

VERSION = 1
SMALL = 128
"""Pictures with a shorter side than this (px) are shown to the detector at twice their size."""
_OPENING = threading.Lock()
"""Held while a landmarker is opened: stderr belongs to the whole process, and two threads would not give it back."""


@dataclass(frozen=True)
class Detection:
    """A face of a picture.

    Args:
        mesh: float32 (478, 2), x and y in px of the picture, which spans [0, width] x [0, height].
        faces_found: how many faces there were.
        blendshapes: float32 (52,), see ``BLENDSHAPES``; None unless the detector was asked for them.
    """

    mesh: NDArray[np.float32]
    faces_found: int
    blendshapes: NDArray[np.float32] | None = None

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """The 68 iBUG points among those of the mesh, (68, 2)."""
        return ibug68(self.mesh)


class Detector:
    """A FaceLandmarker of its own in each process: one that is shared over a fork never answers.

    It can be pickled and can be carried over a fork; each process opens its landmarker when it first detects.

    Args:
        model: file of the landmark model.
        max_faces: how many faces are looked for.
        confidence: least confidence (0..1) in a face.
        blendshapes: whether they are said of the face that is found; its points are the same.
    """

    def __init__(self, model: Path, max_faces: int = 4, confidence: float = 0.5, blendshapes: bool = False) -> None:
        self.model, self.max_faces, self.confidence, self.blendshapes = model, max_faces, confidence, blendshapes
        self._opened: dict[int, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the open landmarkers."""
        return {**self.__dict__, "_opened": {}}

    def detect(self, image: NDArray[np.uint8]) -> Detection | None:
        """The largest face (by the box around its points), or None.

        Args:
            image: uint8 (H, W, 3), RGB.

        Raises:
            DataError: blendshapes are asked for, and the model gives others.
        """
        return next(iter(self.detect_all(image)), None)

    def detect_all(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Every face, ``max_faces`` at the most, the largest first.

        Args, Raises: as ``detect``.
        """
        landmarker = self._opened.get(os.getpid()) or self._open()
        found = _detect(landmarker, _enlarged(image))
        height, width = image.shape[:2]
        meshes = [_points(face) * np.array([width, height], np.float32) for face in found.face_landmarks]
        said = [_scores(one) for one in found.face_blendshapes] if self.blendshapes else [None] * len(meshes)
        faces = [Detection(mesh, len(meshes), own) for mesh, own in zip(meshes, said, strict=True)]
        return sorted(faces, key=lambda face: -_area(face.mesh))

    def close(self) -> None:
        """Release what is open in this process; the next picture opens it anew."""
        landmarker = self._opened.pop(os.getpid(), None)
        if landmarker is not None:
            _close(landmarker, os.getpid())

    def _open(self) -> Any:
        with _OPENING, _silent_stderr():
            landmarker = self._create()
            _detect(landmarker, np.zeros((SMALL, SMALL, 3), np.uint8))  # its first answer is what is noisy
        _know_what_is_ignored()
        self._opened[os.getpid()] = landmarker
        weakref.finalize(self, _close, landmarker, os.getpid())
        return landmarker

    def _create(self) -> Any:
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=self.model.read_bytes()),
            running_mode=vision.RunningMode.IMAGE,
            num_faces=self.max_faces,
            min_face_detection_confidence=self.confidence,
            min_face_presence_confidence=self.confidence,
            output_face_blendshapes=self.blendshapes,
        )
        return vision.FaceLandmarker.create_from_options(options)


def _know_what_is_ignored() -> None:
    """Tell Python what MediaPipe did behind its back: its profiler arms timers, and ignores their SIGPROF.

    Who asks Python finds the default still. Lightning asks for every signal before training, and sets what it found
    after it: with the next timer the process ends ("Profiling timer expired").
    """
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGPROF) == signal.SIG_DFL:
        signal.signal(signal.SIGPROF, signal.SIG_IGN)


def _close(landmarker: Any, process: int) -> None:
    """Release a landmarker while Python is whole: left to itself, it complains when the process ends."""
    if process == os.getpid():
        try:
            landmarker.close()
        except RuntimeError:  # Python has ended its threads before: nothing is left to release
            landmarker._handle = None  # or it tries again when it is collected, and complains


def _detect(landmarker: Any, image: NDArray[np.uint8]) -> Any:
    import mediapipe

    picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image))
    return landmarker.detect(picture)


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if min(image.shape[:2]) >= SMALL:
        return image
    return np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.uint8)


def _points(face: Any) -> NDArray[np.float32]:
    return np.array([(point.x, point.y) for point in face], np.float32)


def _scores(blendshapes: Any) -> NDArray[np.float32]:
    return in_order({one.category_name: one.score for one in blendshapes})


def _area(mesh: NDArray[np.float32]) -> float:
    return float(np.prod(mesh.max(0) - mesh.min(0)))


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what native code writes to stderr nowhere; Python's exceptions are not touched."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
