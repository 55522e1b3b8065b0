"""What an answer is, by its content, and how it is kept: as JPEG."""

from __future__ import annotations

import io
import threading

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from fer_lab.fetching.outcomes import Failure, Outcome
from fer_lab.media import Unreadable, image
from fer_lab.media.images import FORMATS, jpeg_bytes, opened_image

JPEG = ("JPEG", "MPO")
"""Kept byte by byte; the second is a photograph with further pictures behind it."""
SHOWN = 40
CONVERTING = threading.Lock()
"""A large picture takes a good part of a gigabyte until it is a JPEG: one at a time."""


def as_jpeg(data: bytes, url: str, max_pixels: int) -> tuple[bytes, str]:
    """An image as JPEG, and what it was (``JPEG``, ``PNG``, ``GIF``, ...).

    A JPEG stays as it came, and is decoded once at an eighth of its size, which reads all of it. Of others the first
    picture is taken, as ``media.image`` does.

    Args:
        data: the answer of a URL.
        url: what to call it.
        max_pixels: of its width times its height.

    Raises:
        Failure: it is no image, damaged or too large.
    """
    form = _form(data, max_pixels)
    try:
        if form in JPEG:
            with opened_image(data, url) as picture:
                picture.draft("L", (1, 1))
                picture.load()
            return data, JPEG[0]
        with CONVERTING:
            return jpeg_bytes(image(data, url)), form
    except Unreadable as error:
        raise Failure(Outcome.DAMAGED, error.reason) from error


def _form(data: bytes, max_pixels: int) -> str:
    """What it is, of ``FORMATS``; nothing is decoded."""
    try:
        with Pillow.open(io.BytesIO(data), formats=FORMATS) as picture:
            form, (width, height) = str(picture.format), picture.size
    except UnidentifiedImageError as error:
        raise Failure(Outcome.NO_IMAGE, f"{len(data)} bytes that begin with {data[:SHOWN]!r}") from error
    except Pillow.DecompressionBombError as error:
        raise Failure(Outcome.TOO_MANY_PIXELS, str(error)) from error
    except Exception as error:  # whatever a decoder makes of bytes that somebody else has written
        raise Failure(Outcome.DAMAGED, f"{type(error).__name__}: {error}") from error
    if width * height > max_pixels:
        raise Failure(Outcome.TOO_MANY_PIXELS, f"{width} x {height} pixels, the limit is {max_pixels}")
    return form
