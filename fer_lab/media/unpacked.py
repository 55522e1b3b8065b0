"""A video within an archive as a file of its own for as long as it is read: it is never in memory as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fer_lab.media.files import EMPTY, check_bytes, check_whole, opened_member, reading, regular_file, split
from fer_lab.media.unreadable import Unreadable

MOST = 2**34
"""Bytes of what is unpacked: a small archive can hold anything."""
LEFT = 2**28
"""Bytes that stay free where it is unpacked, for all else that is written there."""
CHUNK = 1 << 20
"""Bytes that are held at once."""


@contextmanager
def on_disk(root: Path, path: str) -> Iterator[Path]:
    """A folder below which ``path`` is a file of the disk, whole and not empty.

    What lies in an archive is unpacked into a temporary folder, for as long as it is used; its path stays the same.

    Args:
        root, path: as of ``split``.

    Raises:
        Unreadable: it is missing, empty, encrypted, damaged, larger than ``MOST``, or there is no room for it.
        DataError: the path leaves ``root``.
    """
    file, member = split(root, path)
    if not member:
        if not regular_file(root, file).stat().st_size:
            raise Unreadable(path, EMPTY)
        yield root
        return
    with TemporaryDirectory(prefix="fer_lab-video-") as folder:
        _unpack(file, member, path, Path(folder))
        yield Path(folder)


def _unpack(file: Path, member: str, path: str, folder: Path) -> None:
    with reading(path), opened_member(file, member) as (data, size):
        _check(path, size, shutil.disk_usage(folder).free)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as written:
            while chunk := data.read(min(CHUNK, size - written.tell())):
                written.write(chunk)
            there = written.tell()
    check_whole(path, there, size)


def _check(path: str, size: int, free: int) -> None:
    """Refuse what is empty, or cannot be unpacked, before anything is written."""
    if not size:
        raise Unreadable(path, EMPTY)
    check_bytes(path, size, MOST)
    if size + LEFT > free:
        needed = f"unpacking it takes {(size + LEFT) / 1e6:,.0f} MB of room in the folder for temporary files"
        raise Unreadable(path, f"{needed}, of which {free / 1e6:,.0f} MB are free; TMPDIR names another folder")
