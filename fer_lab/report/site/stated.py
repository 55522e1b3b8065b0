"""What tables that were rendered, and runs, say of settings, counts and mappings: making these would open the data."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from fer_lab.errors import FerLabError
from fer_lab.ledger import Run
from fer_lab.runs.configuration import configuration_of
from fer_lab.runs.stated import setting_of
from fer_lab.tables import Printed, Table
from fer_lab.tables.rendering import folder_of

KINDS = ("setting", "count", "described", "mapping")


def stated(table: Table, stamp: Mapping[str, str], folder: Path, runs: Mapping[str, Run]) -> dict[Printed, object]:
    """Today's counterparts of a table's settings, counts and mappings.

    Settings are those that a run was trained with; what no run knows is as ``fer-lab tables`` last wrote it.

    Args:
        table: the printed table.
        stamp: only what was rendered under this source, profile and protocol counts.
        folder: ``results/tables``.
        runs: of this stamp, one a cell.
    """
    return {**_rendered(table, stamp, folder), **_trained_with(table, runs)}


def _trained_with(table: Table, runs: Mapping[str, Run]) -> dict[Printed, object]:
    """The settings of the cells that have run; those that their configuration does not have are passed over."""
    config_of, found = cache(lambda cell: configuration_of(runs[cell])), dict[Printed, object]()
    for value in table.values:
        if value.kind == "setting" and {value.cell, *value.beside} <= set(runs):
            with suppress(FerLabError):  # a configuration of an older version lacks keys
                found[value] = setting_of(value, config_of)
    return found


def _rendered(table: Table, stamp: Mapping[str, str], folder: Path) -> dict[Printed, object]:
    """What ``fer-lab tables`` wrote under a stamp."""
    path = folder_of(table, stamp, folder) / "table.csv"
    if not path.is_file():
        return {}
    lines = list(csv.DictReader(path.read_text().splitlines()))
    of_this = [line for line in lines if all(line.get(key) == value for key, value in stamp.items())]
    if [line.get("printed") for line in of_this] != [value.printed for value in table.values]:
        return {}  # rendered under another stamp, or before the table was changed
    pairs = zip(table.values, of_this, strict=True)
    return {v: _read(line["stated"]) for v, line in pairs if v.kind in KINDS and line.get("stated")}


def _read(text: str) -> object:
    """A number where it is one."""
    with suppress(ValueError):
        return int(text)
    with suppress(ValueError):
        return float(text)
    return text
