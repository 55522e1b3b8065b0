"""Read ``experiments/``: what theses did and printed, as data. Everything is checked, an unknown key is an error."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from fer_lab.errors import ConfigError, nearest
from fer_lab.ledger.identity import RUN_GROUPS
from fer_lab.resources import own_experiments, resource_folder
from fer_lab.tables.pages import check_keys, load, page_order, text
from fer_lab.tables.reading import READ_FROM, number_of, read_measure
from fer_lab.tables.schema import (
    NOTHING,
    TABLE_KINDS,
    Cell,
    Experiment,
    Printed,
    Row,
    Table,
)

CLAIMS, PUBLISHED = "claims.yaml", "published.yaml"
"""What a thesis claims, and what others have published, stands beside experiments (``fer_lab.claims``)."""
OWN = "own"
"""What the thesis of one's own experiments is called."""
CHOSEN = (*RUN_GROUPS, "backbone")
"""The groups of conf/ of which an experiment or a cell may name an option; what a backbone is stands in the model."""
OF_TRAINING = ("sampling", "stored_augmentation", "augmentation")
"""The groups that say something of training alone."""


@dataclass(frozen=True, eq=False)  # what is read from a catalogue goes with it
class Catalogue:
    """All experiments by name and all tables by ``<thesis>-<number>``."""

    experiments: Mapping[str, Experiment]
    tables: Mapping[str, Table]

    @property
    def cells(self) -> dict[str, Cell]:
        """All cells by ``<experiment>/<name>``."""
        return {key: cell for experiment in self.experiments.values() for key, cell in experiment.cells.items()}


def read_catalogue(root: Path | None = None) -> Catalogue:
    """Read and check every experiment and table below ``root/<thesis>/``, once a process.

    Without a root these are ``experiments/``, as it comes along, and ``experiments/own`` of the folder that we are in.

    Raises:
        ConfigError: a file is not YAML, a key is unknown or missing, a cell does not exist, a name is used twice;
            ``experiments/`` is missing.
    """
    if root is not None:
        return _catalogue((root,))
    brought, own = resource_folder("experiments"), own_experiments()
    return _catalogue((brought,) if own.resolve().is_relative_to(brought.resolve()) else (brought, own.parent))


@lru_cache(maxsize=8)
def _catalogue(roots: tuple[Path, ...]) -> Catalogue:
    """Of any root but the first, the folder ``own`` alone: another project may keep its own things beside it."""
    experiments: dict[str, Experiment] = {}
    folders = [*roots[0].glob("*"), *(root / OWN for root in roots[1:])]
    pages = [path for folder in folders for path in folder.glob("*.yaml") if path.name not in (CLAIMS, PUBLISHED)]
    for path in sorted(pages, key=_borrows):
        experiment = _experiment(path, experiments)
        _refuse_twice(experiment.name, experiments, path)
        experiments[experiment.name] = experiment
    tables: dict[str, Table] = {}
    for path in sorted((path for folder in folders for path in folder.glob("tables/*.yaml")), key=page_order):
        table = _table(path, experiments)
        _refuse_twice(table.slug, tables, path)
        tables[table.slug] = table
    result = Catalogue(experiments, tables)
    _check_parents(result.cells)
    return result


def _borrows(path: Path) -> tuple[bool, Path]:
    """Experiments that take the cells of another one come after all others."""
    return "cells_of" in load(path), path


def _refuse_twice(name: str, known: Collection[str], path: Path) -> None:
    if name in known:
        raise ConfigError(f"{path}: the name {name!r} is used twice", do="give it another name")


def _experiment(path: Path, known: Mapping[str, Experiment]) -> Experiment:
    page = load(path)
    needed = ("name", "title", "thesis", "section", "seeds", "groups")
    check_keys(page, needed, ("cells", "cells_of", "only", "as_trained"), str(path))
    name = text(page["name"], f"{path}: name")
    cells = {cell.key: cell for cell in _cells(page, name, known, path)}
    words = {key: text(page[key], f"{path}: {key}") for key in ("title", "thesis", "section")}
    _check_thesis(words["thesis"], path.parent, path)
    return Experiment(name=name, seeds=tuple(map(int, page["seeds"])), cells=cells, **words)


def _check_thesis(thesis: str, folder: Path, path: Path) -> None:
    if thesis != folder.name:
        raise ConfigError(f"{path}: thesis {thesis!r}", expected=f"that of its folder, {folder.name!r}")


def _cells(page: dict[str, Any], name: str, known: Mapping[str, Experiment], path: Path) -> list[Cell]:
    check_keys(page["groups"], (), CHOSEN, f"{path}: groups")
    own = [_cell(key, cell, page, path) for key, cell in page.get("cells", {}).items()]
    if "cells_of" not in page:
        if beside := [key for key in ("as_trained", "only") if key in page]:
            raise ConfigError(
                f"{path}: {beside[0]} without cells_of", expected="cells_of: the experiment that trains them"
            )
        return own
    adopt = _as_trained if page.get("as_trained") else _adopt
    return [adopt(cell, name, page["groups"]) for cell in _others(page, known, path)] + own


def _others(page: dict[str, Any], known: Mapping[str, Experiment], path: Path) -> list[Cell]:
    """The cells of the experiment that ``cells_of`` names: those that ``only`` names, or all."""
    other = page["cells_of"]
    if other not in known:
        raise ConfigError(f"{path}: cells_of: no experiment {other!r}", expected=f"nearest: {nearest(other, known)}")
    cells = {cell.name: cell for cell in known[other].cells.values()}
    names = page.get("only", list(cells))
    if missing := [name for name in names if name not in cells]:
        raise ConfigError(f"{path}: only: no cell {missing[0]!r}", expected=f"nearest: {nearest(missing[0], cells)}")
    return [cells[name] for name in names]


