"""The signature of a data set on disk: its rows and the content of its files."""

from __future__ import annotations

import time
from pathlib import Path, PurePosixPath

import pandas as pd

from fer_lab.errors import StoreError
from fer_lab.media import Unreadable, list_files, regular_file, split
from fer_lab.storage import cache_root, digest, file_digest, read_json, write_json

SETTLED = 2.0
"""Seconds: a file changed more recently may change again within the same tick of its clock, and is not cached."""

Entry = tuple[int, int, str]


def signature(root: Path, index: pd.DataFrame) -> str:
    """Hash over an index's rows and the content of each file it names.

    Where the data lie does not count. Content hashes are cached (``<cache>/hashes``) by the file's size and time of
    change; an archive is hashed as one file. What is no file that can be read counts with the reason.
    """
    rows = index.astype(str).to_numpy().tolist()
    return digest({"columns": list(index.columns), "rows": rows, "files": _hashes(root, _files(root, index))})


def _files(root: Path, index: pd.DataFrame) -> list[Path]:
    """The files on disk that an index needs, sorted, each once."""
    found: set[Path] = set()
    for path, kind in sorted(set(zip(index["path"], index["kind"], strict=True))):
        inside = list_files(root, path) if kind == "sequence" else [path]
        found.update(split(root, item)[0] for item in inside)
    return sorted(found)


def _hashes(root: Path, files: list[Path]) -> dict[str, str]:
    cache = cache_root() / "hashes" / f"{digest(str(root.resolve()))}.json"
    known, fresh = _load(cache), {}
    for file in files:
        name = file.relative_to(root).as_posix() if file != root else PurePosixPath(root.name).as_posix()
        fresh[name] = _entry(root, file, known.get(name))
    settled = {name: entry for name, entry in fresh.items() if time.time() - entry[1] / 1e9 > SETTLED}
    if any(known.get(name) != entry for name, entry in settled.items()):
        write_json(cache, known | settled)
    return {name: entry[2] for name, entry in fresh.items()}


def _entry(root: Path, file: Path, known: Entry | None) -> Entry:
    try:
        state = regular_file(root, file).stat()
    except Unreadable as error:
        return 0, 0, error.reason  # whoever reads it is told; pipes and devices have no content to be hashed
    if known and known[:2] == (state.st_size, state.st_mtime_ns):
        return known
    return state.st_size, state.st_mtime_ns, file_digest(file)


def _load(cache: Path) -> dict[str, Entry]:
    try:
        return {name: (int(size), int(at), str(sha)) for name, (size, at, sha) in read_json(cache).items()}
    except (StoreError, AttributeError, TypeError, ValueError):
        return {}  # not there yet, or damaged: everything is hashed again
