"""Frontalization without symmetry, view ``frontal``, after Hassner et al. 2015, doi:10.1109/CVPR.2015.7299058.

A camera is fitted to the landmarks and a 3-D reference that is the same for everybody. Each pixel of the frontal
window sees a point of the reference; the camera says where that point lies in the picture. Parts of the face that
are hidden there show what hides them; ``symmetry`` mends that with nothing but this map.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.landmarks import STABLE
from fer_lab.faces.reference import DISTANCE, frontal_frame, frontal_surface, landmarks_3d
from fer_lab.faces.sample import SamplingMap

VERSION = 3
FLIP = np.diag([1.0, -1.0, -1.0])
"""From object axes (y up, z to the camera) to OpenCV's camera axes (y down, z away), and back."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks at the face.

    Args:
        rotation: (3, 3) of the head in object axes.
        shift: (3,) position of the reference's origin in camera axes (x right, y down, z away), cm.
        focal: focal length in px.
        principal: (2,) where the optical axis meets the picture, px. Crops do not tell it either: the reference's
            origin is taken to lie on the axis, so that a pose is relative to the line of sight.
    """

    rotation: NDArray[np.float64]
    shift: NDArray[np.float64]
    focal: float
    principal: NDArray[np.float64]

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reference points (..., 3) in cm to px (..., 2)."""
        lens = np.array([[self.focal, 0, self.principal[0]], [0, self.focal, self.principal[1]], [0, 0, 1]])
        seen = points.reshape(-1, 3) @ (lens @ FLIP @ self.rotation).T + lens @ self.shift
        return (seen[:, :2] / seen[:, 2:]).reshape(*points.shape[:-1], 2)

    @property
    def scale(self) -> float:
        """Px per cm at the reference's origin."""
        return self.focal / float(self.shift[2])

    @property
    def pose(self) -> NDArray[np.float32]:
        """Yaw, pitch, roll (3,) in degrees; the rotation is roll about z after pitch about x after yaw about y."""
        turn = self.rotation
        pitch = np.arcsin(np.clip(turn[2, 1], -1, 1))
        yaw, roll = np.arctan2(-turn[2, 0], turn[2, 2]), np.arctan2(-turn[0, 1], turn[1, 1])
        return np.degrees([yaw, pitch, roll]).astype(np.float32)


def fit_camera(landmarks: NDArray[np.floating]) -> Camera:
    """The camera under which the reference's stable points come closest to a face's landmarks, (68, 2) px."""
    points, seen = _stable_points(), np.asarray(landmarks, np.float64)[list(STABLE)]
    scale, principal = _affine(seen)
    focal = DISTANCE * scale
    matrix = np.array([[focal, 0, principal[0]], [0, focal, principal[1]], [0, 0, 1]])
    _, turn, shift = cv2.solvePnP(points, seen, matrix, None, flags=cv2.SOLVEPNP_SQPNP)
    turn, shift = cv2.solvePnPRefineLM(points, seen, matrix, None, turn, shift)
    return Camera(FLIP @ cv2.Rodrigues(turn)[0], np.asarray(shift, np.float64).ravel(), focal, principal)


def _affine(seen: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Of the affine camera closest to the stable points: px per cm, and where the reference's origin is seen (2,)."""
    affine = affine_solver() @ seen
    return float(np.linalg.svd(affine[:3], compute_uv=False).mean()), affine[3]


@lru_cache(maxsize=1)
def _stable_points() -> NDArray[np.float64]:
    """(n, 3) cm, of the reference."""
    return landmarks_3d()[list(STABLE)]


@lru_cache(maxsize=1)
def affine_solver() -> NDArray[np.float64]:
    """(4, n): what turns the n stable points as seen into the affine camera, in the sense of least squares."""
    points = _stable_points()
    return np.asarray(np.linalg.pinv(np.column_stack([points, np.ones(len(points))])))


def frontalize(camera: Camera, size: int, margin: float) -> SamplingMap:
    """Where the pixels of the frontal view lie in the picture.

    Args:
        camera: as fitted to the face.
        size: side of the view in px.
        margin: border around the reference (``FacesConfig.margin``); it stays black, as all that the mesh lacks.
    """
    points, mask = frontal_surface(size, margin)
    source = camera.project(points).astype(np.float32)
    return SamplingMap(source, mask, camera.scale / frontal_frame(size, margin).scale)
