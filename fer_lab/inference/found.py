"""Faces of pictures, as a model wants them: found, prepared, and laid out as its inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import StoreError
from fer_lab.faces import (
    Detector,
    Face,
    FacesConfig,
    NoFace,
    RawConfig,
    find_model,
    landmarks_digest,
    prepare_all,
)
from fer_lab.faces.detectors import FaceDetector
from fer_lab.inference.contract import Contract

MOST = 16
"""Faces that are looked for in a picture, unless one is told otherwise."""
BLANK = np.full((256, 256, 3), 128, np.uint8)
"""A picture without a face: what is opened at the first look is opened before anybody waits for it."""


class Finder:
    """Finds the faces of pictures and prepares them as a model saw faces in training; one thread may ask at a time.

    Args:
        contract: of the model.
        most: faces of a picture that are looked for.

    Raises:
        StoreError: the model's landmarks came from another file than the one that is here.
        DataError: the landmark model is nowhere.
    """

    def __init__(self, contract: Contract, most: int = MOST) -> None:
        self.preparation, self.most = contract.preparation, most
        if isinstance(self.preparation, FacesConfig):
            _check_landmarks(contract, self.preparation)
        self._detector = self._detector_for(most)
        self(BLANK)

    def __call__(self, image: NDArray[np.uint8]) -> list[Face | NoFace]:
        """Every face of a picture, uint8 (H, W, 3), RGB, the largest first; of one that cannot be used, why."""
        return prepare_all(image, self._detector, self.preparation)[: self.most]

    def close(self) -> None:
        """Release the landmark model, before Python ends."""
        if isinstance(self._detector, Detector):
            self._detector.close()

    def _detector_for(self, most: int) -> FaceDetector | None:
        """Its own: what finds faces in one thread may not be asked by another at the same time."""
        how, count = self.preparation, max(2, most)
        if isinstance(how, RawConfig):
            return Detector(find_model(None), count)
        if not isinstance(how, FacesConfig):
            return None
        return how.detector or Detector(find_model(how.model), count, how.confidence, how.blendshapes)


def _check_landmarks(contract: Contract, how: FacesConfig) -> None:
    if (found := landmarks_digest(how)) != contract.landmarks:
        raise StoreError(
            f"the landmark model here has SHA-256 {found}",
            expected=f"{contract.landmarks}, which the faces of run {contract.run['id']} were aligned with",
            do="install the version of fer_lab that exported the model",
        )


def inputs_of(contract: Contract, faces: Sequence[Face]) -> dict[str, NDArray[np.generic]]:
    """Faces, each an item of its own, as a model's inputs: (B, *shape) by name; a clip shows one face all the time."""
    given = shown(contract, faces)
    if contract.length == 1:
        return given
    return {name: np.repeat(values[:, None], contract.length, axis=1) for name, values in given.items()}


def shown(contract: Contract, faces: Sequence[Face]) -> dict[str, NDArray[np.generic]]:
    """What a model is shown of each of some faces, (B, ...) by name; a clip is made of as many as it is long."""
    return {one.name: np.stack([_value(face, one.name) for face in faces]) for one in contract.inputs}


def _value(face: Face, name: str) -> NDArray[np.generic]:
    value = face.views[name] if name in face.views else getattr(face, name)
    found: NDArray[np.generic] = value
    return found


def box_of(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Left, top, width, height of points (68, 2), px."""
    low, high = landmarks.min(0), landmarks.max(0)
    return np.concatenate([low, high - low]).astype(np.float64)
