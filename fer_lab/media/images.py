"""Still images as they come, and writing them."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from fer_lab.media.timeline import Image
from fer_lab.media.unreadable import Unreadable

log = logging.getLogger(__name__)
MAX_SIDE, MAX_PIXELS = 16_000, 64_000_000
"""Larger pictures are refused before they are decoded (decompression bombs): 64 megapixels take 0.8 GB until they are a
face, and OpenCV, within MediaPipe, ends the process at a side of 32,767 px, twice as many as these."""
IMAGE_BYTES = 8 * MAX_PIXELS
"""Of a file: four colours of 16 bits a pixel, as they are. Larger ones are refused before they are read."""
STRIP = 1024
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM", "AVIF", "JPEG2000")
DEPTHS = (8, 10, 12, 14, 16)
"""Bits of which cameras make use; a file has room for 16."""
AS_JPEG = {"quality": 95, "subsampling": 0}
BACKDROP = (128, 128, 128)
"""What shows through where a picture is transparent."""


def image(data: bytes, name: str) -> Image:
    """Decode a still as it comes: uint8 (H, W, 3), RGB, upright.

    EXIF rotation is applied; transparency is laid over mid-grey; grey, palette and CMYK become RGB. Of an animation the
    first picture is taken, and of grey values with 16 bits as many (of ``DEPTHS``) are taken for the full range as
    the largest value needs; both are said as a warning, unless all 16 are in use. Colours of 16 bits are read as such,
    with a warning if none is bright (Pillow keeps the upper 8 bits, too few to be spread over the range).

    Args:
        data: the file's bytes.
        name: what to call it when it is refused.

    Raises:
        Unreadable: no image, damaged, truncated, larger than ``MAX_SIDE`` or ``MAX_PIXELS``, or floating-point.
    """
    with opened_image(data, name) as picture:
        deep = picture.mode.startswith("RGB") and ";16" in str(getattr(picture, "tile", ""))
        ImageOps.exif_transpose(picture, in_place=True)
        pixels = _pixels(_rgb(picture, name))
    if deep and pixels.max() < 1 << DEPTHS[-2] - 8:
        log.warning("%s has colours of 16 bits, of which it uses less: it is dark; write its full range, or 8", name)
    return pixels


def grey(data: bytes, name: str) -> Image:
    """Decode a still as uint8 (H, W); anything that is not stored as 8-bit grey goes through ``image``.

    Raises:
        Unreadable: as ``image``.
    """
    with opened_image(data, name) as picture:
        if picture.mode == "L":
            return np.asarray(picture)
    return np.asarray(Pillow.fromarray(image(data, name)).convert("L"))


def write_image(path: Path, pixels: Image) -> None:
    """Write uint8 (H, W, 3) RGB or (H, W) grey; the extension says how (JPEG at quality 95, full colour).

    The same pixels give the same bytes.
    """
    options: dict[str, Any] = AS_JPEG if path.suffix.lower() in (".jpg", ".jpeg") else {}
    Pillow.fromarray(pixels).save(path, **options)


def jpeg_bytes(pixels: Image) -> bytes:
    """The same as the bytes of a JPEG."""
    data = io.BytesIO()
    Pillow.fromarray(pixels).save(data, "JPEG", **AS_JPEG)
    return data.getvalue()


@contextmanager
def opened_image(data: bytes, name: str) -> Iterator[Pillow.Image]:
    """Open a still of ``FORMATS`` without decoding it; whatever goes wrong while it is in use is a refusal of it.

    Raises:
        Unreadable: as ``image``.
    """
    if not data:
        raise Unreadable(name, "the file is empty (0 bytes)")
    try:
        with Pillow.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check_size(picture, name)
            if getattr(picture, "is_animated", False) and picture.format != "MPO":  # a photograph and its preview
                log.warning("%s is an animation: its first picture is taken", name)
            yield picture
    except Pillow.DecompressionBombError as error:
        raise Unreadable(name, f"far more than {MAX_PIXELS / 1e6:.0f} megapixels") from error
    except Unreadable:
        raise
    except Exception as error:  # whatever a decoder makes of bytes that somebody else has written
        raise Unreadable(name, f"not a whole image ({_plain(error)})") from error


def _check_size(picture: Pillow.Image, name: str) -> None:
    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        raise Unreadable(name, f"{pixels / 1e6:.0f} megapixels, the limit is {MAX_PIXELS / 1e6:.0f}")
    if max(picture.size) > MAX_SIDE:
        raise Unreadable(name, f"{picture.width} x {picture.height} pixels, the limit of a side is {MAX_SIDE}")


def _rgb(picture: Pillow.Image, name: str) -> Pillow.Image:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return Pillow.fromarray(_eight_bits(np.asarray(picture), name)).convert("RGB")
    if picture.has_transparency_data:
        opaque = Pillow.new("RGBA", picture.size, (*BACKDROP, 255))
        return Pillow.alpha_composite(opaque, picture.convert("RGBA")).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")  # which copies even where it is RGB


def _pixels(picture: Pillow.Image) -> Image:
    """The same as an array; in strips, as Pillow makes two copies of what it hands over."""
    pixels = np.empty((picture.height, picture.width, 3), np.uint8)
    for top in range(0, picture.height, STRIP):
        bottom = min(top + STRIP, picture.height)
        pixels[top:bottom] = np.asarray(picture.crop((0, top, picture.width, bottom)))
    return pixels


def _eight_bits(values: NDArray[Any], name: str) -> Image:
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > 65535:
        raise Unreadable(name, f"{values.dtype} pixel values without a fixed range; 8 or 16 bits are read")
    largest = int(values.max())
    bits = next(depth for depth in DEPTHS if largest < 1 << depth)
    if bits < 16:
        log.warning("no value of %s is above %d: %d bits are taken for the full range", name, largest, bits)
    scaled = np.rint(np.arange(1 << bits) * (255 / ((1 << bits) - 1))).astype(np.uint8)
    return np.asarray(scaled[values])


def _plain(error: BaseException) -> str:
    """Without memory addresses, which differ from run to run."""
    return " ".join(re.sub(r"<_io.BytesIO object at 0x[0-9a-f]+>", "the file", str(error)).split())[:120]
