"""Files that were damaged at random: each gives frames or is refused, and nothing else happens."""

import io
import random
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from fer_lab import media
from tests.media.clips import SIDE, pictures, whole
from tests.media.test_grid import KINDS

FORMS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM", "AVIF", "JPEG2000")


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Cut, overwritten here and there or over a stretch, in the header, cut out, put in, or without its begin."""
    spoilt, size = bytearray(data), len(data)
    place, end = sorted((chance.randrange(size), chance.randrange(size)))
    way = chance.randrange(7)
    if way == 0:
        del spoilt[place:]
    elif way == 1:
        for _ in range(chance.choice([1, 5, 50, 500])):
            spoilt[chance.randrange(size)] = chance.randrange(256)
    elif way == 2:
        spoilt[place:end] = bytes(end - place)
    elif way == 3:
        for _ in range(chance.choice([1, 3, 10])):
            spoilt[chance.randrange(min(size, 600))] = chance.choice([0, 127, 255])
    elif way == 4:
        del spoilt[place:end]
    elif way == 5:
        spoilt[place:place] = chance.randbytes(chance.choice([1, 7, 1000]))
    else:
        del spoilt[:place]
    return bytes(spoilt)


def used(root: Path, name: str, kind: str, capfd: pytest.CaptureFixture[str]) -> bool:
    """Whether a file gives frames; if not it is refused, and what decodes it complains to nobody else."""
    frames: list[media.Frame] = []
    with suppress(media.Unreadable):
        frames += media.frames(root, name, kind, media.window)
    assert "Traceback" not in capfd.readouterr().err
    return bool(frames)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_damaged_videos_are_read_or_refused(kind: object, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = whole(tmp_path, kind)
    data, chance = path.read_bytes(), random.Random(str(kind))
    assert used(tmp_path, path.name, "video", capfd)
    for _ in range(10):
        path.write_bytes(spoilt(data, chance))
        media.kind_of(tmp_path, path.name)
        used(tmp_path, path.name, "video", capfd)


@pytest.mark.parametrize("form", FORMS)
def test_damaged_pictures_are_read_or_refused(form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    buffer, chance = io.BytesIO(), random.Random(form)
    Image.fromarray(pictures(1, (SIDE, SIDE))[0]).save(buffer, form)
    (tmp_path / "x").write_bytes(buffer.getvalue())
    assert used(tmp_path, "x", "image", capfd)
    for _ in range(40):
        (tmp_path / "x").write_bytes(spoilt(buffer.getvalue(), chance) or b" ")
        media.kind_of(tmp_path, "x")
        used(tmp_path, "x", "image", capfd)
