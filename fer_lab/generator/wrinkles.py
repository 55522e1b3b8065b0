"""Folds of the skin that action units deepen, as maps in texture space."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fer_lab.generator.brush import SIZE, Map, blob, blur, stroke, twice

Array = NDArray[Any]

WRINKLES = ("forehead", "glabella", "crow's feet", "nasolabial", "nose", "chin", "dimple", "marionette")
"""The order of the maps and of `action_units.wrinkle_weights`."""


@cache
def wrinkle_maps() -> Map:
    """(8, SIZE, SIZE) change of the albedo at weight 1 (a share, negative: darker), in the order of `WRINKLES`."""
    maps = (_forehead(), _glabella(), _crows_feet(), _nasolabial(), _nose(), _chin(), _dimple(), _marionette())
    return np.stack(maps)


@njit(cache=True, fastmath=True)
def blend_wrinkles(albedo: Array, wrinkles: Array, weights: Array, out: Array) -> None:
    """Darken (or lighten) the skin where it folds.

    Args:
        albedo: (T, T, 3) float32, linear.
        wrinkles: (W, T, T) float32: relative change of the albedo at weight 1.
        weights: (W,) float32.
        out: (T, T, 3) float32, overwritten.
    """
    size = albedo.shape[0]
    for y in range(size):
        for x in range(size):
            factor = np.float32(1.0)
            for k in range(weights.shape[0]):
                factor += weights[k] * wrinkles[k, y, x]
            factor = max(factor, np.float32(0.25))
            for channel in range(3):
                out[y, x, channel] = albedo[y, x, channel] * factor


def _line(points: list[tuple[float, float]], width: float, softness: float) -> Map:
    """A stroke through points in [0, 1] of the texture."""
    return stroke(np.array(points) * SIZE, width, softness)


def _spot(x: float, y: float, width: float, height: float) -> Map:
    return blob((x * SIZE, y * SIZE), width, height)


def _forehead() -> Map:
    across = np.linspace(0.30, 0.70, 20)
    lines = np.zeros((SIZE, SIZE), np.float32)
    for height in (0.155, 0.19, 0.225):
        lines += _line([(x, height + 0.012 * math.cos((x - 0.5) * 12)) for x in across], 3, 2.2)
    return -0.55 * lines


def _glabella() -> Map:
    furrows = twice(_line([(0.475, 0.27), (0.468, 0.33)], 3, 2.0))
    return -0.8 * furrows - 0.25 * _spot(0.5, 0.3, 18, 14)


def _crows_feet() -> Map:
    rays = np.zeros((SIZE, SIZE), np.float32)
    for slope in (-0.03, 0.0, 0.03):
        rays += _line([(0.235, 0.375), (0.19, 0.375 + slope)], 2, 1.8)
    pouch = _line([(0.25, 0.43), (0.30, 0.445), (0.36, 0.44)], 3, 2.5)
    return twice(-0.5 * rays - 0.35 * pouch)


def _nasolabial() -> Map:
    fold = twice(_line([(0.385, 0.56), (0.345, 0.62), (0.325, 0.70), (0.335, 0.75)], 4, 3.0))
    return -0.57 * blur(fold, 3) + 0.22 * twice(_spot(0.28, 0.60, 22, 26))


def _nose() -> Map:
    lines = np.zeros((SIZE, SIZE), np.float32)
    for down in (0, 0.03, 0.06):
        lines += _line([(0.455, 0.40 + down), (0.43, 0.42 + down)], 2.5, 1.8)
    return twice(-0.7 * lines) - 0.2 * _spot(0.5, 0.41, 12, 18)


def _chin() -> Map:
    dents = np.zeros((SIZE, SIZE), np.float32)
    for dx, dy in ((-16, 0), (14, 4), (0, -8), (-6, 10), (10, 14), (-20, 12)):
        dents += blob((0.5 * SIZE + dx, 0.83 * SIZE + dy), 5, 5)
    return -0.28 * dents - 0.45 * _line([(0.43, 0.785), (0.5, 0.772), (0.57, 0.785)], 4, 3)


def _dimple() -> Map:
    return -0.7 * twice(_line([(0.362, 0.665), (0.35, 0.70), (0.358, 0.735)], 3, 2.2))


def _marionette() -> Map:
    return -0.6 * twice(_line([(0.375, 0.71), (0.355, 0.75), (0.352, 0.78)], 3, 2.5))
