"""What lies in the cache, and how some of it is removed: whole entries, by their name, under their lock."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fer_lab.errors import ConfigError, StoreError, nearest
from fer_lab.storage import LockedError, cache_root, locked_now, read_json, remove, visible

READ_HERE = "contract.json"
"""Read to say what an entry is, so that its time of use is not that of a run."""
UNFINISHED = re.compile(r"\.(?P<key>.+)\.(?:part-)?[0-9a-f]{8}")
"""What a writer fills before it gives it its name."""


@dataclass(frozen=True)
class Cached:
    """One thing in the cache.

    Attributes:
        kind: of the ``KINDS``, the folder it lies in.
        key: its name there.
        place: the folder or file; it need not be there where only what a writer left is.
        unfinished: what is being written, or what a killed writer left, under other names.
        size: of all its files, bytes.
        used: when one of its files was last read or written, seconds since 1970; reading is noted by most file
            systems once a day only, by some never.
        what: what it is, as far as it tells.
    """

    kind: str
    key: str
    place: Path
    unfinished: tuple[Path, ...]
    size: int
    used: float
    what: str


def _backbone(place: Path) -> str:
    return "what frozen blocks make of all faces"


def _faces(place: Path) -> str:
    views = sorted(path.stem for path in place.glob("*.npy") if path.stem not in ("landmarks", "pose"))
    return f"faces, views {', '.join(views)}"


def _features(place: Path) -> str:
    run, _, faces = place.name.partition("-")
    return f"features of run {run} on faces {faces}"


def _weights(place: Path) -> str:
    try:
        return str(read_json(place / READ_HERE)["origin"])
    except (StoreError, KeyError, TypeError):
        return "weights"


KINDS: Mapping[str, Callable[[Path], str]] = {
    "twins": lambda place: f"twin of {place.name.rpartition('-')[0]}",
    "faces": _faces,
    "shards": lambda place: f"{sum(path.is_dir() for path in visible(place))} pieces of faces, not all yet",
    "backbones": _backbone,
    "features": _features,
    "augmented": lambda place: "augmented copies of training images",
    "copies": lambda place: "near copies among single images",
    "weights": _weights,
    "ledgers": lambda place: "records of a ledger, as they were read",
    "hashes": lambda place: "content hashes of the files of a data set",
    "models": lambda place: "model that finds faces",
    "page": lambda place: "what the live page computes with",
}
"""The folders of the cache, and what says what an entry of each is."""


def entries(kind: str | None = None) -> list[Cached]:
    """What lies in the cache, by kind and key; links are left out, they are not of the cache.

    Args:
        kind: only of this kind.

    Raises:
        ConfigError: no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise ConfigError(f"cache: there is no kind {kind!r}", expected=f"one of {nearest(kind, KINDS)}")
    return [entry for name in ([kind] if kind else KINDS) for entry in _entries(name)]


def evict(what: str) -> tuple[list[Cached], list[Cached]]:
    """Remove an entry, or all of a kind, each under its lock; everything can be made again.

    Args:
        what: ``<kind>``, or ``<kind>/<key>``.

    Returns:
        What was removed, and what was kept because another process holds its lock.

    Raises:
        ConfigError: no such kind or key; paths are neither.
        StoreError: an entry cannot be removed, or the kind's folder is a link.
    """
    kind, slash, key = what.partition("/")
    chosen = entries(kind)
    if (cache_root() / kind).is_symlink():
        raise StoreError(f"{cache_root() / kind} is a link: what it leads to is not removed", do="remove it by hand")
    if slash:
        known = [entry.key for entry in chosen]
        chosen = [entry for entry in chosen if entry.key == key]
        if not chosen:
            expected = f"a key of {kind}: {nearest(key, known) or 'there is none'}; no path, and no link"
            raise ConfigError(f"cache: there is no {what!r} in {cache_root()}", expected=expected, do="fer-lab cache")
    kept = [entry for entry in chosen if not _removed(entry)]
    return [entry for entry in chosen if entry not in kept], kept


def _removed(entry: Cached) -> bool:
    """Remove it unless another process holds its lock, or that of a piece of it."""
    pieces = [path.with_suffix("") for path in sorted(entry.place.glob("*.lock"))]
    try:
        with ExitStack() as locks:
            for place in (entry.place, *pieces):
                locks.enter_context(locked_now(place))
            for path in (entry.place, *entry.unfinished):
                if path.exists():
                    remove(path)
    except LockedError:
        return False
    return True


def _entries(kind: str) -> Iterator[Cached]:
    folder = cache_root() / kind
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else ():
        unfinished = UNFINISHED.fullmatch(path.name)
        if not path.is_symlink() and path.suffix != ".lock" and (unfinished or path.name[0] != "."):
            found.setdefault(unfinished["key"] if unfinished else path.name, []).append(path)
    for key, paths in sorted(found.items()):
        yield _entry(kind, folder / key, [path for path in paths if path.name != key])


def _entry(kind: str, place: Path, unfinished: list[Path]) -> Cached:
    states = [(path.name, path.lstat()) for top in (place, *unfinished) for path in _files(top)]
    used = max((max(s.st_atime, s.st_mtime) for name, s in states if name != READ_HERE), default=0.0)
    what = KINDS[kind](place) if place.exists() else "unfinished: being written, or left by a killed writer"
    return Cached(kind, place.name, place, tuple(unfinished), sum(s.st_size for _, s in states), used, what)


def _files(top: Path) -> Iterator[Path]:
    """The file itself, or the files below a folder; links are not followed."""
    if top.is_file():
        yield top
    for folder, _, names in os.walk(top):
        yield from (Path(folder, name) for name in names)
