"""The records of runs that a crate takes: what was run, on which data, with which code and machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_lab.crates.tables import SHOWN, Rendered
from fer_lab.errors import StoreError
from fer_lab.labels import several
from fer_lab.ledger import STAMP
from fer_lab.ledger.schema import FIELDS, check_record
from fer_lab.storage import read_json
from fer_lab.tables import under_every_name

NEEDED = ("id", "cell", "seed", *STAMP, "dataset", "files", "facts", "environment")
LATER = ("column", "fold", "folds", "finished", "selected_epoch", "epochs", "variant")
"""Fields that records of the first versions lack; what is there must be of its kind."""
SPLIT = "split.json"


@dataclass(frozen=True)
class Record:
    """A finished run.

    Attributes:
        record: its ``run.json``, read.
        files: name in the crate's folder of its cell -> content.
        cells: the names of its cell: what is configured alike in two experiments is trained once.
        thesis: below whose tables it is kept; '' in a ledger, which is of all.
    """

    record: Mapping[str, Any]
    files: Mapping[str, bytes]
    cells: frozenset[str]
    thesis: str = ""

    @property
    def stamp(self) -> dict[str, str]:
        """Source, profile and protocol."""
        return {key: self.record[key] for key in STAMP}

    @property
    def folder(self) -> str:
        """Its folder in a crate, which it shares with the other seeds of its cell under the same stamp."""
        above = f"runs/{self.thesis}" if self.thesis else "runs"
        return f"{above}/{self.record['cell'].replace('/', '-')}/{'-'.join(self.stamp.values())}"

    @property
    def split(self) -> str:
        """SHA-256 of the manifest of its split; '' where the record does not have it."""
        return str(self.record["files"].get(SPLIT, ""))

    @property
    def revision(self) -> str:
        """The commit of its code; '' where the record does not have it."""
        return str((self.record["environment"].get("commit") or {}).get("revision", ""))

    def is_of(self, table: Rendered) -> bool:
        """Whether a table is read from it."""
        same = self.stamp == table.stamp and self.thesis in ("", table.thesis)
        return same and any((cell, self.record["seed"]) in table.runs for cell in self.cells)


def read_reference_records(root: Path, theses: Iterable[str]) -> list[Record]:
    """The records that are committed beside reference tables, ``<root>/<thesis>/runs/<cell>/run-*.json``.

    Raises:
        StoreError: some are not as they were written: all are counted, the first are named.
    """
    found, wrong = list[Record](), list[str]()
    for thesis in theses:
        for path in sorted((root / thesis / "runs").glob("*/run-*.json")):
            try:
                found.append(_reference_record(path, thesis))
            except StoreError as error:
                wrong.append(error.what)
    refuse(wrong, "record")
    return found


def _reference_record(path: Path, thesis: str) -> Record:
    record = checked_record(path)
    history = path.with_name(f"history-{path.stem.removeprefix('run-')}.csv")
    files = {one.name: one.read_bytes() for one in (path, history) if one.is_file()}
    return Record(record, files, names_of(record["cell"]), thesis)


def names_of(cell: str) -> frozenset[str]:
    """The cells that are configured as one is, itself among them."""
    return frozenset(name for name, _ in under_every_name({(cell, 0): None}))


def checked_record(path: Path) -> dict[str, Any]:
    """A ``run.json`` that has what a crate says of a run, each of its kind.

    Raises:
        StoreError: it cannot be read, its checksum differs, or a field is missing or of another kind.
    """
    record = read_json(path)
    if not isinstance(record, dict):
        raise StoreError(f"{path} is no record of a run")
    for name in (*NEEDED, *(name for name in LATER if name in record)):
        expected, holds = FIELDS[name]
        if name not in record or not holds(record[name]):
            raise StoreError(f"{path}: {name} is not {expected}")
    check_record(record, path)
    return record


def refuse(wrong: list[str], what: str) -> None:
    """Raise where something that a crate needs is not as it was written.

    Raises:
        StoreError: counts all, names the first.
    """
    if wrong:
        raise StoreError(
            f"{several(len(wrong), what)} cannot be taken, so nothing is written: {'; '.join(wrong[:SHOWN])}"
            f"{'; ...' if len(wrong) > SHOWN else ''}",
            expected="files as they were written when the run finished",
            do="train these runs again, or leave out their tables (name theses, source=, profile=, protocol=)",
        )


def machines(records: Iterable[Record]) -> list[dict[str, Any]]:
    """The machines and versions that runs were computed with, each once, with how many runs it computed."""
    counted: dict[str, int] = {}
    for one in records:
        text = json.dumps(one.record["environment"], sort_keys=True)
        counted[text] = counted.get(text, 0) + 1
    return [{"runs": number, **json.loads(text)} for text, number in sorted(counted.items())]
