"""The texture of a face: skin, folds, lips, nostrils, brows, lids, beard, hairline, painted once a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fer_lab.generator.appearance import Appearance, linear
from fer_lab.generator.brush import COLUMNS, ROWS, SIZE, Map, at, blob, filled, ramp, speckle, stroke
from fer_lab.generator.mesh import LEFT_EYE, LIPS, RIGHT_EYE, Array

EYES = (RIGHT_EYE, LEFT_EYE)
_BROWS = (
    ((70, 63, 105, 66, 107), (55, 65, 52, 53, 46)),
    ((300, 293, 334, 296, 336), (285, 295, 282, 283, 276)),
)
"""Upper and lower edge of each brow, the lower one in the other direction."""
_MOUTH_LINE = (61, 78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 291)
# fmt: off
_MOUSTACHE = (
    164, 167, 165, 92, 186, 57, 43, 146, 61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 273, 287,
    410, 322, 391, 393,
)
# fmt: on
_BARE_CHEEKS = (50, 205, 203, 326, 423, 425, 280, 327, 98)
_MIDDLE = 0.5 * SIZE


def paint(look: Appearance, rng: np.random.Generator) -> Map:
    """(SIZE, SIZE, 3) albedo of a face in linear RGB."""
    albedo = _complexion(look, rng)
    if look.beard > 0:
        albedo = _with_beard(albedo, look, rng)
    albedo *= _hollows(look)[..., None]
    albedo = _with_lips(albedo, look, rng)
    for side in (-1, 1):
        nostril = blob((_MIDDLE + side * 21, 0.588 * SIZE), 9.5, 4.6, side * 0.25)
        albedo = _mixed(albedo, nostril, 0.06 * look.skin, 0.95)
    albedo = _with_brows(albedo, look, rng)
    albedo = _with_lids(albedo, look, rng)
    if not look.bald:
        albedo = _mixed(albedo, _hairline(rng), look.hair, 0.95)
    return np.clip(albedo, 0.002, 1)


def _mixed(albedo: Map, mask: Map, colour: ArrayLike, opacity: float) -> Map:
    """Albedo with a colour laid over it where the mask is."""
    share = np.clip(mask * np.float32(opacity), 0, 1)[..., None]
    return np.asarray(albedo * (1 - share) + np.asarray(colour, np.float32) * share, np.float32)


def _complexion(look: Appearance, rng: np.random.Generator) -> Map:
    albedo = np.tile(look.skin.astype(np.float32), (SIZE, SIZE, 1))
    albedo *= (1 + speckle(rng, (4, 16, 64), (0.02, 0.02, 0.03)))[..., None]
    flush = blob((0.25 * SIZE, 0.55 * SIZE), 40, 35) + blob((0.75 * SIZE, 0.55 * SIZE), 40, 35)
    flush += 0.8 * blob((_MIDDLE, 0.53 * SIZE), 20, 25)
    albedo *= 1 + flush[..., None] * (np.array([0.06, -0.08, -0.07]) * rng.uniform(0.4, 1.6)).astype(np.float32)
    return albedo


def _with_beard(albedo: Map, look: Appearance, rng: np.random.Generator) -> Map:
    jaw = np.clip(ramp(ROWS / SIZE, 0.60, 0.70) - 1.4 * blob((_MIDDLE, 0.60 * SIZE), 55, 40), 0, 1)
    jaw *= np.clip(1.4 - 1.8 * filled(at(_BARE_CHEEKS), 12), 0, 1)
    mask = np.maximum(jaw, 0.9 * filled(at(_MOUSTACHE), 4))
    hairs = 0.75 + 0.5 * speckle(rng, (3, 8), (0.5, 0.3))
    opacity = 0.75 * look.beard**0.6 if look.beard > 0.3 else 0.35
    return _mixed(albedo, np.clip(mask * hairs, 0, 1), 0.9 * look.hair + 0.1 * look.skin, opacity)


def _hollows(look: Appearance) -> Map:
    """(SIZE, SIZE) light that reaches sockets, wings of the nose, philtrum and folds, as a factor."""
    factor = np.ones((SIZE, SIZE), np.float32)
    for eye in EYES:
        x, y = at(eye).mean(0)
        factor -= 0.20 * blob((x, y - 8), 38, 20)
        factor -= 0.10 * (0.5 + look.ageing) * blob((x, y + 26), 28, 7)
    factor -= 0.30 * blob((_MIDDLE, 0.612 * SIZE), 34, 6) + 0.12 * blob((_MIDDLE, 0.665 * SIZE), 5, 12)
    factor -= 0.25 * blob((_MIDDLE, 0.765 * SIZE), 34, 6)
    for side in (-1, 1):
        factor -= 0.22 * blob((_MIDDLE + side * 52, 0.575 * SIZE), 7, 14, -side * 0.3)
        fold = np.array([(0.5 - side * 0.115, 0.56), (0.5 - side * 0.155, 0.62), (0.5 - side * 0.17, 0.69)])
        factor -= (0.05 + 0.12 * look.ageing) * stroke(fold * SIZE, 5, 5)
    return factor


def _with_lips(albedo: Map, look: Appearance, rng: np.random.Generator) -> Map:
    tint = np.array([0.82, 0.50, 0.50] if look.male else [0.85, 0.42, 0.44])
    albedo = _mixed(albedo, filled(at(LIPS), 2.5), look.skin * tint * rng.uniform(0.8, 1.1), 0.8)
    return albedo * (1 - 0.35 * stroke(at(_MOUTH_LINE), 3, 2.2))[..., None]


def _with_brows(albedo: Map, look: Appearance, rng: np.random.Generator) -> Map:
    thickness = rng.uniform(0.5, 1.25)
    for upper, lower in _BROWS:
        top, bottom = at(upper), at(lower)[::-1]
        middle, half = (top + bottom) / 2, (top - bottom) / 2 * thickness
        shape = filled(np.vstack([middle + half, (middle - half)[::-1]]), 3.2)
        hairs = np.clip(0.85 + 0.6 * speckle(rng, (2, 5), (0.4, 0.3)), 0, 1.2)
        mask = np.clip(shape * hairs, 0, 1)
        albedo = _mixed(albedo, mask, 0.8 * look.hair + 0.03 * look.skin, rng.uniform(0.7, 0.95))
    return albedo


def _with_lids(albedo: Map, look: Appearance, rng: np.random.Generator) -> Map:
    """Lashes, creases, and shadow for some."""
    for eye in EYES:
        upper = at((eye[8], *eye[9:], eye[0]))
        albedo = _mixed(albedo, stroke(upper, 4 if look.male else 5.5, 1.6), np.full(3, 0.012), 0.95)
        albedo = _mixed(albedo, stroke(at(eye[:9]), 2, 1.6), 0.25 * look.skin, 0.6)
        albedo *= (1 - 0.45 * stroke(_crease(upper), 2.5, 2.0))[..., None]
    if not look.male and rng.random() < 0.6:
        colour = linear(rng.uniform(0.2, 0.6, 3))
        for eye in EYES:
            x, y = at(eye).mean(0)
            albedo = _mixed(albedo, blob((x, y - 16), 26, 9), colour, 0.25)
    return albedo


def _crease(upper: Array) -> Array:
    """The fold over an upper lid whose edge is given, (n, 2) px."""
    away = upper[:, 0] - upper[:, 0].mean()
    return np.asarray(upper + np.stack([0.08 * away, -13 - 2 * np.cos(away / 12)], 1))


def _hairline(rng: np.random.Generator) -> Map:
    """(SIZE, SIZE) where hair covers forehead and temples."""
    height = rng.uniform(0.085, 0.16)
    ragged = speckle(rng, (24, 8), (0.012, 0.006))
    away = np.abs(COLUMNS / SIZE - 0.5)
    forehead = ramp(height + 0.3 * away**2 + ragged - ROWS / SIZE, -0.008, 0.012)
    temples = np.clip((away - 0.40) / 0.06, 0, 1) * np.clip((0.50 - ROWS / SIZE) / 0.08, 0, 1)
    return np.asarray(np.maximum(forehead, 0.9 * temples))
