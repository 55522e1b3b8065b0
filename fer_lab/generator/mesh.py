"""The canonical face: vertices, topology, the 68-point table, and the masks that fields are built with.

The mesh is MediaPipe's canonical face (Apache-2.0). Coordinates are in centimetres: x to the image's right
(the subject's left), y up, z towards the camera. "Right" and "left" are the subject's.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

with np.load(Path(__file__).with_name("canonical_face.npz")) as _file:
    VERTICES: Array = _file["vertices"].astype(np.float64)
    """(468, 3) cm, as shipped: the mouth is some 5 mm open."""
    UV: Array = _file["uv"].astype(np.float64)
    """(468, 2) texture coordinates in [0, 1], v downwards."""
    FACES: NDArray[np.int32] = _file["faces"].astype(np.int32)
    """(898, 3) triangles without holes: 14 fill each eye, 18 the mouth."""

# fmt: off
# Rings start at a corner and go along the lower lid or lip first: eyes 0..8 | 9..15, mouth 0..10 | 11..19.
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
MOUTH = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
"""Inner edge of the lips."""
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
"""Outer edge of the lips."""
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
"""Outline of the face, clockwise from the top of the forehead."""
IBUG68 = (
    127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356,  # jaw
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,  # brows
    168, 197, 5, 4, 98, 97, 2, 326, 327,  # nose
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # eyes
    61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91, 78, 81, 13, 311, 308, 402, 14, 178,  # mouth
)
"""Vertices that stand for the 68 iBUG points, in their order, left-right symmetric."""
# fmt: on

LOWER_INNER, UPPER_INNER = MOUTH[1:10], MOUTH[:10:-1]
"""Inner lip vertices without the corners, right to left: the i-th of one lies over the i-th of the other."""
CORNERS = (LIPS[0], LIPS[10], MOUTH[0], MOUTH[10])
MOUTH_LINE = -4.30
"""Height (cm) at which the lips meet."""


def gaussian(x: float, y: float, width: float, height: float) -> Array:
    """(468,) weight in (0, 1] of each canonical vertex around the point (x, y); standard deviations in cm."""
    dx, dy = (VERTICES[:, 0] - x) / width, (VERTICES[:, 1] - y) / height
    return np.asarray(np.exp(-0.5 * (dx**2 + dy**2)))


def smoothstep(values: ArrayLike, low: float, high: float) -> Array:
    """0 at ``low``, 1 at ``high`` (which may lie below it), a smooth cubic between them."""
    t = np.clip((np.asarray(values, np.float64) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def mirror_field(field: Array) -> Array:
    """The field (468, 3) seen in a mirror: right becomes left."""
    return np.asarray(field[MIRROR] * (-1, 1, 1))


def lid_weight(eye: tuple[int, ...], lid: str, reach: float) -> Array:
    """(468,) weights in [0, 1]: 1 at the middle of a lid's edge, falling away from the eye within ``reach`` cm.

    Zero on the other lid: they are less than a millimetre apart where a plain Gaussian would bleed across.

    Args:
        eye: `RIGHT_EYE` or `LEFT_EYE`.
        lid: ``upper`` or ``lower``.
        reach: e-folding distance in cm.
    """
    lower, upper = eye[1:8], eye[9:16]
    edge, other = (list(upper), list(lower)) if lid == "upper" else (list(lower), list(upper))
    x, y = VERTICES[:, 0], VERTICES[:, 1]
    corners = VERTICES[[eye[0], eye[8]], 0]
    profile = np.clip(1 - ((x - corners.mean()) / (np.ptp(corners) / 2 * 1.02)) ** 2, 0, 1) ** 0.7
    edge.sort(key=lambda vertex: float(x[vertex]))
    away = (y - np.interp(x, x[edge], y[edge])) * (1 if lid == "upper" else -1)
    weight = np.where(away > -0.03, np.exp(-np.clip(away, 0, 9) / reach), 0) * profile
    weight[other] = 0
    return np.asarray(weight)


def _mirror() -> Indices:
    """(468,) the vertex on the other side of each vertex."""
    difference = (VERTICES * (-1, 1, 1))[None] - VERTICES[:, None]
    return np.asarray((difference**2).sum(-1).argmin(1))


def _lower_face() -> Array:
    """(468,) 1 on the lower lip and the chin, 0 on the upper lip and above, by topology where the lips meet."""
    x, y, _ = VERTICES.T
    softness = 0.02 + np.clip((np.abs(x) - 2.1) / 2, 0, 1) * 1.1
    mask = 1 / (1 + np.exp(-np.clip((MOUTH_LINE - y) / softness, -30, 30)))
    mask[[*MOUTH[1:10], *LIPS[1:10]]] = 1
    mask[[*MOUTH[11:], *LIPS[11:]]] = 0
    mask[list(CORNERS)] = 0.45
    return np.asarray(mask)


def _closed() -> Array:
    """(468, 3) the canonical face with its lips brought together (96 % of the gap)."""
    height = np.zeros(len(VERTICES))
    upper, lower = list(UPPER_INNER), list(LOWER_INNER)
    gap = VERTICES[upper, 1] - VERTICES[lower, 1]
    height[upper], height[lower] = -0.48 * gap, 0.48 * gap
    height += 0.16 * gaussian(0, -4.9, 1.5, 0.45) * LOWER * ((height == 0) & (LOWER > 0.5))
    height -= 0.10 * gaussian(0, -3.5, 1.5, 0.35) * UPPER * (height == 0)
    return VERTICES + np.outer(height, (0, 1, 0))


MIRROR: Indices = _mirror()
LOWER: Array = _lower_face()
"""(468,) the half of the face that the jaw carries."""
UPPER: Array = 1 - LOWER
ABOVE_LIDS: Array = smoothstep(VERTICES[:, 1], 3.15, 4.1)
"""(468,) brows and forehead."""
NEUTRAL: Array = _closed()
"""(468, 3) cm, the mean face at rest, its mouth closed: what identities start from."""
