"""A relation as it is written in ``claims.yaml``, and the pairs of values that it stands for.

``[a, op, b]``, or ``[a, op, b, {by: 0.1}]`` where the two must differ by more. A side is one value or several, and all
pairs must hold: so ``[a, ">", {all: [b, c]}]`` says that a is the best of the three. A value is

- ``[table, row, column]``: what is printed there, and the cell it is read from. The row ``every`` stands for all rows
  with something printed in that column, ``others`` for those that the other side does not name;
- ``{cell: ..., metric: ...}``: what is read of a cell, as in a table; ``of: {all: [...]}`` stands for several;
- ``{print: [table, row, column]}``: the printed number itself, of somebody else's result or a bound;
- a number.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from typing import Any

from fer_lab.claims.schema import OPERATORS, STRICT, Operand, Quoted, Relation
from fer_lab.errors import ConfigError, nearest
from fer_lab.tables import Catalogue, Printed, Table
from fer_lab.tables.pages import check_keys
from fer_lab.tables.reading import read_measure

EVERY, OTHERS = "every", "others"
LENGTHS = (3, 4)
VALUES = "a number, [table, row, column], {all: [...]}, {print: [table, row, column]}, or a cell and its metric"


def read_relations(item: Any, thesis: str, where: str, known: Catalogue) -> list[Relation]:
    """All pairs of a relation as it is written.

    Raises:
        ConfigError: it is none, or names a table, row, column or cell that is not there; with the nearest names.
    """
    if not isinstance(item, list) or len(item) not in LENGTHS or item[1] not in OPERATORS:
        raise ConfigError(f"{where}: {item!r} is no relation", expected=f"[a, op, b], op one of {' '.join(OPERATORS)}")
    a, op, b, *more = item
    by, times = _by_how_much(more[0] if more else {}, op, f"{where}: {item!r}")
    reader = _Reader(thesis, where, known)
    own = [reader.values(side, ()) if not _names(side, OTHERS) else [] for side in (a, b)]
    first, second = own[0] or reader.values(a, own[1]), own[1] or reader.values(b, own[0])
    if not first or not second:
        raise ConfigError(f"{where}: {item!r} stands for no pair of values", expected="values on either side")
    if any(one is other for one, other in product(first, second)):
        raise ConfigError(f"{where}: {item!r} holds a value against itself", do="name others than it")
    table = next((side[0] for side in (a, b) if isinstance(side, list)), "")
    if times != 1 and any(isinstance(v, Printed) and v.kind == "metric" for v in (*first, *second)):
        raise ConfigError(
            f"{where}: times of a metric", expected="times of facts, such as seconds", do="say by instead"
        )
    return [Relation(one, op, other, table, by, times) for one, other in product(first, second)]


def _by_how_much(item: Any, op: str, where: str) -> tuple[float, float]:
    if not isinstance(item, dict):
        raise ConfigError(f"{where}: {item!r}", expected="{by: a number} or {times: a number}")
    if item and op not in STRICT:
        raise ConfigError(f"{where}: by how much, of {op}", expected=f"op one of {' '.join(STRICT)}")
    check_keys(item, (), ("by", "times"), where)
    by, times = item.get("by", 0), item.get("times", 1)
    if not all(isinstance(number, int | float) for number in (by, times)) or not (0 <= by < math.inf and times >= 1):
        raise ConfigError(f"{where}: by {by}, times {times}", expected="by a number from 0, times one from 1 on")
    return float(by), float(times)


def _names(side: Any, row: str) -> bool:
    return isinstance(side, list) and len(side) > 1 and side[1] == row


@dataclass(frozen=True)
class _Reader:
    thesis: str
    where: str
    known: Catalogue

    def values(self, item: Any, others: Collection[Operand]) -> list[Operand]:
        """The values that a side names; ``others`` are those of the other side."""
        if isinstance(item, dict) and set(item) == {"all"} and isinstance(item["all"], list):
            return [value for one in item["all"] for value in self.values(one, others)]
        if isinstance(item, list) and len(item) == 3:
            number, row, column = map(str, item)
            return list(self._printed(number, row, column, others))
        if isinstance(item, dict) and set(item) == {"print"}:
            return [self._quoted(value) for value in self.values(item["print"], others)]
        if isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item):
            return [float(item)]
        if isinstance(item, dict):
            several = item["of"]["all"] if isinstance(item.get("of"), dict) and set(item["of"]) == {"all"} else None
            if several is not None and not isinstance(several, list):
                raise ConfigError(f"{self.where}: of: {{all: {several!r}}}", expected="a list of names")
            each = [item] if several is None else [{**item, "of": of} for of in several]
            return [read_measure(one, self.where, self.known.cells) for one in each]
        raise ConfigError(f"{self.where}: {item!r}", expected=VALUES)

    def _quoted(self, value: Operand) -> Quoted:
        if not isinstance(value, Printed) or value.value is None:
            raise ConfigError(f"{self.where}: no number is printed at {value}", expected="print: [table, row, column]")
        return Quoted(value.value)

    def _printed(self, number: str, row: str, column: str, others: Collection[Operand]) -> list[Printed]:
        slug = f"{self.thesis}-{number}"
        if slug not in self.known.tables:
            near = nearest(slug, self.known.tables)
            raise ConfigError(f"{self.where}: no table {slug!r}", expected=f"nearest: {near}")
        places = _places(self.known.tables[slug])
        if row == OTHERS and not others:
            raise ConfigError(f"{self.where}: {OTHERS} than nothing", expected="values of the table on the other side")
        if row in (EVERY, OTHERS):
            found = [value for (_, own), value in places.items() if own == column and value.printed]
            return [value for value in found if row == EVERY or value not in others]
        if (row, column) not in places:
            names = [f"{own_row} :: {own_column}" for own_row, own_column in places]
            raise ConfigError(f"{self.where}: Table {number} has no {row} :: {column}",
                              expected=f"nearest: {nearest(f'{row} :: {column}', names)}")  # fmt: skip
        return [places[row, column]]


def _places(table: Table) -> dict[tuple[str, str], Printed]:
    """Every value of a table by the labels of its row and its column."""
    return {(" | ".join(line.labels), value.column): value for line in table.rows for value in line.values}
