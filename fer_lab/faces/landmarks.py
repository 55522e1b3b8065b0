"""From MediaPipe's 478 mesh points to the 68 points of iBUG 300-W, and what is measured on them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fer_lab.generator.mesh import IBUG68

Real = TypeVar("Real", np.float32, np.float64)

STABLE: tuple[int, ...] = (0, 1, 2, 3, 13, 14, 15, 16, 27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45)
"""Of the 68, those that expressions hardly move: upper jaw line, nose, corners of the eyes."""
OUTER_EYES: tuple[int, int] = (36, 45)


def ibug68(mesh: NDArray[Real]) -> NDArray[Real]:
    """The 68 points of a mesh: (..., 468 or 478, D) to (..., 68, D)."""
    return mesh[..., np.asarray(IBUG68), :]


def eye_distance(landmarks: NDArray[Real]) -> NDArray[np.float64]:
    """Distance of the outer corners of the eyes, (..., 68, 2) to (...), in the unit of the points."""
    left, right = OUTER_EYES
    return np.asarray(np.linalg.norm(landmarks[..., left, :] - landmarks[..., right, :], axis=-1), np.float64)
