"""Action units (FACS) as displacement fields of the canonical face.

A field is a sum of Gaussian bumps, written down for the subject's right side and mirrored, so that every unit but
the jaw can act on one side alone. Fields add up linearly; intensity 1 is a strong but natural contraction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_lab.errors import ConfigError, nearest
from fer_lab.generator.mesh import (
    ABOVE_LIDS,
    CORNERS,
    LOWER,
    RIGHT_EYE,
    UPPER,
    VERTICES,
    Array,
    gaussian,
    lid_weight,
    mirror_field,
    smoothstep,
)

Vector = tuple[float, float, float]
JAW = "AU26"
BLINK = "AU43"


@dataclass(frozen=True)
class Bump:
    """Where a unit pulls, and how.

    Args:
        at: x, y of the centre on the canonical face, cm.
        size: standard deviations in x and y, cm.
        pull: displacement at the centre, cm.
        within: the part of the face that moves: ``all``, ``brow``, ``upper`` (above the lips), ``lower``.
    """

    at: tuple[float, float]
    size: tuple[float, float]
    pull: Vector
    within: str = "all"

    def field(self) -> Array:
        """(468, 3) displacement in cm."""
        return np.outer(gaussian(*self.at, *self.size) * _REGIONS[self.within], self.pull)


_REGIONS: Mapping[str, Array] = {
    "all": np.ones(len(VERTICES)),
    "brow": ABOVE_LIDS,
    "upper": UPPER,
    "lower": LOWER,
}
_BUMPS: Mapping[str, tuple[Bump, ...]] = {
    # inner brow raiser
    "AU1": (Bump((-1.4, 5.2), (1.5, 1.5), (0.05, 0.80, 0.05), "brow"),),
    # outer brow raiser
    "AU2": (
        Bump((-4.7, 4.9), (1.6, 1.5), (0, 0.80, 0), "brow"),
        Bump((-2.9, 5.1), (1.2, 1.4), (0, 0.25, 0), "brow"),
    ),
    # brow lowerer
    "AU4": (
        Bump((-1.4, 4.8), (1.3, 1.2), (0.28, -0.62, 0.12), "brow"),
        Bump((-3.4, 4.8), (1.5, 1.2), (0.12, -0.42, 0.05), "brow"),
    ),
    # upper lid raiser (lids only)
    "AU5": (),
    # cheek raiser
    "AU6": (
        Bump((-4.3, 0.2), (1.7, 1.3), (-0.02, 0.50, 0.22)),
        Bump((-5.3, 3.0), (1.0, 1.0), (0.12, -0.12, 0)),
    ),
    # lid tightener (lids only)
    "AU7": (),
    # nose wrinkler
    "AU9": (
        Bump((-1.6, -1.0), (0.8, 1.1), (-0.08, 0.42, 0.08), "upper"),
        Bump((-1.3, -3.2), (1.2, 0.7), (0, 0.30, 0.05), "upper"),
        Bump((-1.3, 4.6), (1.3, 1.1), (0.12, -0.35, 0.12), "brow"),
        Bump((-2.6, 0.7), (1.1, 0.9), (0, 0.25, 0.15)),
    ),
    # upper lip raiser
    "AU10": (
        Bump((-1.2, -3.4), (1.1, 0.6), (-0.05, 0.45, 0.10), "upper"),
        Bump((-2.2, -2.2), (0.9, 0.9), (-0.10, 0.25, 0.10), "upper"),
    ),
    # lip corner puller
    "AU12": (
        Bump((-2.46, -4.34), (0.95, 0.85), (-0.70, 0.62, -0.35)),
        Bump((-3.9, -2.0), (1.4, 1.4), (-0.22, 0.32, 0.30)),
        Bump((-1.2, -4.1), (0.8, 0.8), (-0.22, 0.05, -0.15)),
    ),
    # dimpler
    "AU14": (Bump((-2.5, -4.34), (0.7, 0.8), (-0.28, 0.14, -0.42)),),
    # lip corner depressor
    "AU15": (
        Bump((-2.46, -4.4), (0.85, 0.8), (-0.05, -0.58, -0.10)),
        Bump((-3.0, -5.6), (0.9, 0.9), (-0.10, -0.20, 0.05)),
    ),
    # lower lip depressor
    "AU16": (Bump((-0.8, -4.95), (1.1, 0.6), (-0.05, -0.38, 0.10), "lower"),),
    # chin raiser
    "AU17": (
        Bump((-0.5, -6.9), (1.6, 1.1), (0, 0.42, 0.22), "lower"),
        Bump((-0.4, -4.9), (1.4, 0.7), (0, 0.22, 0.22), "lower"),
        Bump((-0.4, -3.8), (1.2, 0.5), (0, 0.12, 0.10), "upper"),
    ),
    # lip stretcher
    "AU20": (
        Bump((-2.46, -4.4), (1.1, 0.9), (-0.62, -0.14, -0.35)),
        Bump((-3.6, -5.2), (1.3, 1.3), (-0.25, -0.10, -0.05)),
    ),
    # lip tightener
    "AU23": (
        Bump((-2.3, -4.34), (1.0, 0.5), (0.30, 0, 0.06)),
        Bump((-0.6, -3.45), (1.3, 0.32), (0.05, -0.20, -0.14), "upper"),
        Bump((-0.6, -5.25), (1.3, 0.40), (0.05, 0.24, -0.14), "lower"),
    ),
    # lips part
    "AU25": (
        Bump((-0.5, -4.9), (1.3, 0.9), (0, -0.28, 0), "lower"),
        Bump((-0.5, -3.8), (1.3, 0.6), (0, 0.10, 0.03), "upper"),
    ),
}
_LIDS: Mapping[str, tuple[tuple[str, Vector], ...]] = {
    "AU5": (("upper", (0, 0.34, -0.02)),),
    "AU6": (("lower", (0, 0.16, 0.05)),),
    "AU7": (("lower", (0, 0.20, 0.04)), ("upper", (0, -0.10, 0))),
    "AU9": (("lower", (0, 0.12, 0)),),
}
"""What units do to a lid: which one, and its displacement in cm at the middle of its edge."""

SIDED: tuple[str, ...] = (*_BUMPS, BLINK)
AU_NAMES: tuple[str, ...] = (*(f"{unit}{side}" for unit in SIDED for side in "RL"), JAW)
"""The K = 35 units, `R` and `L` being the subject's sides: AU1R, AU1L, ... AU43R, AU43L, AU26."""
_INDEX: Mapping[str, int] = {name: i for i, name in enumerate(AU_NAMES)}

