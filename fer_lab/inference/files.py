"""What people point at: pictures, videos, folders and archives of them, as a list in which each file is once."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_lab import media
from fer_lab.errors import ConfigError, DataError
from fer_lab.inference.written import one_line
from fer_lab.media.files import ARCHIVES

log = logging.getLogger(__name__)
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
NEITHER = "neither a picture nor a video"
ARCHIVE = "an archive within a folder or another archive: name it itself (unpacked, if it is within another)"
NAMED = 3
"""Files are named up to here where none could be read."""


@dataclass(frozen=True)
class Item:
    """A file that can be shown to a model.

    Attributes:
        file: its name in the table: as it was given, below a folder with the folder's name before it; see ``spelled``.
        kind: ``image`` or ``video``.
        root, path: where ``media`` finds it.
    """

    file: str
    kind: str
    root: Path
    path: str


@dataclass(frozen=True)
class Unread:
    """What could not be shown to a model.

    Attributes:
        file: its name.
        frame: of a video, from which frame on; -1: the whole file.
        reason: in words.
    """

    file: str
    frame: int
    reason: str


def listed(given: Sequence[str | Path]) -> tuple[list[Item], list[Unread]]:
    """Files in the order in which they are named, those of a folder or archive sorted; each once.

    Args:
        given: files, folders, archives (zip, tar).

    Returns:
        Those that look like pictures and videos, and the others.

    Raises:
        ConfigError: an address on a network is named, or nothing at all.
    """
    for one in given:
        check_local(one)
    if not given:
        raise ConfigError("no file is named", expected="pictures, videos, or folders of them")
    items: list[Item] = []
    unread: list[Unread] = []
    known: set[str] = set()
    for found in (entry for one in given for entry in _entries(Path(one))):
        if isinstance(found, Unread):
            unread.append(found)
        elif (place := os.path.realpath(found.root / found.path)) in known:
            log.warning("%s is named twice: it is shown once", found.file)
        else:
            known.add(place)
            items.append(found)
    return items, unread


def check_local(name: str | Path) -> None:
    """Refuse the name of what does not lie on this machine.

    Raises:
        ConfigError: it is an address on a network.
    """
    if ADDRESS.match(str(name)):
        raise ConfigError(f"{name} is an address", expected="files and folders of this machine: nothing is fetched",
                          do="download it, then name the file")  # fmt: skip


def nothing_read(unread: Sequence[Unread]) -> DataError:
    """The refusal where of all that was named nothing can be looked at."""
    names = one_line([one.file for one in unread[:NAMED]])
    reasons = [f"{name}: {one.reason}" for name, one in zip(names, unread, strict=False)]
    more = f", and {len(unread) - NAMED} more" if len(unread) > NAMED else ""
    return DataError(
        f"nothing can be looked at: {'; '.join(reasons)}{more}",
        expected="pictures, videos, folders or archives of them",
        do="name files that are there and whole",
    )


def _entries(given: Path) -> Iterator[Item | Unread]:
    """What is at a path: one file, or all below it."""
    name = spelled(given.as_posix())
    try:
        if not (given.is_dir() or given.suffix.lower() in ARCHIVES):
            real = given.resolve(strict=True)  # a link that somebody names is one that they mean
            yield _entry(name, real.parent, real.name)
            return
        _check_folder(given)
        paths = media.list_files(given)
        if not paths:
            yield Unread(name, -1, "there is no file in it")
        yield from (_entry(f"{name}/{spelled(path)}", given, path) for path in paths)
    except media.Unreadable as error:
        yield Unread(name, -1, error.reason)
    except (OSError, RuntimeError, ValueError) as error:  # ValueError: a name with a null byte
        yield Unread(name, -1, getattr(error, "strerror", None) or str(error))


def spelled(name: str) -> str:
    """A name as a table can hold it: bytes that are no UTF-8 are escaped, ``lat\\xe9.jpg``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _check_folder(folder: Path) -> None:
    """Meet at once what ``os.walk`` passes over without a word."""
    for place, _, _ in os.walk(folder, onerror=_raised) if folder.is_dir() else ():
        os.scandir(place).close()


def _raised(error: OSError) -> None:
    raise error


def _entry(name: str, root: Path, path: str) -> Item | Unread:
    try:
        media.split(root, path)  # the end of a name may say what it is before anything is looked for
        kind = media.kind_of(root, path)
    except DataError as error:
        return Unread(name, -1, error.what)
    return Item(name, kind, root, path) if kind else Unread(name, -1, _why_not(root, path))


def _why_not(root: Path, path: str) -> str:
    """Why a file is neither: it cannot be read at all, or it is something else."""
    if PurePosixPath(path).suffix.lower() in ARCHIVES:
        return ARCHIVE
    try:
        media.read_bytes(root, path, media.IMAGE_BYTES)
    except media.Unreadable as error:
        return error.reason
    return NEITHER
