"""How far a face is from how it was at first, over a video: from its landmarks alone. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_lab.faces import FaceStore

Floats = NDArray[np.float64]
Shapes = NDArray[np.complex128]
"""Points as complex numbers, (n, P), their mean 0 and their norm 1: place and size do not count."""
INNER = slice(17, 68)
"""Brows, eyes, nose and mouth. The jaw is left out: it follows the head's pose more than the expression."""
REST = 0.1
"""Share of a video's duration whose frames, the first at least, show the face that distances are from."""
WEIGHTS = np.array([1.0, 2.0, 1.0])
"""Of the frame before, a frame and the one after: a blink must not be a peak."""


@dataclass(frozen=True)
class Course:
    """A face over a video.

    Attributes:
        positions: (n,) of the frames with a face, shares of the duration.
        distances: (n,) from the first frames, smoothed; 0 is alike, 1 the most there can be.
    """

    positions: Floats
    distances: Floats

    @property
    def peak(self) -> float:
        """Where the face is furthest away, a share of the duration."""
        return float(self.positions[self.distances.argmax()])


def courses(store: FaceStore) -> dict[str, Course]:
    """The course of every video of a store, by id; of one with a single face the distance is 0."""
    shapes = _shapes(store.landmarks[:, INNER].astype(np.float64))
    found = {}
    for name, own in store.frames.groupby("id", sort=False):
        positions = own["position"].to_numpy(np.float64)
        found[str(name)] = Course(positions, _smooth(_distances(shapes[own["row"].to_numpy()], positions)))
    return found


def _shapes(points: Floats) -> Shapes:
    plane = points[..., 0] + 1j * points[..., 1]
    centred = plane - plane.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True), np.complex128)


def _distances(shapes: Shapes, positions: Floats) -> Floats:
    """(n,) full Procrustes distances to the mean of the first frames, sqrt(1 - |<z, w>|^2): rotation does not count."""
    first = shapes[positions <= max(REST, positions[0])]
    turned = first * np.exp(-1j * np.angle(first @ first[0].conj()))[:, None]
    mean = turned.mean(axis=0)
    alike = np.abs(shapes @ mean.conj()) / np.linalg.norm(mean)
    return np.asarray(np.sqrt(np.clip(1 - alike**2, 0, None)))


def _smooth(values: Floats) -> Floats:
    if len(values) < len(WEIGHTS):
        return values
    return np.convolve(values, WEIGHTS, "same") / np.convolve(np.ones_like(values), WEIGHTS, "same")
