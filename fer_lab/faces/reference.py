"""The face that others are brought to: MediaPipe's canonical mesh, seen from the front.

Object axes: x to the picture's right, y up, z towards the camera, in cm. Picture axes: x right, y down, in px; a
picture spans [0, width] x [0, height], so that the centre of its first pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.landmarks import ibug68
from fer_lab.generator.mesh import FACES, VERTICES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FrontalFrame:
    """A square window on the reference, seen from the front without perspective.

    Args:
        size: side in px.
        scale: px per cm.
        centre: (x, y) in cm of the point in the middle.
    """

    size: int
    scale: float
    centre: tuple[float, float]

    def to_px(self, points: Floats) -> Floats:
        """Reference points (..., 2 or 3) in cm to px (..., 2)."""
        return (points[..., :2] - self.centre) * (self.scale, -self.scale) + self.size / 2

    def to_cm(self, pixels: Floats) -> Floats:
        """Px (..., 2) to x, y in cm (..., 2)."""
        return (pixels - self.size / 2) / (self.scale, -self.scale) + self.centre


def landmarks_3d() -> Floats:
    """The 68 iBUG points of the reference, (68, 3), cm."""
    return ibug68(np.asarray(VERTICES, np.float64))


@lru_cache(maxsize=16)
def frontal_frame(size: int, margin: float) -> FrontalFrame:
    """The window that holds the whole mesh and a border of ``margin`` times its larger half extent."""
    low, high = np.min(VERTICES, axis=0)[:2], np.max(VERTICES, axis=0)[:2]
    half = float(np.max(high - low)) / 2 * (1 + margin)
    x, y = (low + high) / 2
    return FrontalFrame(size, size / 2 / half, (float(x), float(y)))


@lru_cache(maxsize=16)
def pixel_centres(size: int) -> Floats:
    """(size, size, 2) px: x and y of the centres of the pixels of a square picture."""
    columns, rows = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    return np.stack([columns, rows], -1)


@lru_cache(maxsize=16)
def frontal_surface(size: int, margin: float) -> tuple[Floats, NDArray[np.bool_]]:
    """What each pixel of the frontal window sees of the reference.

    Returns:
        points (size, size, 3) in cm at the pixels' centres, and mask (size, size): where the mesh is at all.
    """
    frame = frontal_frame(size, margin)
    points = np.full((size, size, 3), -np.inf)
    points[..., :2] = frame.to_cm(pixel_centres(size))
    corners = np.asarray(VERTICES, np.float64)[np.asarray(FACES)]
    for corner, outline in zip(corners, frame.to_px(corners), strict=True):
        _draw_depth(points, corner, outline)
    mask = np.isfinite(points[..., 2])
    points[~mask] = 0
    return points, mask


def _draw_depth(points: Floats, corner: Floats, outline: Floats) -> None:
    """Raise ``points[..., 2]`` to the depth of one triangle: corners (3, 3) in cm, outline (3, 2) in px."""
    low = np.maximum(np.ceil(outline.min(0) - 0.5).astype(int), 0)
    high = np.minimum(np.floor(outline.max(0) - 0.5).astype(int) + 1, points.shape[0])
    edges = np.stack([corner[1, :2] - corner[0, :2], corner[2, :2] - corner[0, :2]], -1)
    if (low >= high).any() or abs(np.linalg.det(edges)) < 1e-12:
        return
    patch = points[low[1] : high[1], low[0] : high[0]]
    weights = (patch[..., :2] - corner[0, :2]) @ np.linalg.inv(edges).T
    inside = (weights >= -1e-9).all(-1) & (weights.sum(-1) <= 1 + 1e-9)
    depth = corner[0, 2] + weights @ (corner[1:, 2] - corner[0, 2])
    patch[..., 2] = np.where(inside, np.maximum(patch[..., 2], depth), patch[..., 2])
