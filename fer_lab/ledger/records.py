"""The records of a ledger, remembered once they were read and checked: thousands of runs are listed in seconds.

<cache>/ledgers/<key>.parquet    a row a run: its name, in which state its files were, the record

A record counts as long as its file has the size, times and inode that it had, and nothing in its folders was added,
replaced or removed; otherwise the run is read anew, as is everything that trains, resumes or starts from a run: they
ask ``read_run`` and ``Run.check``. It lies in the cache and not in the ledger, as a ledger may be somebody else's, who
may write there what they like.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fer_lab.errors import StoreError
from fer_lab.ledger.files import RECORD, SUMS
from fer_lab.ledger.read import Run, record_of, run_of
from fer_lab.storage import cache_root, digest, write_bytes

SETTLED = 2.0
"""Seconds: what changed more recently may change again within the same tick of its clock, and is not remembered."""
COLUMNS = ("name", "state", "record")


class Records:
    """What is remembered of a ledger.

    Args:
        runs: the folder ``results/runs``.
    """

    def __init__(self, runs: Path) -> None:
        self._path = cache_root() / "ledgers" / f"{digest(str(runs.resolve()))}.parquet"
        self._known, self._found, self._new = _load(self._path), dict[str, tuple[str, str]](), False

    def read(self, folder: Path) -> Run:
        """A finished run, as ``read_run`` reads it.

        Raises:
            StoreError: as ``read_run``.
        """
        state, settled = _state(folder)
        before, text = self._known.get(folder.name, ("", ""))
        if not settled or before != state:
            record = record_of(folder)
            text, self._new = json.dumps(record, separators=(",", ":")), True
        else:
            record = json.loads(text)
        if settled:
            self._found[folder.name] = state, text
        return run_of(folder, record)

    def keep(self) -> None:
        """Remember what was read; where the cache cannot be written, nothing is."""
        if not self._new and len(self._found) == len(self._known):
            return
        rows = [(name, *about) for name, about in self._found.items()]
        table = pa.table({name: pa.array(column, pa.string()) for name, column in _columns(rows).items()})
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
        try:
            write_bytes(self._path, sink.getvalue().to_pybytes())
        except StoreError:
            return


def _columns(rows: list[tuple[str, str, str]]) -> Mapping[str, list[str]]:
    return {name: [row[number] for row in rows] for number, name in enumerate(COLUMNS)}


def _load(path: Path) -> dict[str, tuple[str, str]]:
    """Name of each run -> the state of its files and its record; nothing where it is not there or damaged."""
    try:
        table = pq.read_table(path, columns=list(COLUMNS), page_checksum_verification=True, use_threads=False)
        names, states, records = (column.to_pylist() for column in table.columns)
    except (OSError, pa.ArrowException, ValueError, KeyError):
        return {}
    return dict(zip(names, zip(states, records, strict=True), strict=True))


def _state(folder: Path) -> tuple[str, bool]:
    """What tells that a run's record and the names in its folders are as they were, and whether that is settled."""
    record = os.stat(f"{folder}/{RECORD}")
    places = [os.stat(folder), *_scores(folder)]
    changed = max(max(place.st_mtime_ns, place.st_ctime_ns) for place in (record, *places))
    about = (record.st_size, record.st_mtime_ns, record.st_ctime_ns, record.st_ino, *(p.st_mtime_ns for p in places))
    return "-".join(map(str, about)), time.time() - changed / 1e9 > SETTLED


def _scores(folder: Path) -> list[os.stat_result]:
    """Of the folder of scores, where there is one; not of what a link leads to."""
    try:
        return [os.lstat(f"{folder}/{SUMS.split('/')[0]}")]
    except OSError:
        return []
