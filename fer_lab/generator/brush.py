"""Strokes, blobs and filled outlines in the texture of a face (512 px, one channel, float32)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_lab.generator.mesh import UV, smoothstep

SIZE = 512
"""Side of the texture that is painted, px; it is reduced for rendering."""
Map = NDArray[np.float32]
ROWS, COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
_BITS = 4
"""Fractional bits of the coordinates that OpenCV draws at."""


def at(vertices: Iterable[int]) -> NDArray[np.float64]:
    """(n, 2) pixels of vertices in the texture."""
    return UV[list(vertices)] * SIZE


def ramp(values: ArrayLike, low: float, high: float) -> Map:
    """Smooth step of an image: 0 at ``low``, 1 at ``high``."""
    return smoothstep(values, low, high).astype(np.float32)


def blob(centre: Sequence[float], width: float, height: float, angle: float = 0.0) -> Map:
    """A Gaussian, 1 at its centre; standard deviations in px, ``angle`` in radians."""
    dx, dy = COLUMNS - np.float32(centre[0]), ROWS - np.float32(centre[1])
    cosine, sine = math.cos(angle), math.sin(angle)
    along, across = (dx * cosine + dy * sine) / width, (-dx * sine + dy * cosine) / height
    return np.asarray(np.exp(-0.5 * (along**2 + across**2)), np.float32)


def stroke(points: ArrayLike, width: float, softness: float) -> Map:
    """A line through points (n, 2) px, blurred by ``softness`` px."""
    image = np.zeros((SIZE, SIZE), np.float32)
    cv2.polylines(image, [_fixed(points)], False, 1.0, max(1, round(width)), cv2.LINE_AA, _BITS)
    return blur(image, softness)


def filled(points: ArrayLike, softness: float) -> Map:
    """The inside of an outline of points (n, 2) px, blurred by ``softness`` px."""
    image = np.zeros((SIZE, SIZE), np.float32)
    cv2.fillPoly(image, [_fixed(points)], 1.0, lineType=cv2.LINE_AA, shift=_BITS)
    return blur(image, softness)


def blur(image: Map, softness: float) -> Map:
    """Gaussian blur with a standard deviation in px."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), softness), np.float32)


def twice(image: Map) -> Map:
    """An image and its mirror image, added."""
    return image + image[:, ::-1]


def speckle(rng: np.random.Generator, scales: Sequence[int], amounts: Sequence[float]) -> Map:
    """Smooth noise: one layer for each scale (px), of the standard deviation given."""
    image = np.zeros((SIZE, SIZE), np.float32)
    for scale, amount in zip(scales, amounts, strict=True):
        coarse = rng.standard_normal((SIZE // scale, SIZE // scale)).astype(np.float32)
        image += amount * cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return image


def reduced(image: Map, size: int) -> Map:
    """The image (SIZE, SIZE[, C]) at another size, contiguous."""
    small = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small, np.float32)


def _fixed(points: ArrayLike) -> NDArray[np.int32]:
    """Coordinates as OpenCV draws them: whole numbers of 1/16 px."""
    return np.round(np.asarray(points) * (1 << _BITS)).astype(np.int32)
