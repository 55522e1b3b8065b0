"""The runs of a results folder that its tables are read from, without what names places or restricted files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from fer_lab.crates.records import Record, checked_record, names_of, refuse
from fer_lab.crates.tables import Rendered
from fer_lab.errors import FerLabError, StoreError
from fer_lab.ledger import STAMP, Run, Snapshot, by_stamp, readable
from fer_lab.ledger.files import HISTORY, RECORD
from fer_lab.parcels.keyed import ID, Keyed
from fer_lab.parcels.leaving import NAMED_FACTS, json_bytes
from fer_lab.tables import under_every_name

CONFIG = "config.yaml"
OF_MACHINE = ("paths", "jobs", "threads", "workers", "cache", "watchdog", "hydra", "logger")
"""Groups of a configuration that say how and where something ran, not what."""
ELSEWHERE = "(a place of the machine)"

Runs = list[tuple[Run, Record]]
KeyOf = Callable[[Run], Keyed | None]


def read_ledger_records(runs: Path, tables: Iterable[Rendered], key_of: KeyOf) -> tuple[Runs, list[str]]:
    """The finished runs of a ledger that tables are read from, and what else lies there, a line each.

    Args:
        runs: ``results/runs``.
        tables: rendered from them.
        key_of: what replaces the names in a run's data; None where these may be told.

    Raises:
        StoreError: the record, values or configuration of such a run are not as they were written: all are counted.
    """
    read, unread = readable(runs)
    snapshots = by_stamp(read, unread)
    found: dict[str, Run] = {}
    for table in tables:
        snapshot = snapshots.get(tuple(table.stamp[key] for key in STAMP), Snapshot({}, ()))
        known = under_every_name(snapshot.runs)
        found |= {one.id: one for place in sorted(table.runs & set(known)) for one in known[place].singles}
    taken, wrong = Runs(), list[str]()
    for run in sorted(found.values(), key=lambda one: (one.cell, one.seed, one.fold or 0, one.id)):
        try:
            taken.append((run, _record(run, key_of(run))))
        except FerLabError as error:
            wrong.append(error.what)
    refuse(wrong, "run")
    return taken, [f"{one.id or 'a folder'}: {one.reason}" for one in unread]


def _record(run: Run, keyed: Keyed | None) -> Record:
    record = checked_record(run.folder / RECORD)
    text = (run.folder / RECORD).read_bytes() if keyed is None else json_bytes(_without_names(record, keyed))
    name = f"seed-{run.seed}" if run.fold is None else f"seed-{run.seed}-fold-{run.fold}"
    files = {f"run-{name}.json": text, **dict(_beside(run, name))}
    return Record(record, files, names_of(run.cell))


def _without_names(record: Mapping[str, Any], keyed: Keyed) -> dict[str, Any]:
    """A record whose facts name no video; its own checksum, which would not hold, is left out."""
    facts = {
        name: sorted(keyed.all_of(ID, fact)) if name in NAMED_FACTS else fact for name, fact in record["facts"].items()
    }
    return {key: value for key, value in record.items() if key != "digest"} | {"facts": facts}


def _beside(run: Run, name: str) -> Iterator[tuple[str, bytes]]:
    """The values by epoch and the configuration of a run, where it has them."""
    if HISTORY in run.files:
        yield f"history-{name}.csv", run.file(HISTORY).read_bytes()
    if CONFIG in run.files:
        yield f"configuration-{name}.yaml", _configuration(run.file(CONFIG))


def _configuration(path: Path) -> bytes:
    """A configuration without places.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        config = yaml.safe_load(path.read_text())
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise StoreError(f"{path} holds a {type(config).__name__}, not keys")
    told = {key: _told(value) for key, value in config.items() if key not in OF_MACHINE}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True).encode()


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_told(inner) for inner in value]
    return ELSEWHERE if isinstance(value, str) and value.startswith(("/", "~", "file:")) else value
