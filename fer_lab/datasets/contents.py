"""The signature of a data set on disk: its rows and the content of its files. A million rows take seconds."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.errors import StoreError
from fer_lab.media import Unreadable, list_files, regular_file, split
from fer_lab.storage import cache_root, digest, file_digest, read_json, write_json

SETTLED = 2.0
"""Seconds: a file changed more recently may change again within the same tick of its clock, and is not cached."""
ROWS_AT_ONCE = 50_000
"""Rows that are texts in memory at a time."""

PLAIN = "."
"""Of a folder: its files are files of their own."""

Entry = tuple[int, int, str]


def signature(root: Path, index: pd.DataFrame) -> str:
    """Hash over an index's rows and the content of each file it names.

    Where the data lie does not count. Content hashes are cached (``<cache>/hashes``) by the file's size and time of
    change; an archive is hashed as one file. What is no file that can be read counts with the reason.
    """
    about = hashlib.sha256()
    for text in _texts(index, _hashes(root, _files(root, index))):
        about.update(text.encode())
    return about.hexdigest()[:16]


def _texts(index: pd.DataFrame, files: dict[str, str]) -> Iterator[str]:
    """Piece by piece the JSON of ``{"columns": [...], "files": {...}, "rows": [[...], ...]}``, as ``digest`` has it."""
    yield f'{{"columns":{_json(list(index.columns))},"files":{_json(files)},"rows":['
    for first in range(0, len(index), ROWS_AT_ONCE):
        columns = [_column(values) for _, values in index.iloc[first : first + ROWS_AT_ONCE].items()]
        rows = ",".join(f"[{','.join(row)}]" for row in zip(*columns, strict=True))
        yield f",{rows}" if first else rows
    yield "]}"


def _column(values: pd.Series[Any]) -> list[str]:
    """Each value of a column as its text in JSON; what occurs often is written once."""
    if isinstance(values.dtype, pd.StringDtype):
        codes, distinct = pd.factorize(values, use_na_sentinel=False)
        return [texts[code] for texts in [_each(pd.Series(distinct))] for code in codes]
    if values.dtype == np.float64:  # by their bits: -0.0 has a text of its own
        codes, bits = pd.factorize(values.to_numpy().view(np.int64))
        return [texts[code] for texts in [_each(pd.Series(bits.view(np.float64)))] for code in codes]
    return _each(values)  # equal objects may have several texts, as 1 and True


def _each(values: pd.Series[Any]) -> list[str]:
    return [encode_basestring_ascii(text) if type(text) is str else _json(text) for text in values.astype(str).tolist()]


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


def _json(value: object) -> str:
    return _encode(value)


def _files(root: Path, index: pd.DataFrame) -> set[str]:
    """The files on disk that an index needs, relative to the root; '' is the root itself."""
    found: set[str] = set()
    known: dict[str, str] = {}
    for path, kind in zip(index["path"].tolist(), index["kind"].tolist(), strict=True):
        for item in list_files(root, path) if kind == "sequence" else [path]:
            folder, slash, name = item.rpartition("/")
            if folder not in known or (slash and not folder) or name in ("", ".", ".."):
                file, member = split(root, item)
                own = _relative(root, file)
                found.add(own)
                if member or own == item:  # so it is of all that has this folder's name
                    known[folder] = own if member else PLAIN
            else:
                found.add(item if known[folder] == PLAIN else known[folder])
    return found


def _relative(root: Path, file: Path) -> str:
    return "" if file == root else file.relative_to(root).as_posix()


def _hashes(root: Path, files: set[str]) -> dict[str, str]:
    """Content hash of each file, by its name; of the root itself, which is then an archive, by that of the root."""
    cache = cache_root() / "hashes" / f"{digest(str(root.resolve()))}.json"
    known, now = _load(cache), time.time()
    fresh = {name or root.name: _entry(root, name, known.get(name or root.name)) for name in files}
    settled = {name: entry for name, entry in fresh.items() if now - entry[1] / 1e9 > SETTLED}
    if any(known.get(name) != entry for name, entry in settled.items()):
        write_json(cache, known | settled)
    return {name: entry[2] for name, entry in fresh.items()}


def _entry(root: Path, name: str, known: Entry | None) -> Entry:
    place = f"{root}/{name}" if name else str(root)
    try:
        if not (state := _looked_at(place)) or not stat.S_ISREG(state.st_mode):
            state = regular_file(root, Path(place)).stat()
        if known and known[:2] == (state.st_size, state.st_mtime_ns):
            return known
        return state.st_size, state.st_mtime_ns, file_digest(regular_file(root, Path(place)))
    except Unreadable as error:
        return 0, 0, error.reason  # whoever reads it is told; pipes and devices have no content to be hashed


def _looked_at(place: str) -> os.stat_result | None:
    try:
        return os.lstat(place)
    except OSError:
        return None


def _load(cache: Path) -> dict[str, Entry]:
    try:
        return {name: (int(size), int(at), str(sha)) for name, (size, at, sha) in read_json(cache).items()}
    except (StoreError, AttributeError, TypeError, ValueError):
        return {}  # not there yet, or damaged: everything is hashed again