def _adopt(cell: Cell, experiment: str, groups: Mapping[str, str]) -> Cell:
    """The same cell on another experiment's data; parents in its own experiment become those of the new one."""
    own = f"{cell.experiment}/"
    parents = tuple(f"{experiment}/{p.removeprefix(own)}" if p.startswith(own) else p for p in cell.parents)
    return Cell(experiment, cell.name, cell.title, {**cell.groups, **groups}, cell.values, parents)


def _as_trained(cell: Cell, experiment: str, groups: Mapping[str, str]) -> Cell:
    """The network of a cell as it was trained, tested on another experiment's data: the cell is its parent.

    What the cell says of its own data, such as which images are left out, does not hold of others.
    """
    kept = {group: option for group, option in cell.groups.items() if group not in OF_TRAINING}
    values = {key: value for key, value in cell.values.items() if key != "data" or key not in groups} | {"epochs": 0}
    return Cell(experiment, cell.name, cell.title, {**kept, **groups}, values, (cell.key,))


def _cell(name: str, cell: dict[str, Any], page: dict[str, Any], path: Path) -> Cell:
    where = f"{path}: cells.{name}"
    check_keys(cell, ("title",), ("groups", "values", "parents"), where)
    check_keys(cell.get("groups", {}), (), CHOSEN, f"{where}.groups")
    parents = tuple(p if "/" in p else f"{page['name']}/{p}" for p in cell.get("parents", []))
    groups = {**page["groups"], **cell.get("groups", {})}
    return Cell(page["name"], name, text(cell["title"], where), groups, cell.get("values", {}), parents)


def _check_parents(cells: Mapping[str, Cell]) -> None:
    for cell in cells.values():
        for parent in cell.parents:
            if parent not in cells:
                raise ConfigError(
                    f"cell {cell.key!r}: its parent {parent!r} does not exist",
                    expected=f"nearest: {nearest(parent, cells)}",
                )


def _table(path: Path, experiments: Mapping[str, Experiment]) -> Table:
    page = load(path)
    keys = ("thesis", "number", "title", "section", "header", "columns", "rows")
    check_keys(page, keys, ("kind", "facts", "not_built"), str(path))
    words = {key: text(page[key], f"{path}: {key}") for key in ("thesis", "number", "title", "section")}
    words |= {key: text(page[key], f"{path}: {key}") for key in ("kind", "not_built") if key in page}
    if words.get("kind", "result") not in TABLE_KINDS:
        raise ConfigError(f"{path}: kind {words['kind']!r}", expected=f"one of {nearest(words['kind'], TABLE_KINDS)}")
    _check_thesis(words["thesis"], path.parents[1], path)
    for column, read_from in page["columns"].items():
        check_keys(read_from, (), READ_FROM, f"{path}: columns.{column}")
    rows = tuple(_row(row, page, f"{path}: row {i + 1}", experiments) for i, row in enumerate(page["rows"]))
    cells = {v.cell for row in rows for v in row.values if v.cell}
    seeds = {seed for cell in cells for seed in experiments[cell.split("/")[0]].seeds}
    header, columns = tuple(page["header"]), tuple(page["columns"])
    return Table(
        header=header,
        columns=columns,
        rows=rows,
        seeds=tuple(sorted(seeds)),
        facts=page.get("facts", {}),
        **words,
    )


def _row(row: dict[str, Any], page: dict[str, Any], where: str, experiments: Mapping[str, Experiment]) -> Row:
    check_keys(row, ("labels",), ("printed", *READ_FROM), where)
    given = row.get("printed", dict.fromkeys(page["columns"]))  # without it a row is our own
    check_keys(given, page["columns"], (), f"{where}.printed")
    if len(row["labels"]) != len(page["header"]):
        raise ConfigError(f"{where}: {len(row['labels'])} labels", expected=f"one for each of {page['header']}")
    own = {key: row[key] for key in READ_FROM if key in row}
    if "metric" in own and len({default.get("metric") for default in page["columns"].values()}) > 1:
        raise ConfigError(f"{where}: metric {own['metric']!r} would stand in columns of different metrics",
                          do="say it in printed, column by column")  # fmt: skip
    values = []
    for column, default in page["columns"].items():
        place = f"{where}.{column}"
        value = given[column]
        value = {"printed": "", **value} if isinstance(value, dict) else {"printed": "" if value is None else value}
        if "not_built" in page:
            values.append(_unanswered(column, {**default, **own, **value}, place))
        else:
            values.append(_printed(column, {**default, **own, **value}, place, experiments))
    return Row(tuple(text(label, where) for label in row["labels"]), tuple(values))


def _printed(column: str, value: dict[str, Any], where: str, experiments: Mapping[str, Experiment]) -> Printed:
    if NOTHING in value:  # a cell is that of the row's other values
        value = {key: item for key, item in value.items() if key != "cell"}
    check_keys(value, ("printed",), (*READ_FROM, "value"), where)
    printed = text(value["printed"], where)
    read_from = {key: item for key, item in value.items() if key not in ("printed", "value")}
    found = read_measure(read_from, where, {key for experiment in experiments.values() for key in experiment.cells})
    number = number_of(value.get("value", printed), where, found.kind)
    return replace(found, column=column, printed=printed, value=number)


def _unanswered(column: str, value: dict[str, Any], where: str) -> Printed:
    """A value of a table that is not built yet."""
    check_keys(value, ("printed",), ("value",), where)
    printed = text(value["printed"], where)
    return Printed(column, printed, number_of(value.get("value", printed), where, NOTHING), "", NOTHING, "")
