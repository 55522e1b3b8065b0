"""Drawn objects, none of them a face: what stands in for ImageNet where weights of faces and objects are compared.

A class is an outline with a texture. Each drawing has its own pose, colours, light and clutter; no colour says anything
of a class. No torch here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.pretraining.examples import Examples, draw_each
from fer_lab.pretraining.shapes import SHAPES, Polygon

SEED = 700_000
SUPERSAMPLING = 3
"""Pixels drawn for one that is kept, each way."""
SHIFT = 4
"""Binary places behind the point of the corners that OpenCV is given."""
HELD_OUT = 5
"""One drawing in so many does not train."""
Floats = NDArray[np.float64]
Texture = Callable[[Floats, Floats, np.random.Generator], Floats]
"""From an object's own coordinates, about -1 to 1, to the share of its second colour, 0..1, all (s, s)."""


def objects(classes: int, drawings: int, size: int, workers: int = 1) -> Examples:
    """Drawings of the first ``classes`` classes; the same ones for the same arguments.

    Args:
        classes: at most ``len(CLASSES)``.
        drawings: of each class; every fifth is held out.
        size: side of an image in px.
        workers: processes that share the work; the images do not depend on them.
    """
    draw = partial(_drawings, drawings=drawings, size=size)
    class_of, drawing = np.indices((classes, drawings)).reshape(2, -1)
    return Examples(draw_each(draw, classes, workers, "objects"), class_of, drawing % HELD_OUT == HELD_OUT - 1)


def _drawings(number: int, drawings: int, size: int) -> NDArray[np.uint8]:
    return np.stack([_draw(number, np.random.default_rng([SEED, number, one]), size) for one in range(drawings)])


def _draw(number: int, rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """One object (size, size, 3) of a class, in front of clutter and behind a line."""
    shape, texture = CLASSES[number]
    side = SUPERSAMPLING * size
    colours = _colours(rng)
    image = _background(rng, colours[0], side)
    pose = _pose(rng)
    u, v = _own_coordinates(pose, side)
    share = TEXTURES[texture](u, v, rng)[..., None]
    inside = _mask([_placed(polygon, pose, side) for polygon in SHAPES[shape]], side)
    image = np.where(inside[..., None], (1 - share) * colours[1] + share * colours[2], image)
    _lines(image, rng, int(rng.integers(2)))
    return _photographed(image, rng, size)


def _colours(rng: np.random.Generator) -> Floats:
    """Of the background and of an object, its two (3, 3) RGB, 0..255: no two of them alike."""
    while True:
        colours = rng.uniform(0, 255, (3, 3))
        if min(np.linalg.norm(colours[one] - colours[one - 1]) for one in range(3)) > 100:
            return colours


def _pose(rng: np.random.Generator) -> Floats:
    """From an object's coordinates to those of the image (2, 3), both -1 to 1: turned, stretched, sheared, moved."""
    angle = np.deg2rad(rng.uniform(-30, 30))
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.exp(rng.uniform(-0.2, 0.2))
    sheared = np.array([[stretch, rng.uniform(-0.25, 0.25)], [0, 1 / stretch]])
    linear = rng.uniform(0.6, 0.85) * turned @ sheared
    return np.column_stack([linear, rng.uniform(-0.15, 0.15, 2)])


def _placed(polygon: Polygon, pose: Floats, side: int) -> Polygon:
    """In px."""
    return (polygon @ pose[:, :2].T + pose[:, 2] + 1) * side / 2


def _mask(polygons: list[Polygon], side: int) -> NDArray[np.bool_]:
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.rint(polygon * 2**SHIFT).astype(np.int32) for polygon in polygons], 1, shift=SHIFT)
    return mask.astype(bool)


def _own_coordinates(pose: Floats, side: int) -> Floats:
    """Of every pixel (2, side, side) where it lies on the object."""
    y, x = (np.indices((side, side)) + 0.5) * 2 / side - 1
    own: Floats = np.einsum("ij,jyx->iyx", np.linalg.inv(pose[:, :2]), np.stack([x, y]) - pose[:, 2, None, None])
    return own


def _background(rng: np.random.Generator, colour: Floats, side: int) -> Floats:
    """Blotches of one colour, with shapes and lines of any."""
    image = colour + 90 * (_blotches(rng, side) - 0.5)[..., None] * rng.uniform(-1, 1, 3)
    for _ in range(rng.integers(1, 4)):
        corners = rng.uniform(0, side, 2) + rng.uniform(-0.3, 0.3, (int(rng.integers(3, 7)), 2)) * side
        hull = cv2.convexHull(corners.astype(np.float32))[:, 0].astype(np.float64)
        image[_mask([hull], side)] = rng.uniform(0, 255, 3)
    _lines(image, rng, int(rng.integers(0, 3)))
    return image


def _lines(image: Floats, rng: np.random.Generator, number: int) -> None:
    """Straight ones from anywhere to anywhere, in place."""
    side = len(image)
    for _ in range(number):
        start, end = rng.integers(0, side, (2, 2)).tolist()
        cv2.line(image, start, end, rng.uniform(0, 255, 3).tolist(), int(rng.integers(1, 1 + side // 25)))


def _blotches(rng: np.random.Generator, side: int) -> Floats:
    """Smooth noise (side, side), 0..1."""
    cells = int(rng.integers(4, 9))
    return np.clip(cv2.resize(rng.random((cells, cells)), (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)


def _photographed(image: Floats, rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """Lit from one side, made small, with the noise of a camera."""
    y, x = np.indices(image.shape[:2]) * 2 / len(image) - 1
    towards = rng.uniform(-0.35, 0.35, 2)
    lit = image * (rng.uniform(0.75, 1.15) + towards[0] * x + towards[1] * y)[..., None]
    small = cv2.resize(lit, (size, size), interpolation=cv2.INTER_AREA)
    seen: Floats = np.rint(small + rng.normal(0, rng.uniform(1, 8), small.shape))
    return np.clip(seen, 0, 255).astype(np.uint8)


def _waves(x: Floats, rng: np.random.Generator) -> Floats:
    """-1..1, two to three periods from -1 to 1."""
    return np.sin(2 * np.pi * (rng.uniform(1.0, 1.5) * x + rng.random()))


def _plain(u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    return np.full_like(u, rng.random())


def _stripes(u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    return np.where(_waves(v, rng) > 0, 1.0, 0.0)


def _checks(u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    return np.where(_waves(u, rng) * _waves(v, rng) > 0, 1.0, 0.0)


def _dots(u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    period = rng.uniform(0.5, 0.7)
    (x, _), (y, _) = np.modf(u / period + 10 + rng.random()), np.modf(v / period + 10 + rng.random())
    return np.where(np.hypot(x - 0.5, y - 0.5) < 0.33, 1.0, 0.0)


def _gradient(u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    turned: Floats = v * rng.choice([-1, 1])
    return np.clip((1 + turned) / 2, 0, 1)


TEXTURES: Mapping[str, Texture] = {
    "plain": _plain,
    "stripes": _stripes,
    "checks": _checks,
    "dots": _dots,
    "gradient": _gradient,
}
_NAMES = [list(SHAPES), list(TEXTURES)]
CLASSES: tuple[tuple[str, str], ...] = tuple(
    (_NAMES[0][number % 16], _NAMES[1][(number + number // 16) % 5]) for number in range(80)
)
"""Shape and texture of each class: every pair once, and of the first ones about as many of each texture."""
