"""The tables of a thesis as one book: a printed value is found by table, row and column, and calculated with."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from fer_lab.audit.findings import WHOLE, Finding
from fer_lab.audit.spans import Span, cut, exactly, numbers, span
from fer_lab.errors import ConfigError, nearest
from fer_lab.tables import Printed, Row, Table

OPERATIONS: Mapping[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "sum": (" + ", operator.add),
    "difference": (" - ", operator.sub),
    "product": (" x ", operator.mul),
    "quotient": (" / ", operator.truediv),
}
"""How quantities make another one: the sign it is written with, and what it does."""


@dataclass(frozen=True)
class Quantity:
    """A printed number, one that is stated in the facts, or what follows from several.

    Attributes:
        text: as a line of arithmetic has it.
        value: the number as it was read or calculated.
        span: all numbers that it can be, as printed numbers are rounded.
        cut: the same for digits that were cut off; None for what is not printed.
        place: where it is printed: number of the table, and row with column; None for what is not printed.
    """

    text: str
    value: float
    span: Span
    cut: Span | None = None
    place: tuple[str, str] | None = None

    @property
    def where(self) -> str:
        """``Table 7.6, CNN, Face, Test Accuracy``, or nothing."""
        if self.place is None:
            return ""
        table, place = self.place
        return f"{table if not table[0].isdigit() else f'Table {table}'}, {place}"

    def reads(self, exact: Span) -> bool:
        """Whether a number known otherwise can have been printed so, rounded or cut off."""
        return self.span.meets(exact) or (self.cut is not None and self.cut.meets(exact))


def label(row: Row) -> str:
    """A row as references name it: ``CNN | Face``."""
    return " | ".join(row.labels)


def place(row: Row, column: str) -> str:
    """A value's place as findings name it; a row with one value is its place."""
    return label(row) if len(row.values) == 1 else f"{label(row)}, {column}"


def digits(value: float) -> str:
    """A calculated number: whole ones in full, others with six digits."""
    return str(round(value)) if math.isclose(value, round(value), rel_tol=1e-12, abs_tol=1e-12) else f"{value:.6g}"


def quantity_of(printed: Printed, row: Row, number: str) -> Quantity:
    """A printed value as a number. Per cents are read as shares.

    Raises:
        ConfigError: it is in words only.
    """
    if printed.value is None:
        where = f"table {number}: {place(row, printed.column)}"
        raise ConfigError(f"{where}: {printed.printed!r} is not a number", do="state the number to compare with: value")
    value = printed.value / 100 if "%" in printed.printed and printed.value > 1 else printed.value
    text = printed.printed
    if "%" in text and value in numbers(text):
        text = f"{text} (read as {digits(value)})"
    spot, spans = (number, place(row, printed.column)), (span(printed.printed, value), cut(printed.printed, value))
    return Quantity(text, value, *spans, spot)


@dataclass(frozen=True)
class Book:
    """The tables of one thesis by number."""

    tables: Mapping[str, Table] = field(default_factory=dict)

    def table(self, number: Any, where: str) -> Table:
        """The table of that number.

        Raises:
            ConfigError: there is none; ``where`` says who asks.
        """
        if number not in self.tables:
            raise ConfigError(f"{where}: no table {number!r}", expected=f"nearest: {nearest(str(number), self.tables)}")
        return self.tables[number]

    def row(self, number: str, name: Any, where: str) -> Row:
        """The row of that name (labels joined by " | ") in a table.

        Raises:
            ConfigError: there is none.
        """
        rows = {label(row): row for row in self.table(number, where).rows}
        if name not in rows:
            found = nearest(str(name), rows)
            raise ConfigError(f"{where}: table {number}: no row {name!r}", expected=f"nearest: {found}")
        return rows[name]

    def printed(self, reference: Any, where: str) -> Quantity:
        """The value at ``[table, row]`` or ``[table, row, column]``; the column may be left out of a table with one.

        Raises:
            ConfigError: there is no such place, or words stand there.
        """
        names = reference if isinstance(reference, list) else []
        if len(names) not in (2, 3) or any(isinstance(name, list | dict) for name in names):
            raise ConfigError(f"{where}: {reference!r} is no place", expected="[table, row] or [table, row, column]")
        number, name, *column = names
        values = {value.column: value for value in self.row(number, name, where).values}
        chosen = column[0] if column else next(iter(values)) if len(values) == 1 else None
        if chosen not in values:
            found = nearest(str(chosen), values)
            raise ConfigError(f"{where}: table {number}, {name}: no column {chosen!r}", expected=f"nearest: {found}")
        return quantity_of(values[chosen], self.row(number, name, where), number)

    def quantity(self, what: Any, where: str) -> Quantity:
        """A number, a place, or ``{sum | difference | product | quotient: [of quantities]}``.

        Raises:
            ConfigError: it is none of these.
        """
        if isinstance(what, int | float):
            return Quantity(digits(what), what, exactly(what))
        if not isinstance(what, dict):
            return self.printed(what, where)
        if len(what) != 1 or not set(what) <= set(OPERATIONS):
            raise ConfigError(f"{where}: {what!r} is no quantity", expected=f"one of {', '.join(OPERATIONS)}")
        ((name, parts),) = what.items()
        return combine(name, [self.quantity(part, where) for part in parts])

    def finding(self, of: Quantity, table: Table, check: str, agrees: bool, arithmetic: str) -> Finding:
        """A finding at the place where a quantity is printed; ``table``: who asked."""
        number, spot = of.place or (table.number, WHOLE)
        return Finding(table.thesis, number, spot, check, agrees, arithmetic)


def combine(name: str, parts: Iterable[Quantity]) -> Quantity:
    """What an operation makes of some quantities, from left to right."""
    parts = list(parts)
    sign, apply = OPERATIONS[name]
    value = reduce(apply, [part.value for part in parts])
    return Quantity(sign.join(map(_bracketed, parts)), value, reduce(apply, [part.span for part in parts]))


def _bracketed(part: Quantity) -> str:
    """What is calculated itself is put in brackets."""
    signs = {sign for sign, _ in OPERATIONS.values()}
    return f"({part.text})" if part.place is None and any(sign in part.text for sign in signs) else part.text
