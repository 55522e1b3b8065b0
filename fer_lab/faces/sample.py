"""Take a view out of a picture: where each of its pixels lies in the picture, and the picture there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


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
    source = view.source
    if view.scale > 1:
        image, source = _reduced(image, source, view)
    where = np.where(view.inside[..., None], source - 0.5, -10).astype(np.float32)
    across, down = np.ascontiguousarray(where[..., 0]), np.ascontiguousarray(where[..., 1])
    crop = cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(crop, np.uint8)


def _reduced(
    image: NDArray[np.uint8], source: NDArray[np.float32], view: SamplingMap
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The part of the picture that is looked at, at the view's scale, and the map into it."""
    height, width = image.shape[:2]
    across, down = source[..., 0], source[..., 1]  # each alone: several times faster than along an axis
    least, most = np.array([across.min(), down.min()]), np.array([across.max(), down.max()])
    low = np.clip(np.floor(least - 2 * view.scale), 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(most + 2 * view.scale), low + 1, (width, height)).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    small = np.maximum(np.round((high - low) / view.scale), 1).astype(int)
    reduced = cv2.resize(part, (int(small[0]), int(small[1])), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.uint8), (source - low.astype(np.float32)) * (small / (high - low)).astype(np.float32)
