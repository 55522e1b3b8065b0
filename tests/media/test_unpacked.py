"""A video within an archive is unpacked for as long as it is read, a little at a time, where there is room for it."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from fer_lab import media
from fer_lab.media.unpacked import CHUNK, LEFT, on_disk

LARGE = 48 * CHUNK
"""Bytes of a video that is never to be held as a whole."""


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, which nothing else uses."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def large(video: Path, tmp_path: Path) -> Path:
    """A whole MP4 with a free box of zeros behind its pictures."""
    path = tmp_path / "large.mp4"
    box = LARGE.to_bytes(4, "big") + b"free"
    path.write_bytes(video.read_bytes() + box)
    with path.open("r+b") as file:
        file.truncate(video.stat().st_size + LARGE)
    return path


def packed(kind: str, video: Path, folder: Path) -> str:
    """The path of a video within a new archive."""
    if kind == "tar":
        with tarfile.open(folder / "pack.tar", "w") as pack:
            pack.add(video, "clips/a.mp4")
            pack.add(video, "clips/b.mp4")
    else:
        with zipfile.ZipFile(folder / "pack.zip", "w", zipfile.ZIP_DEFLATED) as pack:
            pack.write(video, "clips/a.mp4")
    return f"pack.{kind}/clips/a.mp4"


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_it_is_never_in_memory_as_a_whole(kind: str, large: Path, tmp_path: Path, unpacked: Path) -> None:
    path, plain = packed(kind, large, tmp_path), list(media.frames(large.parent, large.name, "video"))
    there: set[int] = set()
    tracemalloc.start()
    try:
        for frame, expected in zip(media.frames(tmp_path, path, "video"), plain, strict=True):
            assert (frame.image == expected.image).all()
            there |= {file.stat().st_size for file in unpacked.rglob("*.mp4")}
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < LARGE / 4
    assert there == {large.stat().st_size}
    assert list(unpacked.iterdir()) == []


def test_it_is_gone_when_nobody_reads_on(video: Path, tmp_path: Path, unpacked: Path) -> None:
    frames = media.frames(tmp_path, packed("zip", video, tmp_path), "video")
    next(iter(frames))
    assert len(list(unpacked.iterdir())) == 1
    frames.close()  # type: ignore[attr-defined]
    assert list(unpacked.iterdir()) == []


def test_where_there_is_no_room_for_it_that_is_said(
    video: Path, tmp_path: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, usage = packed("zip", video, tmp_path), shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=LEFT + video.stat().st_size - 1))
    with pytest.raises(media.Unreadable, match=r"takes 268 MB of room .* of which 268 MB are free; TMPDIR"):
        list(media.frames(tmp_path, path, "video"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=LEFT + video.stat().st_size))
    assert list(media.frames(tmp_path, path, "video"))


def test_what_is_too_large_is_refused_before_anything_is_written(
    video: Path, tmp_path: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed("tar", video, tmp_path)
    monkeypatch.setattr("fer_lab.media.unpacked.MOST", video.stat().st_size - 1)
    with pytest.raises(media.Unreadable, match="no more than") as caught:
        list(media.frames(tmp_path, path, "video"))
    assert caught.value.path == path
    assert list(unpacked.iterdir()) == []


def test_what_is_damaged_missing_or_empty_is_refused(video: Path, tmp_path: Path, unpacked: Path) -> None:
    path = packed("tar", video, tmp_path)
    with (tmp_path / "pack.tar").open("r+b") as file:
        file.truncate(video.stat().st_size)
    with pytest.raises(media.Unreadable, match=r"ends before its|damaged"), on_disk(tmp_path, path):
        pass
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.writestr("empty.mp4", "")
    for member, reason in (("empty.mp4", "0 bytes"), ("none.mp4", "no such file")):
        with pytest.raises(media.Unreadable, match=reason), on_disk(tmp_path, f"pack.zip/{member}"):
            pass
    assert list(unpacked.iterdir()) == []


def test_what_is_on_the_disk_stays_where_it_is(video: Path, unpacked: Path) -> None:
    with on_disk(video.parent, video.name) as place:
        assert place == video.parent
    assert list(unpacked.iterdir()) == []
