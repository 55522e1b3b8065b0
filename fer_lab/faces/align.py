"""Rigid alignment: the similarity that brings a face's stable points onto the reference, view ``face``.

García Zapata 2018, sec. 1.2 (rigid registration); least squares after Umeyama 1991, doi:10.1109/34.88573.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.landmarks import STABLE
from fer_lab.faces.reference import frontal_frame, landmarks_3d, pixel_centres
from fer_lab.faces.sample import SamplingMap

VERSION = 3


@dataclass(frozen=True)
class Similarity:
    """``y = scale * rotation @ x + shift`` in the plane."""

    scale: float
    rotation: NDArray[np.float64]
    shift: NDArray[np.float64]

    def __call__(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Move points (..., 2)."""
        return np.asarray(self.scale * points @ self.rotation.T + self.shift)


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> Similarity:
    """The similarity (no reflection) that brings points (n, 2) closest to their targets (n, 2)."""
    centre, aim = source.mean(0), target.mean(0)
    spread = source - centre
    left, sizes, right = np.linalg.svd((target - aim).T @ spread)
    sign = np.array([1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    rotation = (left * sign) @ right
    scale = float((sizes * sign).sum() / max(float((spread**2).sum()), 1e-12))
    return Similarity(scale, rotation, aim - scale * rotation @ centre)


def align(landmarks: NDArray[np.floating], size: int, margin: float) -> SamplingMap:
    """Where the pixels of the aligned crop lie in the picture.

    Args:
        landmarks: (68, 2) px of the picture.
        size: side of the crop in px.
        margin: border around the reference (``FacesConfig.margin``).
    """
    back = similarity(stable_target(size, margin), np.asarray(landmarks, np.float64)[list(STABLE)])
    source = back(pixel_centres(size).reshape(-1, 2)).reshape(size, size, 2)
    return SamplingMap(source.astype(np.float32), np.ones((size, size), bool), back.scale)


def stable_target(size: int, margin: float) -> NDArray[np.float64]:
    """Where the stable points lie in the aligned crop, (n, 2) px; size and margin as ``align`` takes them."""
    return frontal_frame(size, margin).to_px(landmarks_3d()[list(STABLE)])
