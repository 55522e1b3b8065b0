"""What a thesis says of its numbers: one is the sum, product or share of others, or cannot be more than another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from fer_lab.audit.book import Book, Quantity, digits
from fer_lab.audit.findings import Finding
from fer_lab.audit.spans import exactly
from fer_lab.tables import Table
from fer_lab.tables.schema import TABLE_KINDS

KINDS = TABLE_KINDS


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of the relations that a table's facts name."""
    for entry in table.facts.get("relations", []):
        yield _relation(entry, table, book)


def _relation(entry: Mapping[str, Any], table: Table, book: Book) -> Finding:
    where = f"table {table.slug}: facts.relations"
    own = book.quantity(entry["of"], where)
    ((kind, what),) = ((key, value) for key, value in entry.items() if key != "of")
    agrees, text = RELATIONS[kind](own, book.quantity(what, where))
    return book.finding(own, table, "relations", agrees, text)


def _is(own: Quantity, other: Quantity) -> tuple[bool, str]:
    agrees = own.reads(other.span)
    return agrees, f"{_calculated(other)}; {_calculated(own) if own.place is None else f'printed: {own.text}'}"


def _at_most(own: Quantity, other: Quantity) -> tuple[bool, str]:
    agrees = own.span.low <= other.span.high
    return agrees, f"{_calculated(own)} is {'not ' if agrees else ''}more than {_calculated(other)}"


def _multiple_of(own: Quantity, other: Quantity) -> tuple[bool, str]:
    times = own.value / other.value
    whole = math.isclose(times, round(times))
    return whole, f"{own.text} / {other.text} = {digits(times)}, {'' if whole else 'not '}a whole number"


def _square(own: Quantity, other: Quantity) -> tuple[bool, str]:
    text = f"{other.text} squared = {other.value**2:.8g}; printed: {own.text}"
    return own.reads(other.span * other.span) or own.reads(exactly(other.value**2)), text


def _calculated(of: Quantity) -> str:
    """``28709 + 3589 = 32298``; a printed number with its place."""
    if of.place is None:
        return of.text if of.text == digits(of.value) else f"{of.text} = {digits(of.value)}"
    return f"{of.text} ({of.where})"


RELATIONS = {"is": _is, "at_most": _at_most, "multiple_of": _multiple_of, "square": _square}
