"""Alignment by the centres of the eyes, and nothing else, view ``face`` where ``FacesConfig.eyes`` is set.

Rosa Ramos 2018, sec. 7.2: a rotation about the midpoint between the eyes by the arctangent of their difference, and the
scale that gives them the desired distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.align import Similarity
from fer_lab.faces.reference import pixel_centres
from fer_lab.faces.sample import SamplingMap

VERSION = 1
LEFT, RIGHT = slice(36, 42), slice(42, 48)
"""Of the 68 points, those around the eye on the picture's left and on its right."""


def eye_centres(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Centroids of the points around each eye, (68, 2) to (2, 2), the one on the picture's left first."""
    return np.array([landmarks[LEFT].mean(0), landmarks[RIGHT].mean(0)], np.float64)


def align_eyes(landmarks: NDArray[np.floating], size: int, margin: float, position: tuple[float, float]) -> SamplingMap:
    """Where the pixels of the crop lie in the picture: a square that the eyes decide, and a border around it.

    Args:
        landmarks: (68, 2) px of the picture; the eyes' centres apart.
        size: side of the crop in px.
        margin: border around the square, as a share of half its side (``FacesConfig.margin``).
        position: of the left eye's centre in the square (``FacesConfig.eyes``).
    """
    left, right = eye_centres(landmarks)
    across, down = right - left
    angle, (x, y) = np.arctan2(down, across), position
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    side = float(np.hypot(across, down)) / (1 - 2 * x)
    back = Similarity(side, turn, (left + right) / 2)
    square = (2 * pixel_centres(size) / size - 1) * (1 + margin) / 2 + 0.5
    source = back(square - (0.5, y))
    return SamplingMap(source.astype(np.float32), np.ones((size, size), bool), side * (1 + margin) / size)
