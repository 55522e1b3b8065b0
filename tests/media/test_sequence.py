import zipfile
from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from fer_lab.errors import ConfigError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "s").mkdir()
    for number in (0, 10, 11, 12, 19):
        media.write_image(tmp_path / "s" / f"p7_{number:03d}.png", np.full((4, 6, 3), number, np.uint8))
    return tmp_path


def test_the_number_of_a_file_is_its_time(root: Path) -> None:
    frames = list(media.frames(root, "s", "sequence", fps=10.0))
    assert [frame.number for frame in frames] == [0, 10, 11, 12, 19]
    assert [frame.time for frame in frames] == pytest.approx([0, 1, 1.1, 1.2, 1.9])
    assert frames[1].position == pytest.approx(0.5)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [0, 10, 11, 12, 19]


def test_only_wanted_images_are_read(root: Path) -> None:
    (root / "s" / "p7_000.png").write_bytes(b"damaged")
    frames = list(media.frames(root, "s", "sequence", media.window, fps=10.0))
    assert [frame.number for frame in frames] == [10, 11, 12]
    with pytest.raises(media.Unreadable, match=r"s/p7_000\.png"):
        list(media.frames(root, "s", "sequence", fps=10.0))


def test_sequences_inside_a_zip(root: Path) -> None:
    with zipfile.ZipFile(root / "pack.zip", "w") as pack:
        for file in sorted((root / "s").iterdir()):
            pack.write(file, f"deep/s/{file.name}")
    frames = list(media.frames(root, "pack.zip/deep/s", "sequence", fps=10.0))
    assert [frame.number for frame in frames] == [0, 10, 11, 12, 19]


@pytest.mark.parametrize("fps", [None, 0.0, -1.0, float("nan")])
def test_a_rate_is_needed(root: Path, fps: float | None) -> None:
    with pytest.raises(ConfigError, match="frame rate"):
        list(media.frames(root, "s", "sequence", fps=fps))


def test_unusable_folders_are_refused(root: Path) -> None:
    (root / "empty").mkdir()
    for path, reason in (("empty", "no image"), ("none", "neither a folder nor a zip")):
        with pytest.raises(media.Unreadable, match=reason):
            list(media.frames(root, path, "sequence", fps=10.0))
    (root / "s" / "other_010.png").write_bytes(b"x")
    with pytest.raises(media.Unreadable, match="number of its own"):
        list(media.frames(root, "s", "sequence", fps=10.0))


def test_a_still_is_a_frame(root: Path) -> None:
    (frame,) = media.frames(root, "s/p7_010.png", "image", media.window)
    assert (frame.number, frame.time, frame.position, frame.image.shape) == (0, 0.0, 0.0, (4, 6, 3))
