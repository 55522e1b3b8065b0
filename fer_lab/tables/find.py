"""Look up experiments, tables and cells by the names that people type."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from fer_lab.errors import ConfigError, nearest
from fer_lab.tables.catalogue import read_catalogue
from fer_lab.tables.schema import Cell, Experiment, Table

Value = TypeVar("Value")


def experiments(root: Path | None = None) -> Mapping[str, Experiment]:
    """All experiments by name."""
    return read_catalogue(root).experiments


def tables(root: Path | None = None) -> Mapping[str, Table]:
    """All tables by ``<thesis>-<number>``, those of a thesis in the order of its pages."""
    return read_catalogue(root).tables


def cells(root: Path | None = None) -> Mapping[str, Cell]:
    """All cells by ``<experiment>/<name>``."""
    return read_catalogue(root).cells


def find_experiment(name: str, root: Path | None = None) -> Experiment:
    """The experiment of that name.

    Raises:
        ConfigError: there is none; the nearest names are offered.
    """
    return pick("experiment", name, experiments(root))


def find_cell(name: str, root: Path | None = None) -> Cell:
    """The cell ``<experiment>/<name>``.

    Raises:
        ConfigError: there is none; the nearest names are offered.
    """
    return pick("cell", name, cells(root))


def find_table(name: str, root: Path | None = None) -> Table:
    """The table of a number (``7.8``) or a full name (``garcia_zapata_2018-7.8``).

    Raises:
        ConfigError: there is none (the nearest are offered), or two theses have built a table of that number (the full
            names are).
    """
    known = tables(root)
    if name in known:
        return known[name]
    found = [table for table in known.values() if table.number == name]
    found = [table for table in found if table.not_built is None] or found
    if len(found) > 1:
        names = ", ".join(repr(table.slug) for table in found)
        raise ConfigError(f"table {name!r} is in {len(found)} theses", expected=f"one of {names}")
    if not found:
        offered = nearest(name, [*known, *(table.number for table in known.values())])
        raise ConfigError(f"unknown table {name!r}", expected=f"nearest: {offered}")
    return found[0]


def tables_of(thesis: str, root: Path | None = None) -> list[Table]:
    """The tables of a thesis in the order of its pages.

    Raises:
        ConfigError: there is no such thesis.
    """
    known = {table.thesis for table in tables(root).values()}
    if thesis not in known:
        raise ConfigError(f"unknown thesis {thesis!r}", expected=f"nearest: {nearest(thesis, known)}")
    return [table for table in tables(root).values() if table.thesis == thesis]


def campaign(kind: str, name: str, root: Path | None = None) -> Experiment | Table:
    """What ``experiment=<name>`` or ``table=<name>`` sweeps: its ``cells`` and ``seeds``.

    Raises:
        ConfigError: there is none of that name.
    """
    return find_experiment(name, root) if kind == "experiment" else find_table(name, root)


def under_every_name(runs: Mapping[tuple[str, int], Value], root: Path | None = None) -> dict[tuple[str, int], Value]:
    """Runs by cell and seed, those of a cell also under the names of others that are configured alike.

    Two experiments may have the same cell; it is trained once, and its run bears the name that was asked for first.
    """
    alike: dict[str, list[str]] = {}
    for name, cell in cells(root).items():
        alike.setdefault(repr((sorted(cell.groups.items()), cell.values, cell.parents)), []).append(name)
    names = {name: group for group in alike.values() for name in group}
    others = {(other, seed): run for (cell, seed), run in runs.items() for other in names.get(cell, [])}
    return {**others, **runs}


def pick(kind: str, name: str, known: Mapping[str, Value]) -> Value:
    """What is known under a name.

    Raises:
        ConfigError: nothing; the nearest names are offered.
    """
    if name not in known:
        raise ConfigError(f"unknown {kind} {name!r}", expected=f"nearest: {nearest(name, known)}", do="fer-lab list")
    return known[name]