_WRINKLES: tuple[Mapping[str, float], ...] = (
    {"AU1": 0.7, "AU2": 0.7},  # forehead
    {"AU4": 1.0, "AU9": 0.4},  # glabella
    {"AU6": 1.0, "AU12": 0.2},  # crow's feet
    {"AU12": 0.6, "AU6": 0.5, "AU10": 0.5, "AU9": 0.5},  # nasolabial fold
    {"AU9": 1.0},  # root of the nose
    {"AU17": 1.0},  # chin
    {"AU14": 1.0, "AU20": 0.3},  # dimple
    {"AU15": 1.0},  # marionette line
)


def au_indices(unit: str) -> tuple[int, ...]:
    """Where a unit stands in `AU_NAMES`: both sides of ``AU12``, one of ``AU12L``, the only one of ``AU26``.

    Raises:
        ConfigError: there is no such unit.
    """
    found = tuple(_INDEX[name] for name in (unit, f"{unit}R", f"{unit}L") if name in _INDEX)
    if not found:
        known = (*SIDED, *AU_NAMES)
        raise ConfigError(f"unknown action unit {unit!r}", expected=f"for instance {nearest(unit, known)}")
    return found


def au_vector(activations: Mapping[str, float]) -> Array:
    """(K,) activations from names; a name without side (``AU12``) acts on both.

    Raises:
        ConfigError: there is no such unit.
    """
    vector = np.zeros(len(AU_NAMES))
    for unit, intensity in activations.items():
        vector[list(au_indices(unit))] += intensity
    return vector


def wrinkle_weights(action_units: Array) -> Array:
    """(..., 8) depth of each wrinkle from activations (..., K).

    Order: forehead, glabella, crow's feet, nasolabial fold, nose, chin, dimple, marionette line.
    """
    return np.asarray(action_units @ _WRINKLE_MATRIX.T)


def _wrinkle_matrix() -> Array:
    """(8, K): a wrinkle deepens with the mean of both sides, since its map is painted on both."""
    return np.stack([au_vector({unit: w / 2 for unit, w in units.items()}) for units in _WRINKLES])


def _pull(unit: str) -> Array:
    """(468, 3) a unit's field on the right side, spilling over the midline."""
    field = np.zeros_like(VERTICES)
    for bump in _BUMPS[unit]:
        field += bump.field()
    for lid, displacement in _LIDS.get(unit, ()):
        field += np.outer(lid_weight(RIGHT_EYE, lid, 0.35), displacement)
    return field


def _blink() -> Array:
    """(468, 3) the right upper lid comes down onto the lower one, and its skin with it."""
    ring, edge = list(RIGHT_EYE), list(RIGHT_EYE[9:])
    lower = sorted(RIGHT_EYE[:9], key=lambda vertex: float(VERTICES[vertex, 0]))
    height = -0.55 * lid_weight(RIGHT_EYE, "upper", 0.30)
    height[height > -0.55 * 0.02] = 0
    height[ring] = 0
    height[edge] = np.interp(VERTICES[edge, 0], VERTICES[lower, 0], VERTICES[lower, 1])
    height[edge] += 0.04 - VERTICES[edge, 1]
    height += 0.06 * lid_weight(RIGHT_EYE, "lower", 0.35)
    return np.outer(height, (0, 1, 0))


def _jaw_drop(degrees: float = 13.0, pivot: tuple[float, float] = (0.3, -2.4)) -> Array:
    """(468, 3) rotation of the lower face about the axis of the jaw joints (y, z of ``pivot``, cm)."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    y, z = VERTICES[:, 1] - pivot[0], VERTICES[:, 2] - pivot[1]
    carried = LOWER * smoothstep(-VERTICES[:, 1], 1.0, 4.2)
    field = np.stack([0 * y, y * cosine - z * sine - y, y * sine + z * cosine - z], 1) * carried[:, None]
    field[list(CORNERS)] *= 0.8
    return field


def _fields() -> Array:
    """(K, 468, 3) in the order of `AU_NAMES`."""
    right_side = smoothstep(-VERTICES[:, 0], -1.2, 1.2)[:, None]
    fields = []
    for unit in SIDED:
        right = (_blink() if unit == BLINK else _pull(unit)) * right_side
        fields += [right, mirror_field(right)]
    return np.stack([*fields, _jaw_drop()])


FIELDS: Array = _fields()
"""(K, 468, 3) displacement in cm at activation 1, in the order of `AU_NAMES`."""
_WRINKLE_MATRIX = _wrinkle_matrix()
