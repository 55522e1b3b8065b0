"""What of a file a web browser shows: a picture as JPEG, a video as it is if browsers play its kind."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fer_lab.media.container import opened
from fer_lab.media.files import read_bytes
from fer_lab.media.images import IMAGE_BYTES, image, jpeg_bytes
from fer_lab.media.unreadable import Unreadable

LARGEST = 1600
"""Longest side of a picture that is shown, in px."""
PLAYED = {"mov": ("video/mp4", {"h264", "av1"}), "matroska": ("video/webm", {"vp8", "vp9", "av1"})}
"""By the first of FFmpeg's names of a container: its type, and the codecs that every browser of today plays in it."""
PIXELS = frozenset({"yuv420p", "yuvj420p"})
"""8 bits, chroma at half the size: what browsers have decoders for."""
CONVERT = "make it H.264: ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p OUT.mp4"


def shown_picture(root: Path, path: str) -> bytes:
    """A picture as every stage sees it, upright, as JPEG, its longest side at most ``LARGEST`` px.

    Raises:
        Unreadable: it cannot be read.
    """
    pixels = image(read_bytes(root, path, IMAGE_BYTES), path)
    scale = min(1.0, LARGEST / max(pixels.shape[:2]))
    if scale < 1:
        pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return jpeg_bytes(pixels)


def played_type(root: Path, path: str) -> str:
    """The media type of a video that browsers play: ``video/mp4`` or ``video/webm``.

    Raises:
        Unreadable: it is none, or of a kind that browsers do not play.
    """
    with opened(root, path) as video:
        kind, codecs = PLAYED.get(video.format.split(",")[0], ("", set()))
        context = video.stream.codec_context
        if (codec := context.codec.canonical_name) not in codecs:
            raise Unreadable(path, f"browsers do not play {codec} in {video.format.split(',')[0]}; {CONVERT}")
        if context.pix_fmt not in PIXELS:
            raise Unreadable(path, f"browsers do not play {context.pix_fmt} pixels; {CONVERT}")
        return kind
