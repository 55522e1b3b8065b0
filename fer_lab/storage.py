"""How anything is kept on disk: whole or not at all, under a lock, with checksums, if there is room."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from fer_lab.errors import StoreError
from fer_lab.resources import project_folder

MANIFEST = "manifest.json"
Shape = tuple[int, ...]
_checked: set[Path] = set()


class LockedError(StoreError):
    """Another process holds the lock of something that is kept on disk."""


def cache_root() -> Path:
    """Folder of everything that can be made again: ``FER_LAB_CACHE``, or ``.cache`` in the project's folder."""
    return Path(os.environ.get("FER_LAB_CACHE") or project_folder() / ".cache").absolute()


def digest(value: object, length: int = 16) -> str:
    """First hex digits of the SHA-256 of a JSON-able value, the same in every process."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, value: object) -> None:
    """Write JSON so that a reader sees either the old file or the whole new one."""
    write_bytes(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees either the old one or the whole new one; it survives a power cut.

    Raises:
        StoreError: the file cannot be written (disk full, quota, a file where a folder must be).
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        make_folder(path.parent)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):  # a file system that can only be read refuses this, too
            part.unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {error}", do="free some space, or point elsewhere") from error


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        StoreError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"cannot read {path}: {error}", do="delete it; it is made again") from error


def make_folder(path: Path) -> Path:
    """Create a folder and its parents.

    Raises:
        StoreError: something that is not a folder stands there.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make the folder {path}: {error}",
            expected="a place where a folder can be made",
            do="remove what stands there, or point paths / FER_LAB_CACHE elsewhere",
        ) from error
    return path


def require_space(folder: Path, needed: int, what: str) -> None:
    """Refuse to start writing ``needed`` bytes where there is no room for them.

    Raises:
        StoreError: less than ``needed`` bytes (and 5 %) are free.
    """
    free = shutil.disk_usage(make_folder(folder)).free
    if free < needed * 1.05:
        raise StoreError(
            f"{what} needs about {needed / 1e9:.2f} GB in {folder}, {free / 1e9:.2f} GB are free",
            do="free some space (make clean), or set FER_LAB_CACHE to a larger disk",
        )


@contextmanager
def locked(path: Path, timeout: float = -1) -> Iterator[None]:
    """Hold the lock ``<path>.lock`` (between processes; released by the system when a holder dies).

    Raises:
        StoreError: there can be none here (only to be read, somebody else's, full).
        Timeout: others have held it for so many seconds.
    """
    lock = _acquired(path, timeout)
    try:
        yield
    finally:
        lock.release()


