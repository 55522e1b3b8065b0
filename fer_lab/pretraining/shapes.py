"""Outlines of the objects that a backbone may learn to tell apart, as closed polygons between -1 and 1; y goes down."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Polygon = NDArray[np.float64]
"""Corners (n, 2), x and y."""
FINE = 64
"""Corners of what is round."""


def _star(points: int, inner: float) -> Polygon:
    """Corners at radius 1 and ``inner`` in turn, the first one above."""
    angles = np.pi * np.arange(2 * points) / points
    radii = np.where(np.arange(2 * points) % 2, inner, 1.0)
    return np.stack([radii * np.sin(angles), -radii * np.cos(angles)], axis=1)


def _regular(corners: int) -> Polygon:
    return _star(corners, 0.0)[::2]


def _arc(radii: tuple[float, float], start: float, end: float, centre: tuple[float, float] = (0, 0)) -> Polygon:
    """A part of an ellipse; angles in degrees, from the right and clockwise."""
    angles = np.deg2rad(np.linspace(start, end, FINE))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii + centre


def _gear() -> Polygon:
    teeth = 8
    angles = 2 * np.pi * (np.arange(4 * teeth) + 0.5) / (4 * teeth)
    radii = np.where(np.arange(4 * teeth) % 4 < 2, 1.0, 0.72)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _heart() -> Polygon:
    t = np.linspace(0, 2 * np.pi, FINE)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, -y], axis=1) / 17


def _bottle() -> Polygon:
    """A profile through a few points, and its mirror image."""
    heights = np.array([-1, -0.6, -0.25, 0.05, 0.9, 1])
    widths = np.array([0.16, 0.16, 0.22, 0.45, 0.45, 0.38])
    y = np.linspace(-1, 1, FINE)
    x = PchipInterpolator(heights, widths)(y)
    return np.concatenate([np.stack([x, y], axis=1), np.stack([-x, y], axis=1)[::-1]])


def _cup() -> list[Polygon]:
    body = np.concatenate([[(-0.8, -0.7), (0.4, -0.7)], _arc((0.6, 0.9), 0, 180, (-0.2, -0.1))])
    handle = np.concatenate([_arc((0.6, 0.5), -90, 90, (0.4, -0.1)), _arc((0.35, 0.27), 90, -90, (0.4, -0.1))])
    return [body, handle]


def _corners(*places: tuple[float, float]) -> list[Polygon]:
    return [np.array(places, dtype=np.float64)]


SHAPES: Mapping[str, list[Polygon]] = {
    "triangle": [_regular(3)],
    "square": [_regular(4)],
    "hexagon": [_regular(6)],
    "star": [_star(5, 0.42)],
    "burst": [_star(10, 0.62)],
    "ellipse": [_arc((1, 0.6), 0, 360)],
    "ring": [_arc((1, 1), 0, 360), _arc((0.5, 0.5), 0, 360)],
    "cross": _corners(
        (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3),
        (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3), (-1, -0.3), (-0.3, -0.3),
    ),
    "gear": [_gear(), _arc((0.3, 0.3), 0, 360)],
    "heart": [_heart()],
    "crescent": [np.concatenate([_arc((1, 1), 60, 300), _arc((0.95, 0.8), 295, 65, (0.35, 0))])],
    "arrow": _corners((0, -1), (0.8, -0.1), (0.3, -0.1), (0.3, 1), (-0.3, 1), (-0.3, -0.1), (-0.8, -0.1)),
    "bottle": [_bottle()],
    "cup": _cup(),
    "letter T": _corners(
        (-0.9, -1), (0.9, -1), (0.9, -0.5), (0.25, -0.5), (0.25, 1), (-0.25, 1), (-0.25, -0.5), (-0.9, -0.5),
    ),
    "letter E": _corners(
        (-0.7, -1), (0.7, -1), (0.7, -0.6), (-0.25, -0.6), (-0.25, -0.2), (0.5, -0.2), (0.5, 0.2), (-0.25, 0.2),
        (-0.25, 0.6), (0.7, 0.6), (0.7, 1), (-0.7, 1),
    ),
}  # fmt: skip
"""By name; what two polygons cover both is a hole."""
