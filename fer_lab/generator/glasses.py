"""Spectacles in front of a face."""

from __future__ import annotations

import numpy as np

from fer_lab.generator.appearance import linear
from fer_lab.generator.mesh import LEFT_EYE, RIGHT_EYE, Array
from fer_lab.generator.parts import Part, strip, tube

_AROUND = 24
_LIDS, _BRIDGE_OF_NOSE = [159, 386, 145, 374], [168, 6]


def build_glasses(face: Array, half_width: float, rng: np.random.Generator) -> list[Part]:
    """Two rims (superellipses), their temples and a bridge.

    Args:
        face: (468, 3) the wearer's vertices at rest, cm.
        half_width: of the head at the temples, cm.
        rng: draws size, form and colour.
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
    points = np.vstack([inner, outer])
    depth = front - 0.04 * np.abs(points[:, 0]) ** 1.3  # the front of spectacles bends around the face
    return Part(np.column_stack([points, depth]), tube(_AROUND, 2), np.tile(colour, (len(points), 1)))


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
