"""The way of one picture: decoded, its face prepared as in training, answered by a finished run's network."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab import evaluation, media
from fer_lab.errors import ConfigError, DataError
from fer_lab.faces import Face, FacesConfig, Preparation, RawConfig, detector_of, prepare
from fer_lab.faces.steps import NoFace
from fer_lab.ledger import STAMP, Run
from fer_lab.runs import Trained, model_of

BLANK = np.full((256, 256, 3), 128, np.uint8)
"""A picture without a face: what is opened at the first look is opened before anybody waits for it."""


@dataclass(frozen=True)
class Answer:
    """What a network says of a picture.

    Attributes:
        outputs: name -> probability (of classes and labels) or value.
        box: around the face's 68 points: left, top, width, height, px of the picture; None where faces are prepared
            without points.
        faces_found: how many faces there are, of which the largest is answered; 0 where nothing looks for faces.
    """

    outputs: Mapping[str, float]
    box: tuple[float, float, float, float] | None
    faces_found: int


class Answering:
    """A finished run that answers pictures; several threads may ask, one after the other is answered.

    Args:
        run: of single faces, as ``model_of`` takes it.
        device: where its network computes, ``cpu`` or ``cuda``.

    Attributes:
        run: the run.
        trained: its network.

    Raises:
        ConfigError: its items are clips, or images that are faces already.
        StoreError: as ``model_of``.
    """

    def __init__(self, run: Run, device: str = "cpu") -> None:
        self.run, self.trained = run, model_of(run)
        self._preparation = _preparation_of(self.trained)
        self.trained.task.to(device)
        how = self._preparation
        self._detector = detector_of(how) if isinstance(how, FacesConfig) else None
        self._one = threading.Lock()
        prepare(BLANK, self._detector, self._preparation)

    def face(self, data: bytes, name: str) -> Face:
        """The largest face of a picture.

        Args:
            data: of an image file, in any format that data sets may have.
            name: what to call it when it is refused.

        Raises:
            Unreadable: it is no image, or too large a one.
            DataError: no face is found that could be used.
        """
        face = prepare(media.image(data, name), self._detector, self._preparation)
        if isinstance(face, NoFace):
            raise DataError(f"{name}: {face.reason}", expected="a picture of a face")
        return face

    def answer(self, data: bytes, name: str = "the picture") -> Answer:
        """What the network says of the largest face of a picture.

        Args: as ``face``.

        Raises: as ``face``.
        """
        with self._one:
            face = self.face(data, name)
            found = self.predict([face])[0]
        outputs = {name: float(value) for name, value in zip(self.trained.outputs, found, strict=True)}
        return Answer(outputs, _box(face.landmarks), face.faces_found)

    def predict(self, faces: Sequence[Face]) -> NDArray[np.float32]:
        """What the network says of faces, (n, outputs)."""
        views = {view: np.stack([face.views[view] for face in faces]) for view in self.trained.views}
        measures = [[getattr(face, name) for face in faces] for name in ("landmarks", "blendshapes")]
        return self.trained.predict(views, *(None if one[0] is None else np.stack(one) for one in measures))

    def about(self) -> dict[str, Any]:
        """Which run it is, of what data, and how good it was on its test part: the main metric and its interval."""
        run, target = self.run, self.run.target
        interval = evaluation.intervals([run.scores("test")], {"main": target.metric(target.main)})["main"]
        bounds = [interval.low, interval.high]
        measured = {"value": interval.mean, "interval": None if np.isnan(bounds).any() else bounds}
        return {
            "run": run.id,
            "cell": run.cell,
            "seed": run.seed,
            **{key: getattr(run, key) for key in STAMP},
            "trained_on": "generated faces" if run.source == "embedded" else "the data set itself",
            "measured": {"metric": target.main, **measured, "items": int(run.facts["items"]["test"])},
        }


def _preparation_of(trained: Trained) -> Preparation:
    """How its faces are prepared, from a picture each."""
    faces = trained.faces
    if isinstance(faces, RawConfig) or trained.length > 1:
        takes = "images that are faces already" if isinstance(faces, RawConfig) else f"clips of {trained.length} faces"
        raise ConfigError(
            f"run {trained.run.id} of {trained.run.cell} takes {takes}", expected="a run of single pictures"
        )
    return faces


def _box(landmarks: NDArray[np.float32] | None) -> tuple[float, float, float, float] | None:
    if landmarks is None:
        return None
    (left, top), (right, bottom) = landmarks.min(0).tolist(), landmarks.max(0).tolist()
    return left, top, right - left, bottom - top
