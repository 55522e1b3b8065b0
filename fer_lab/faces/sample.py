"""Take a view out of a picture: where each of its pixels lies in the picture, and the picture there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Map: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class SamplingMap:
    """Where each pixel of a view lies in the source picture.

    Args:
        source: float32 (S, S, 2), px of the source, which spans [0, width] x [0, height]; outside, any place near.
        inside: bool (S, S): pixels that show something; the others stay black.
        scale: source px per view px.
    """

    source: NDArray[np.float32]
    inside: NDArray[np.bool_]
    scale: float


def sample(image: NDArray[np.uint8], view: SamplingMap) -> NDArray[np.uint8]:
    """The view, bilinear; a larger source is first averaged down to the view's scale, so that nothing aliases.

    Args:
        image: uint8 (H, W, 3).
        view: where to look; what lies outside the picture is black.

    Returns:
        uint8 (S, S, 3).
    """
    across, down = view.source[..., 0], view.source[..., 1]
    if view.scale > 1:
        image, across, down = _reduced(image, across, down, view.scale)
    crop = cv2.remap(image, across - 0.5, down - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(crop * view.inside[..., None], np.uint8)


def _reduced(image: NDArray[np.uint8], across: Map, down: Map, scale: float) -> tuple[NDArray[np.uint8], Map, Map]:
    """The part of the picture that is looked at, at the view's scale, and the map into it."""
    height, width = image.shape[:2]
    left, right, columns = _extent(across, scale, width)
    top, bottom, rows = _extent(down, scale, height)
    reduced = cv2.resize(image[top:bottom, left:right], (columns, rows), interpolation=cv2.INTER_AREA)
    across, down = (across - left) * (columns / (right - left)), (down - top) * (rows / (bottom - top))
    return np.asarray(reduced, np.uint8), across, down


def _extent(places: Map, scale: float, length: int) -> tuple[int, int, int]:
    """Of one axis: begin and end of the part that is looked at, and its length at the view's scale."""
    begin = min(max(math.floor(places.min() - 2 * scale), 0), length - 1)
    end = min(max(math.ceil(places.max() + 2 * scale), begin + 1), length)
    return begin, end, max(round((end - begin) / scale), 1)
