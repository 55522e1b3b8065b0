"""What tables that were rendered say of settings, counts and mappings: making these again would open the data."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from fer_lab.tables import Printed, Table
from fer_lab.tables.rendering import folder_of

KINDS = ("setting", "count", "described", "mapping")


def stated(table: Table, stamp: Mapping[str, str], folder: Path) -> dict[Printed, object]:
    """Today's counterparts of a table's settings, counts and mappings, as ``fer-lab tables`` last wrote them.

    Args:
        table: the printed table.
        stamp: only what was rendered under this source, profile and protocol counts.
        folder: ``results/tables``.
    """
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
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
