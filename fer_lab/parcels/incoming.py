"""A returned ledger as it comes: a zip of numbers, read into memory and never by its own word."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fer_lab.errors import StoreError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import BESIDE
from fer_lab.parcels.archive import Archive
from fer_lab.parcels.parcel import check_format, json_of
from fer_lab.parcels.returning import FORMAT, RETURNED
from fer_lab.storage import digest

ALLOWED = re.compile(
    r"returned\.json|runs/[0-9a-f]{16}/(?:run\.json|split\.json|history\.csv|losses\.csv|scores/epoch-\d{3,6}\.parquet)"
)
ROWS = 50_000_000
"""Items of an epoch: a table of few bytes may claim any number of equal rows."""
HEADING = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)?")
TEXT = re.compile(r"[^<>\\`{}$\x00-\x1f\x7f]{0,300}")
"""What a text may be that tables and pages show: one line, no markup."""
DEEP, MANY = 6, 20_000


@dataclass(frozen=True)
class Incoming:
    """A returned ledger whose files are as they were written; nothing in it is believed yet.

    Attributes:
        path: the file.
        about: its ``returned.json``.
        records: ``run.json`` by the name of its folder.
    """

    path: Path
    about: Mapping[str, Any]
    records: Mapping[str, Mapping[str, Any]]
    archive: Archive

    def table(self, id: str, name: str) -> pd.DataFrame | None:
        """A table of numbers of a run; None where there is none.

        Raises:
            StoreError: it holds something else.
        """
        if (whole := f"runs/{id}/{name}") not in self.archive.names:
            return None
        try:
            found = pd.read_csv(io.BytesIO(self.archive.read(whole)))
        except (ValueError, UnicodeDecodeError) as error:
            raise StoreError(f"{whole} is no table: {error}") from error
        if not all(HEADING.fullmatch(str(name)) for name in found) or not all(map(_is_numbers, found.items())):
            raise StoreError(f"{whole} holds something else than numbers under their names")
        return found

    def split(self, id: str) -> Mapping[str, Any]:
        """The parts of a run, texts checked.

        Raises:
            StoreError: it is missing, or is no such manifest.
        """
        name = f"runs/{id}/split.json"
        found = json_of(self.archive.read(name), name)
        check_texts(found, name, many=ROWS)
        return found

    def epochs(self, id: str) -> list[int]:
        """The epochs of a run that have scores, sorted."""
        pattern = re.compile(rf"runs/{id}/scores/epoch-(\d+)\.parquet")
        return sorted(int(found[1]) for name in self.archive.names if (found := pattern.fullmatch(name)))

    def scores(self, id: str, epoch: int, target: Target) -> pd.DataFrame:
        """The scores of an epoch, columns and their types checked.

        Raises:
            StoreError: it is no such table.
        """
        name = f"runs/{id}/scores/epoch-{epoch:03d}.parquet"
        return _scores(self.archive.read(name), name, target)


def _is_numbers(column: tuple[Any, pd.Series[Any]]) -> bool:
    return pd.api.types.is_numeric_dtype(column[1]) and not pd.api.types.is_bool_dtype(column[1])


def _scores(data: bytes, name: str, target: Target) -> pd.DataFrame:
    wanted = [*BESIDE, *target.truth_columns, *target.answer_columns]
    try:
        file = pq.ParquetFile(io.BytesIO(data), page_checksum_verification=True)
        if file.metadata.num_rows > ROWS:
            raise StoreError(f"{name} says that it has {file.metadata.num_rows} rows", expected=f"at most {ROWS}")
        schema = file.schema_arrow
        if sorted(schema.names) != sorted(wanted):
            other = sorted({*schema.names} ^ {*wanted})
            raise StoreError(f"{name}: its columns are not those of its target: {', '.join(other)[:200]}")
        if wrong := [column for column in wanted if not _fits(column, schema.field(column).type)]:
            raise StoreError(f"{name}: {', '.join(wrong)} hold something else than their kind of number or text")
        found: pd.DataFrame = file.read(wanted, use_threads=False).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise StoreError(f"{name} cannot be read: {error}") from error
    return found


def _fits(column: str, kind: pa.DataType) -> bool:
    if column in ("video", "subject", "part"):
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
    if column in ("item", "epoch", "label"):
        return bool(pa.types.is_integer(kind))
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def read_incoming(path: Path) -> Incoming:
    """A returned ledger whose files are those that its checksums name; nothing in it is run.

    Raises:
        StoreError: it is none, holds anything else (code, links, further files), is damaged, or is of a newer version.
    """
    archive = Archive(path, ALLOWED)
    about = json_of(archive.read(RETURNED), f"{path}: {RETURNED}")
    check_format(about, path, "returned ledger", FORMAT)
    if about.get("digest") != digest({key: value for key, value in about.items() if key != "digest"}):
        raise StoreError(f"{path}: {RETURNED} is not as it was written: its digest differs", do="have it sent again")
    files = about.get("files")
    if not isinstance(files, dict):
        raise StoreError(f"{path}: {RETURNED} names no files")
    archive.check_files(files, but=RETURNED)
    check_texts({key: value for key, value in about.items() if key != "files"}, RETURNED)
    ids = sorted({name.split("/")[1] for name in archive.names if name.startswith("runs/")})
    records = {id: json_of(archive.read(f"runs/{id}/run.json"), f"runs/{id}/run.json") for id in ids}
    for id, record in records.items():
        check_texts(record, f"runs/{id}/run.json")
    return Incoming(path, about, records, archive)


def check_texts(value: Any, where: str, many: int = MANY) -> None:
    """Refuse JSON with texts that are no line of words, numbers that are none, or too much of either.

    Raises:
        StoreError: says where.
    """
    stack, count = [(value, 0)], 0
    while stack:
        one, depth = stack.pop()
        inner = [*one.keys(), *one.values()] if isinstance(one, Mapping) else one if isinstance(one, list) else ()
        count += 1
        if depth > DEEP or count > many:
            raise StoreError(f"{where} holds more, or deeper, than such a file does")
        if isinstance(one, str) and not TEXT.fullmatch(one):
            raise StoreError(f"{where} holds a text that is none of ours: {one[:60]!r}", expected="a line of words")
        if isinstance(one, float) and not math.isfinite(one):
            raise StoreError(f"{where} holds {one}", expected="a number, or null")
        stack += [(part, depth + 1) for part in inner]
