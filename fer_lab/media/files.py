"""Bytes of files in a folder, a zip or a tar, by a path that never leaves its root."""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO

from fer_lab.errors import DataError
from fer_lab.media.unreadable import Unreadable

FOLLOW = "FER_LAB_FOLLOW_LINKS"
ARCHIVES = (".zip", ".tar")
MAX_BYTES = 2**30
"""Larger members of an archive are refused before they are read: a small archive can hold anything, and what is read is
in memory as a whole."""
EMPTY = "the file is empty (0 bytes)"


def split(root: Path, path: str) -> tuple[Path, str]:
    """The file on disk in which ``path`` lies, and the member's name if that file is an archive ('' otherwise).

    Args:
        root: the data set's folder, or an archive (zip, tar) that holds it.
        path: posix path relative to ``root``; may go through an archive (``train.zip/train/angry/x.jpg``).

    Raises:
        DataError: the path is absolute or climbs out of ``root``.
    """
    parts = PurePosixPath(path).parts
    if path.startswith(("/", "\\")) or ".." in parts or Path(path).drive:
        raise DataError(f"the path {path!r} leaves the data root", expected="a path relative to it, without '..'")
    file = root
    for depth, part in enumerate(("", *parts)):
        file = file / part
        if file.suffix.lower() in ARCHIVES and file.is_file():
            return file, "/".join(parts[depth:])
    return file, ""


def read_bytes(root: Path, path: str, limit: int | None = None) -> bytes:
    """The bytes of a file in a folder, a zip or a tar.

    Args:
        root, path: as of ``split``.
        limit: of its bytes; none: of a member of an archive ``MAX_BYTES``, of a file on disk there is no limit.

    Raises:
        Unreadable: it is missing, empty, encrypted, damaged, or larger than the limit, which is seen before it is read.
        DataError: the path leaves ``root``.
    """
    file, member = split(root, path)
    with reading(path):
        data = _member(file, member, path, limit or MAX_BYTES) if member else _on_disk(root, file, path, limit)
    if not data:
        raise Unreadable(path, EMPTY)
    return data


@contextmanager
def reading(path: str) -> Iterator[None]:
    """What a disk or an archive does not give is a refusal of the file."""
    try:
        yield
    except (OSError, KeyError) as error:
        raise Unreadable(path, _reason(error)) from error
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(path, f"damaged or encrypted archive ({error})") from error


def regular_file(root: Path, file: Path) -> Path:
    """A file on disk that can be read to its end: a pipe would be waited for, a device has none.

    Links to what lies outside of ``root`` are not followed, unless the environment says ``FER_LAB_FOLLOW_LINKS=1``.

    Raises:
        Unreadable: it is missing, no regular file, or such a link.
    """
    path = file.relative_to(root).as_posix() if file != root else root.name
    try:
        mode = file.stat().st_mode
        inside = not file.is_symlink() or file.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        raise Unreadable(path, _reason(error)) from error
    if not stat.S_ISREG(mode):
        raise Unreadable(path, "not a regular file")
    if not inside and os.environ.get(FOLLOW) != "1":
        raise Unreadable(path, f"a link to what lies outside of the folder ({FOLLOW}=1 follows it)")
    return file


def list_files(root: Path, path: str = "") -> list[str]:
    """All files below a folder or archive, sorted, as posix paths relative to ``root``; hidden ones are left out.

    Of an archive, members whose names climb out of it are listed, too, and not read. An archive inside a folder is
    listed as a file; name it in ``path`` to list its members.

    Raises:
        Unreadable: ``path`` is neither a folder nor a readable archive.
    """
    file, member = split(root, path)
    if file.is_dir():
        found = [Path(folder, name).relative_to(file) for folder, _, names in os.walk(file) for name in names]
        return _visible([PurePosixPath(path, item.as_posix()).as_posix() for item in found])
    try:
        names = list(places(file)) if _is_tar(file) else archive(file).namelist()
    except (OSError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise Unreadable(path or root.name, f"neither a folder nor a zip or tar ({error})") from error
    base = path.removesuffix(member).rstrip("/")
    inside = [name for name in names if not name.endswith("/") and _below(name, member)]
    return _visible([PurePosixPath(base, name).as_posix() for name in inside])


def archive(file: Path) -> zipfile.ZipFile:
    """An open zip, kept open in this process (a directory of 30,000 members takes long to read)."""
    state = file.stat()
    return _open(file, state.st_size, state.st_mtime_ns, os.getpid())


@lru_cache(maxsize=8)
def _open(file: Path, size: int, changed: int, process: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(file)


def places(file: Path) -> dict[str, tuple[int, int]]:
    """Where the files of a tar begin in it, and how long they are, by name; kept in this process, as of ``archive``."""
    state = file.stat()
    return _places(file, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=128)
def _places(file: Path, size: int, changed: int) -> dict[str, tuple[int, int]]:
    with tarfile.open(file, "r:") as members:
        return {PurePosixPath(item.name).as_posix(): (item.offset_data, item.size) for item in members if item.isreg()}


def _is_tar(file: Path) -> bool:
    return file.suffix.lower() == ".tar"


def _on_disk(root: Path, file: Path, path: str, limit: int | None) -> bytes:
    found = regular_file(root, file)
    check_bytes(path, found.stat().st_size, limit)
    return found.read_bytes()


def _member(file: Path, member: str, path: str, limit: int) -> bytes:
    with opened_member(file, member) as (data, size):
        check_bytes(path, size, limit)
        found = data.read(size)
    check_whole(path, len(found), size)
    return found


@contextmanager
def opened_member(file: Path, member: str) -> Iterator[tuple[IO[bytes], int]]:
    """What a member of a zip or tar holds, at its beginning, and how many bytes it has as the archive says.

    Of a zip no more than that is ever inflated: zipfile stops there, and the checksum is wrong.
    """
    if _is_tar(file):
        begin, size = places(file)[member]
        with file.open("rb") as data:
            data.seek(begin)
            yield data, size
        return
    zipped = archive(file)
    with zipped.open(member) as data:
        yield data, zipped.getinfo(member).file_size


def check_whole(path: str, there: int, size: int) -> None:
    """Refuse a member of which the archive holds less than it says."""
    if there != size:
        raise Unreadable(path, f"the archive ends before its {size} bytes")


def check_bytes(path: str, size: int, limit: int | None) -> None:
    """Refuse a file that is larger than what is read."""
    if limit is not None and size > limit:
        raise Unreadable(path, f"it has {size / 1e6:,.0f} MB, no more than {limit / 1e6:,.0f} MB are read")


def _reason(error: Exception) -> str:
    """Without the path, which may be one of this machine."""
    missing = isinstance(error, FileNotFoundError | KeyError)
    return "there is no such file" if missing else str(getattr(error, "strerror", None) or error)


def _below(name: str, folder: str) -> bool:
    return not folder or PurePosixPath(name).is_relative_to(folder)


def _visible(paths: list[str]) -> list[str]:
    """What climbs out of an archive is no hidden file: it is listed, and refused by whoever reads it."""
    hidden = (".", "__MACOSX")
    return sorted(
        path for path in paths if not any(part.startswith(hidden) and part != ".." for part in path.split("/"))
    )
