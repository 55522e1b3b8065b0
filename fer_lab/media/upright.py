"""A decoded frame as it is shown: turned, mirrored, with square pixels."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from av.video.reformatter import VideoReformatter

from fer_lab.media.timeline import Image


def shown_size(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Width and height with square pixels; the side that is too short is enlarged, so that nothing is lost.

    Args:
        width: as stored, px.
        height: likewise.
        aspect: width of a stored pixel over its height; none (or 0) is square.
    """
    if not aspect or aspect <= 0:
        return width, height
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def upright(frame: Any, size: tuple[int, int], converter: VideoReformatter) -> Image:
    """uint8 (H, W, 3), RGB, as a player shows it.

    Args:
        frame: PyAV's.
        size: width and height before it is turned, see ``shown_size``.
        converter: kept for the video: setting one up costs more than using it.
    """
    picture = converter.reformat(frame, *size, format="rgb24", threads=1)
    pixels = np.asarray(picture.to_ndarray(), np.uint8)
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return pixels if matrix is None else np.ascontiguousarray(_shown(pixels, bytes(matrix)))


def _shown(pixels: Image, matrix: bytes) -> Image:
    """Apply the whole display matrix (ISO/IEC 14496-12, sec. 6.2.2): quarter turns and mirrors, the nearest ones.

    A stored pixel at (x, y) is shown at (a x + c y, b x + d y); the matrix lists a, b, u, c, d, v, x, y, w.
    """
    a, b, _, c, d = np.frombuffer(matrix, np.int32, 5)
    if abs(int(b)) > abs(int(a)):
        pixels, a, d = pixels.swapaxes(0, 1), c, b
    return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