def _acquired(path: Path, timeout: float) -> BaseFileLock:
    make_folder(path.parent)
    lock = FileLock(f"{path}.lock", timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise
    except OSError as error:
        raise StoreError(
            f"cannot lock {path}: {error}",
            expected="a folder that can be written, with some space",
            do="see who owns it, or point paths.results / FER_LAB_CACHE elsewhere",
        ) from error
    return lock


@contextmanager
def locked_now(path: Path) -> Iterator[None]:
    """Hold the lock of ``path``, as ``locked`` does, or refuse at once.

    Raises:
        LockedError: another process holds it.
        StoreError: there can be none here.
    """
    try:
        lock = _acquired(path, 0)
    except Timeout as error:
        raise LockedError(f"{path} is locked: a process is making it", do="wait until it is done") from error
    try:
        yield
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock of ``path`` just now; nothing is written, as one may only read there.

    Raises:
        StoreError: it cannot be told.
    """
    try:
        with open(f"{path}.lock", "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise StoreError(f"cannot see who holds {path}: {error}", do=f"see who owns {path}.lock") from error
    return False


class Appended:
    """A file of lines that only grows, open for further ones; what a kill left half written is cut off.

    Attributes:
        lines: those that were there, whole, without their ends.

    Raises:
        StoreError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise StoreError(f"cannot open {path}: {error}", do="see who owns it") from error
        *lines, torn = path.read_bytes().split(b"\n")
        if torn:  # a kill or a power cut in the middle of it
            os.ftruncate(self._file, sum(len(line) + 1 for line in lines))
        self.lines = lines

    def append(self, value: object) -> None:
        """Add a JSON-able value as a line; once this returns, no kill of the process loses it.

        Raises:
            StoreError: the disk is full; nothing of the line stays.
        """
        line = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        end = os.fstat(self._file).st_size
        try:
            whole = os.write(self._file, line) == len(line)
        except OSError:
            whole = False
        if not whole:
            os.ftruncate(self._file, end)
            raise StoreError(
                f"{self.path} cannot be written: the disk is full", do="free some space, and call it again"
            )

    def sync(self) -> None:
        """Make all lines survive a power cut."""
        os.fsync(self._file)

    def close(self) -> None:
        """Make all lines survive a power cut, and let go of the file."""
        self.sync()
        os.close(self._file)


def remove(path: Path) -> None:
    """Remove a folder or file under its lock: gone under its name at once, never half there.

    Raises:
        StoreError: it cannot be removed.
    """
    remains = path.parent / f".{path.name}.part-{uuid.uuid4().hex[:8]}"  # as of a killed writer, see publish
    try:
        os.replace(path, remains)
        shutil.rmtree(remains) if remains.is_dir() else remains.unlink()
    except OSError as error:
        raise StoreError(f"cannot remove {path}: {error}", do="see who owns it, then remove it by hand") from error


def check_shapes(path: Path, found: Mapping[str, Shape], expected: Mapping[str, Shape]) -> None:
    """Refuse a file of tensors that has others than expected.

    Args:
        path: the file.
        found: shapes by name.
        expected: shapes by name.

    Raises:
        StoreError: names the file and the first tensors that are missing, too many or of another shape.
    """
    differing = sorted(name for name in {**expected, **found} if expected.get(name) != found.get(name))
    if differing:
        raise StoreError(
            f"{path} does not fit: it has {_shapes(found, differing)}",
            expected=_shapes(expected, differing),
            do="remove the run's folder; its sweep trains it again",
        )


def _shapes(of: Mapping[str, Shape], names: Sequence[str]) -> str:
    known = [f"{name} {of[name]}" for name in names if name in of]
    return ", ".join([*known[:3], *(["..."] if len(known) > 3 else [])]) or f"no {names[0]}"


def visible(folder: Path, but: Collection[str] = ()) -> list[Path]:
    """What lies directly in a folder, sorted; without hidden names and those in ``but``."""
    return sorted(item for item in folder.iterdir() if item.name[0] != "." and item.name not in but)


@contextmanager
def publish(folder: Path, manifest: bool = True) -> Iterator[Path]:
    """Fill a folder under another name and give it its own only when it is whole.

    Yields the folder to write into. At the end a manifest with every file's size and checksum is written and the
    folder is renamed to ``folder`` (what stood there is replaced). After an error or a kill nothing stands under
    the name; remains of killed writers are removed by the next one. Hold ``locked(folder)`` around it.

    Args:
        folder: its name.
        manifest: whether that is written; ``is_whole`` needs it.

    Raises:
        StoreError: it cannot be written (disk full, quota, a file where a folder must be).
    """
    make_folder(folder.parent)
    _restore(folder)
    _remove_remains(folder)
    part = make_folder(folder.parent / f".{folder.name}.part-{uuid.uuid4().hex[:8]}")
    try:
        yield part
        if manifest:
            write_json(part / MANIFEST, {"files": _entries(part)})
        if folder.is_dir():  # two renames: a kill between them leaves what stood there beside it, and nothing half
            os.replace(folder, part.with_name(f".{folder.name}.part-replaced-{uuid.uuid4().hex[:8]}"))
        os.replace(part, folder)
        _remove_remains(folder)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error}", do="free some space, or point elsewhere") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _entries(folder: Path) -> dict[str, list[int | str]]:
    """Name -> size and checksum of every file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {file.relative_to(folder).as_posix(): [file.stat().st_size, file_digest(file)] for file in files}


def _restore(folder: Path) -> None:
    """Give back its name to what a killed writer had just moved aside."""
    aside = sorted(folder.parent.glob(f".{folder.name}.part-replaced-*"))
    if aside and not folder.exists():
        os.replace(aside[-1], folder)


def _remove_remains(folder: Path) -> None:
    for remains in folder.parent.glob(f".{folder.name}.part-*"):
        shutil.rmtree(remains, ignore_errors=True)


def is_whole(folder: Path, checksums: bool = True) -> bool:
    """Whether a published folder is there with every file of its manifest at its size (and checksum)."""
    try:
        entries: dict[str, tuple[int, str]] = json.loads((folder / MANIFEST).read_text())["files"]
        return all(
            (folder / name).stat().st_size == size and (not checksums or file_digest(folder / name) == digest_)
            for name, (size, digest_) in entries.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def whole_once_checked(folder: Path) -> bool:
    """``is_whole``, by checksum the first time in a process only, as that reads every byte."""
    whole = is_whole(folder, checksums=folder not in _checked)
    (_checked.add if whole else _checked.discard)(folder)
    return whole
