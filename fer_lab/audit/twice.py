"""The same quantity printed twice: in two places, or as the difference of two others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import astuple, replace
from typing import Any

from fer_lab.audit.book import Book
from fer_lab.audit.facts import at
from fer_lab.audit.findings import Finding
from fer_lab.audit.quantity import Quantity, combine, digits, quantity_of, width
from fer_lab.audit.spans import numbers
from fer_lab.errors import ConfigError
from fer_lab.tables import Printed, Row, Table
from fer_lab.tables.schema import TABLE_KINDS

KINDS = TABLE_KINDS
Places = Mapping[tuple[Any, ...], list[Quantity]]


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of one table: what its facts call the same, and what reads the same of the same cell elsewhere."""
    where, known = at(table), readings(book)
    for group in table.facts.get("same", []):
        _refuse_itself(group, where)
        first, *others = (book.printed(place, where) for place in group)
        yield from (compared(other, first, table, book) for other in others)
    for row, same in table.facts.get("same_row", {}).items():
        yield _one_of(row, same, table, book)
    for row, value in _read(table):
        own = quantity_of(value, row, table.number)
        yield from _elsewhere(own, known[reading(value)], table, book)
        if value.minus:
            yield from _difference(own, value, known, table, book)


def _refuse_itself(group: list[Any], where: str) -> None:
    for i, place in enumerate(group):
        if place in group[:i]:
            raise ConfigError(f"{where}.same: {place!r} is compared with itself", do="name what it is compared with")


def _read(table: Table) -> Iterator[tuple[Row, Printed]]:
    """The thesis's own numbers that something of a cell answers; those of a row that is compared as a whole are not."""
    rows, whole = () if table.facts.get("quoted") else table.rows, table.facts.get("same_row", {})
    known = ((row, value) for row in rows for value in row.values if value.cell and value.value is not None)
    return (
        (row, one) for row, one in known if one.column not in whole.get(" | ".join(row.labels), {}).get("columns", ())
    )


def reading(value: Printed) -> tuple[Any, ...]:
    """What a value is read from: equal for two values that are the same quantity."""
    return astuple(replace(value, column="", printed="", value=None))


def readings(book: Book) -> Places:
    """Where each quantity that is read from a cell is printed, in the order of the pages."""
    found = defaultdict(list)
    for table in book.tables.values():
        for row, value in _read(table):
            found[reading(value)].append(quantity_of(value, row, table.number))
    return found


def _elsewhere(own: Quantity, places: list[Quantity], table: Table, book: Book) -> Iterator[Finding]:
    """Against the most precise of the places in other tables; nothing for that one itself."""
    numbers = {other.place[0] for other in places if other.place}
    best = min(places, key=lambda one: (width(one), one.where))
    if len(numbers) > 1 and best.place and own.place and best.place[0] != own.place[0]:
        yield compared(own, best, table, book)


def compared(own: Quantity, other: Quantity, table: Table, book: Book) -> Finding:
    """Two places that print the same quantity."""
    text = f"printed {own.text} here, {other.text} in {other.where}"
    text += " (cut off, not rounded)" if own.only_cut(other) else ""
    return book.finding(own, table, "twice", own.same_as(other), text)


def _difference(own: Quantity, value: Printed, known: Places, table: Table, book: Book) -> Iterator[Finding]:
    """A printed difference against the two values that it is of, where both are printed.

    Nothing of one that prints no difference but the two values themselves (``around 53% to around 57%``).
    """
    if len(numbers(value.printed)) > 1:
        return
    sides = (replace(value, minus=None), value.subtracted or value)
    pair = [known.get(reading(side), []) for side in sides]
    if all(pair):
        one, other = (min(places, key=width) for places in pair)
        exact = combine("difference", [one, other])
        text = f"{exact.text} = {digits(exact.value)} ({one.where}; {other.where}); printed: {own.text}"
        yield book.finding(own, table, "twice", own.reads(exact.span), text)


def _one_of(row: str, same: Mapping[str, Any], table: Table, book: Book) -> Finding:
    """A row whose values are those of one of several rows elsewhere."""
    where, fitting, shown = at(table), [], []
    own = {column: book.printed([table.number, row, column], where) for column in same["columns"]}
    for number, name in same["rows"]:
        others = [book.printed([number, name, column], where) for column in same["columns"].values()]
        if all(one.span.meets(two.span) or one.reads(two.span) for one, two in zip(own.values(), others, strict=True)):
            fitting.append(name)
        shown.append(f"{' and '.join(other.text for other in others)} (Table {number}, {name})")
    text = f"printed {' and '.join(one.text for one in own.values())}; {', '.join(shown)}"
    text += f": as {' and '.join(fitting)}" if fitting else ": as none of them"
    return Finding(table.thesis, table.number, row, "twice", bool(fitting), text)
