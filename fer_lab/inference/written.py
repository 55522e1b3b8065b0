"""The table on disk, CSV or Parquet: written some rows at a time under another name, there when it is whole."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from pandas import DataFrame

from fer_lab.errors import StoreError
from fer_lab.storage import make_folder

KINDS = ("csv", "parquet")
DIGITS = "%.6g"
"""Of numbers in CSV: more than the graph's answers are exact to."""


class Writer(Protocol):
    """What takes a table's parts."""

    def add(self, part: DataFrame) -> None:
        """Write some rows."""

    def close(self) -> None:
        """Write what is left."""


def write_table(path: Path, parts: Iterable[DataFrame], empty: DataFrame) -> int:
    """Write a table; how many rows it has.

    Args:
        path: ``*.csv`` or ``*.parquet``.
        parts: its rows, in order.
        empty: the same without a row: columns and their kinds.

    Raises:
        StoreError: it cannot be written (disk full, quota); nothing stays of it.
    """
    rows = 0
    with whole(path) as part_path:
        make = _Csv if path.suffix == ".csv" else _Parquet
        writer: Writer = make(part_path, empty)
        try:
            for part in parts:
                writer.add(part)
                rows += len(part)
        finally:
            writer.close()
    return rows


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yields the name to write under; the file gets its own at the end, and nothing stays after an error.

    Raises:
        StoreError: it cannot be written.
    """
    make_folder(path.parent)
    part = path.with_name(f".{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(f"cannot write {path}: {error}", do="free some space, or point elsewhere") from error
    finally:
        part.unlink(missing_ok=True)


class _Csv:
    def __init__(self, path: Path, empty: DataFrame) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        empty.to_csv(self._file, index=False, lineterminator="\n")

    def add(self, part: DataFrame) -> None:
        part.to_csv(self._file, index=False, header=False, lineterminator="\n", float_format=DIGITS)

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, empty: DataFrame) -> None:
        self._schema = pa.Schema.from_pandas(empty, preserve_index=False)
        self._writer = pq.ParquetWriter(path, self._schema)

    def add(self, part: DataFrame) -> None:
        self._writer.write_table(pa.Table.from_pandas(part, self._schema, preserve_index=False))

    def close(self) -> None:
        self._writer.close()


def one_line(names: Sequence[str]) -> list[str]:
    """Names as a terminal shows them: no character of one moves the cursor."""
    return [name if name.isprintable() else repr(name)[1:-1] for name in names]
