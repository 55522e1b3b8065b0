import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from fer_lab import media


def encoded(picture: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format_, **options)
    return buffer.getvalue()


def test_exif_rotation_is_applied() -> None:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    image = media.image(encoded(Image.fromarray(pixels), "JPEG", exif=exif), "x.jpg")
    assert image.shape == (40, 20, 3)
    assert image[:18].min() > 200
    assert image[22:].max() < 50


def test_transparency_is_laid_over_grey() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[:2, :, 3] = 255
    image = media.image(encoded(Image.fromarray(pixels)), "x.png")
    assert image[0, 0].tolist() == [255, 0, 0]
    assert image[3, 3].tolist() == [128, 128, 128]


def test_sixteen_bits_keep_their_full_range() -> None:
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    image = media.image(encoded(Image.fromarray(values)), "x.png")
    assert image[0, :, 0].tolist() == [0, 1, 128, 255]
    assert (image == image[..., :1]).all()


@pytest.mark.parametrize(("bits", "largest"), [(8, 255), (10, 1000), (12, 4095), (14, 16000)])
def test_fewer_bits_than_there_is_room_for_are_seen_and_said(
    bits: int, largest: int, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.array([[0, largest // 2, largest]], np.uint16)
    image = media.image(encoded(Image.fromarray(values)), "x.png")
    assert np.abs(image[0, :, 0] - values[0] * 255.0 / ((1 << bits) - 1)).max() <= 0.5
    assert f"x.png is above {largest}: {bits} bits" in caplog.text


@pytest.mark.parametrize("form", [".png", ".tiff"])
@pytest.mark.parametrize(("largest", "dark"), [(4095, True), (16383, True), (65535, False)])
def test_dark_colours_of_sixteen_bits_are_said(
    form: str, largest: int, dark: bool, caplog: pytest.LogCaptureFixture
) -> None:
    data = cv2.imencode(form, np.full((8, 8, 3), largest, np.uint16))[1].tobytes()
    assert (media.image(data, "x.png") == largest >> 8).all()
    assert ("x.png has colours of 16 bits" in caplog.text) == dark


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_animations_give_their_first_picture_and_say_so(form: str, caplog: pytest.LogCaptureFixture) -> None:
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("white", "black"))
    assert media.image(encoded(first, form), "still").min() == 255
    assert not caplog.text
    assert media.image(encoded(first, form, save_all=True, append_images=[second]), "moving").min() == 255
    assert "moving is an animation" in caplog.text


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    image = media.image(encoded(Image.new("RGB", (5, 3), "white").convert(mode)), "x.png")
    assert image.shape == (3, 5, 3)
    assert image.dtype == np.uint8
    assert image.min() >= 250


def test_palette_with_a_transparent_colour() -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.putdata([0, 1])
    image = media.image(encoded(picture, transparency=1), "x.png")
    assert image[0].tolist() == [[255, 0, 0], [128, 128, 128]]


def test_cmyk() -> None:
    picture = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    image = media.image(encoded(picture, "JPEG", quality=95), "x.jpg")
    assert np.abs(image[4, 4].astype(int) - [255, 0, 0]).max() < 12


def test_grey_keeps_grey_values() -> None:
    pixels = np.arange(48 * 48, dtype=np.int64).reshape(48, 48).astype(np.uint8)
    assert (media.grey(encoded(Image.fromarray(pixels)), "x.png") == pixels).all()
    assert media.grey(encoded(Image.new("RGB", (3, 2), "white")), "x.png").tolist() == [[255] * 3] * 2


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "limit"),
    [((9_300, 9_300), "megapixels"), ((50_000, 50_000), "megapixels"), ((60_000_000, 1), "limit of a side")],
)
@pytest.mark.parametrize("read", [media.image, media.grey])
def test_decompression_bombs_are_refused(read: Any, size: tuple[int, int], limit: str) -> None:
    with pytest.raises(media.Unreadable, match=limit):
        read(bomb(*size), "x.png")


def test_floating_point_is_refused() -> None:
    picture = Image.fromarray(np.zeros((2, 2), np.float32))
    with pytest.raises(media.Unreadable, match="fixed range"):
        media.image(encoded(picture, "TIFF"), "x.tif")


@pytest.mark.parametrize("read", [media.image, media.grey])
@pytest.mark.parametrize("damage", ["empty", "text", "truncated"])
def test_damaged_images_are_refused_by_name(read: Any, damage: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    whole = encoded(Image.fromarray(noise), "JPEG")
    data = {"empty": b"", "text": b"no image", "truncated": whole[: len(whole) // 2]}[damage]
    with pytest.raises(media.Unreadable, match=r"cannot read x\.jpg"):
        read(data, "x.jpg")


def test_written_images_are_read_back(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    media.write_image(tmp_path / "x.png", pixels)
    assert (media.image((tmp_path / "x.png").read_bytes(), "x.png") == pixels).all()
    smooth = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    for name in ("a.jpeg", "b.jpeg"):
        media.write_image(tmp_path / name, smooth)
    assert (tmp_path / "a.jpeg").read_bytes() == (tmp_path / "b.jpeg").read_bytes()
    assert np.abs(media.image((tmp_path / "a.jpeg").read_bytes(), "a").astype(int) - smooth).max() <= 3
