"""Spectacles in front of a face."""

from __future__ import annotations

import numpy as np

from fer_lab.generator.appearance import linear
from fer_lab.generator.mesh import LEFT_EYE, RIGHT_EYE, Array
from fer_lab.generator.parts import Part, strip, tube

_AROUND = 24
_LENS = linear([0.06, 0.06, 0.07])
"""Colour of sunglasses, which nothing shines through."""
_LIDS, _BRIDGE_OF_NOSE = [159, 386, 145, 374], [168, 6]


def build_glasses(face: Array, half_width: float, rng: np.random.Generator, *, dark: bool = False) -> list[Part]:
    """Two rims (superellipses), their temples and a bridge; with dark lenses if they are sunglasses.

    Args:
        face: (468, 3) the wearer's vertices at rest, cm.
        half_width: of the head at the temples, cm.
        rng: draws size, form and colour.
        dark: whether they have lenses that hide the eyes.
    """
    width, height = rng.uniform(1.9, 2.4), rng.uniform(1.1, 1.7)
    thickness, power = rng.uniform(0.10, 0.24), rng.uniform(2.2, 4)
    colour = linear(np.full(3, rng.choice([0.05, 0.12, 0.4])))
    front = max(face[_LIDS, 2].max(), face[_BRIDGE_OF_NOSE, 2].max() - 0.6) + 0.9
    parts = []
    for side, eye in ((-1, RIGHT_EYE), (1, LEFT_EYE)):
        x, y = face[list(eye), :2].mean(0)
        inner = _outline(x, y - 0.15, width - thickness / 2, height - thickness / 2, power)
        outer = _outline(x, y - 0.15, width + thickness / 2, height + thickness / 2, power)
        parts.append(_rim(inner, outer, front, colour))
        parts += [_lens(inner, front)] if dark else []
        parts.append(_temple(x + side * width, y, side * (half_width + 0.5), front, colour))
    x, y = face[list(RIGHT_EYE), :2].mean(0)
    return [*parts, _bridge(abs(x) - width, y + 0.3, front, colour)]


def _outline(x: float, y: float, width: float, height: float, power: float) -> Array:
    """(24, 2) points of a superellipse."""
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack(
        [
            x + width * np.sign(cosine) * np.abs(cosine) ** (2 / power),
            y + height * np.sign(sine) * np.abs(sine) ** (2 / power),
        ],
        1,
    )


def _rim(inner: Array, outer: Array, front: float, colour: Array) -> Part:
    return Part(_bent(np.vstack([inner, outer]), front), tube(_AROUND, 2), np.tile(colour, (2 * _AROUND, 1)))


def _lens(inner: Array, front: float) -> Part:
    """What a rim holds: a fan around its middle."""
    here = np.arange(_AROUND)
    fan = np.stack([np.full(_AROUND, _AROUND), here, np.roll(here, -1)], 1).astype(np.int32)
    points = np.vstack([inner, inner.mean(0)])
    return Part(_bent(points, front), fan, np.tile(_LENS, (len(points), 1)))


def _bent(points: Array, front: float) -> Array:
    """(n, 3) points of the front of spectacles, which bends around the face."""
    return np.column_stack([points, front - 0.04 * np.abs(points[:, 0]) ** 1.3])


def _temple(x: float, y: float, end: float, front: float, colour: Array) -> Part:
    """The bar from a rim's outer edge at x to the ear at ``end``."""
    hinge = front - 0.6
    corners = [(x, y + 0.45, hinge), (x, y + 0.15, hinge), (end, y + 0.40, -3.5), (end, y + 0.15, -3.5)]
    return strip(corners, colour)


def _bridge(x: float, y: float, front: float, colour: Array) -> Part:
    near, middle = front - 0.05, front + 0.15
    return strip(
        [
            (-x, y + 0.12, near),
            (-x, y - 0.12, near),
            (0.0, y + 0.30, middle),
            (0.0, y + 0.05, middle),
            (x, y + 0.12, near),
            (x, y - 0.12, near),
        ],
        colour,
    )
