"""The face that others are brought to: MediaPipe's canonical mesh, seen from the front.

Object axes: x to the picture's right, y up, z towards the camera, in cm. Picture axes: x right, y down, in px; a
picture spans [0, width] x [0, height], so that the centre of its first pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.landmarks import ibug68
from fer_lab.generator.mesh import FACES, VERTICES

if TYPE_CHECKING:
    from fer_lab.evaluation.arrays import Floats

DISTANCE = 75.0
"""Assumed distance of the camera (cm): pictures rarely tell their focal length, and crops never do."""


@dataclass(frozen=True)
class FrontalFrame:
    """A square window on the reference, seen from the front by a camera at ``DISTANCE``.

    The camera is the one that pictures are assumed to come from: a straight face looks as in its picture.

    Args:
        size: side in px.
        scale: px per cm in the plane of the reference's origin.
        centre: (x, y) of the point in the middle, cm in that plane.
    """

    size: int
    scale: float
    centre: tuple[float, float]

    def to_px(self, points: Floats) -> Floats:
        """Reference points (..., 3) in cm to px (..., 2)."""
        return (_in_plane(points) - self.centre) * (self.scale, -self.scale) + self.size / 2

    def to_cm(self, pixels: Floats, depth: Floats) -> Floats:
        """Px (..., 2) of points at a depth z in cm (...) to x, y in cm (..., 2)."""
        plane = (pixels - self.size / 2) / (self.scale, -self.scale) + self.centre
        return np.asarray(plane * ((DISTANCE - depth) / DISTANCE)[..., None])


def _in_plane(points: Floats) -> Floats:
    """Where the camera sees points (..., 3) in the plane of the origin, (..., 2) cm."""
    return np.asarray(points[..., :2] * (DISTANCE / (DISTANCE - points[..., 2:])))


def landmarks_3d() -> Floats:
    """The 68 iBUG points of the reference, (68, 3), cm."""
    return ibug68(np.asarray(VERTICES, np.float64))


@lru_cache(maxsize=16)
def frontal_frame(size: int, margin: float) -> FrontalFrame:
    """The window that holds the whole mesh and a border of ``margin`` times its larger half extent."""
    seen = _in_plane(np.asarray(VERTICES, np.float64))
    low, high = seen.min(0), seen.max(0)
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
    frame, centres = frontal_frame(size, margin), pixel_centres(size)
    depth = np.full((size, size), -np.inf)
    corners = np.asarray(VERTICES, np.float64)[np.asarray(FACES)]
    for corner, outline in zip(corners, frame.to_px(corners), strict=True):
        _draw_depth(depth, centres, corner[:, 2], outline)
    mask = np.isfinite(depth)
    depth[~mask] = 0
    points = np.concatenate([frame.to_cm(centres, depth), depth[..., None]], -1)
    points[~mask] = 0
    return points, mask


def _draw_depth(depth: Floats, centres: Floats, corner: Floats, outline: Floats) -> None:
    """Raise ``depth`` (S, S) to that of one triangle: its corners' z (3,) in cm, its outline (3, 2) in px."""
    low = np.maximum(np.ceil(outline.min(0) - 0.5).astype(int), 0)
    high = np.minimum(np.floor(outline.max(0) - 0.5).astype(int) + 1, len(depth))
    edges = np.stack([outline[1] - outline[0], outline[2] - outline[0]], -1)
    if (low >= high).any() or abs(np.linalg.det(edges)) < 1e-9:
        return
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    weights = (centres[window] - outline[0]) @ np.linalg.inv(edges).T
    inside = (weights >= -1e-9).all(-1) & (weights.sum(-1) <= 1 + 1e-9)
    nearness = 1 / (DISTANCE - corner)  # this, not depth, is linear in the picture
    found = DISTANCE - 1 / (nearness[0] + weights @ (nearness[1:] - nearness[0]))
    depth[window] = np.where(inside, np.maximum(depth[window], found), depth[window])
