"""The form of a face: the canonical face, changed from person to person by some twenty measures and a random rest."""

from __future__ import annotations

import numpy as np

from fer_lab.generator.mesh import ABOVE_LIDS, NEUTRAL, Array, gaussian, smoothstep

_EYE, _BROW = (3.15, 2.62), (3.3, 4.8)
_X, _Y = NEUTRAL[:, 0], NEUTRAL[:, 1]


def draw_shape(rng: np.random.Generator) -> Array:
    """(468, 3) cm: one person's vertices at rest, mouth closed."""
    face = NEUTRAL.copy()
    _proportions(face, rng)
    _nose(face, rng)
    _eyes(face, rng)
    _brows(face, rng)
    _mouth(face, rng)
    _cheeks(face, rng)
    _rest(face, rng)
    return face


def bounded(rng: np.random.Generator, deviation: float) -> float:
    """A normal number with that standard deviation, never beyond two of them."""
    return float(np.clip(rng.standard_normal(), -2, 2) * deviation)


def _proportions(face: Array, rng: np.random.Generator) -> None:
    jaw = smoothstep(-_Y, 2, 8)
    face[:, 0] *= (1 + bounded(rng, 0.05)) * (1 + bounded(rng, 0.06) * jaw)
    face[:, 1] += _Y * bounded(rng, 0.04) + jaw * bounded(rng, 0.35)
    face[:, 2] += bounded(rng, 0.25) * gaussian(0, -8.6, 2.0, 1.4)


def _nose(face: Array, rng: np.random.Generator) -> None:
    around = gaussian(0, -0.8, 1.6, 1.6)
    face[:, 0] += _X * around * bounded(rng, 0.16)
    face[:, 2] += around * bounded(rng, 0.35)
    face[:, 1] += gaussian(0, -1.2, 1.8, 1.3) * bounded(rng, 0.25)
    face[:, 2] += gaussian(0, 2.4, 0.8, 1.4) * bounded(rng, 0.25)


def _eyes(face: Array, rng: np.random.Generator) -> None:
    """Size, distance, opening (the canonical eye is rather narrow) and slant."""
    size, apart = bounded(rng, 0.10), bounded(rng, 0.05)
    opening, slant = 0.10 + bounded(rng, 0.13), bounded(rng, 0.07)
    for side in (-1, 1):
        around = gaussian(side * _EYE[0], _EYE[1], 1.7, 0.95)
        face[:, 0] += around * ((_X - side * _EYE[0]) * size + side * apart * 2)
        face[:, 1] += around * ((_Y - _EYE[1]) * (size + opening) + slant * (_X * side - _EYE[0]))


def _brows(face: Array, rng: np.random.Generator) -> None:
    height, slant = bounded(rng, 0.18), bounded(rng, 0.08)
    for side in (-1, 1):
        around = gaussian(side * _BROW[0], _BROW[1], 1.8, 0.9) * ABOVE_LIDS
        face[:, 1] += around * (height + slant * (_X * side - _BROW[0]))


def _mouth(face: Array, rng: np.random.Generator) -> None:
    width, height, thickness = bounded(rng, 0.10), bounded(rng, 0.22), bounded(rng, 0.22)
    face[:, 0] += gaussian(0, -4.35, 2.3, 0.9) * _X * width
    face[:, 1] += gaussian(0, -4.35, 3, 1.3) * height + gaussian(0, -4.35, 2.2, 1.1) * (_Y + 4.3) * thickness


def _cheeks(face: Array, rng: np.random.Generator) -> None:
    bones = gaussian(-4.5, -0.5, 1.8, 1.8) + gaussian(4.5, -0.5, 1.8, 1.8)
    face[:, 2] += bones * bounded(rng, 0.25)
    flesh = smoothstep(np.abs(_X), 1, 5) * gaussian(0, -2.5, 9, 2.5)
    face[:, 0] += np.sign(_X) * flesh * bounded(rng, 0.25)


def _rest(face: Array, rng: np.random.Generator, bumps: int = 10) -> None:
    """Smooth bumps, alike on both sides but for a small share."""
    for _ in range(bumps):
        x, y = rng.uniform(0, 7), rng.uniform(-9, 8)
        both, one = 0.10 * rng.standard_normal(3), 0.03 * rng.standard_normal(3)
        face += np.outer(gaussian(x, y, 2.5, 2.5), both + one)
        face += np.outer(gaussian(-x, y, 2.5, 2.5), both * (-1, 1, 1) - one)
