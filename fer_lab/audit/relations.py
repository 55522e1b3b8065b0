"""What a thesis says of its numbers: one is the sum, product or share of others, or cannot be more than another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from fer_lab.audit.book import Book
from fer_lab.audit.facts import RELATIONS, at
from fer_lab.audit.findings import Finding
from fer_lab.audit.quantity import Quantity, bracketed, digits, place
from fer_lab.audit.spans import exactly
from fer_lab.errors import ConfigError
from fer_lab.tables import Table
from fer_lab.tables.schema import TABLE_KINDS

KINDS = TABLE_KINDS
WORDS = "same_words_as"


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of the relations that a table's facts name."""
    for entry in table.facts.get("relations", []):
        yield _relation(entry, table, book)


def _relation(entry: Mapping[str, Any], table: Table, book: Book) -> Finding:
    where = at(table, "relations")
    (kind,) = set(RELATIONS) & set(entry)
    if entry["of"] == entry[kind]:
        raise ConfigError(f"{where}: {entry['of']!r} is compared with itself", do="name what it is compared with")
    if kind == WORDS:
        return _words(entry, table, book)
    own, other = book.quantity(entry["of"], where), _other(kind, entry[kind], book, where)
    agrees, text = CHECKS[kind](own, other)
    about = f"{entry['about']}: " if "about" in entry else ""
    return book.finding(own, table, "relations", agrees, f"{about}{text}", entry.get("premise", ""))


def _other(kind: str, what: Any, book: Book, where: str) -> Quantity:
    return book.positive(what, where) if kind == "multiple_of" else book.quantity(what, where)


def _words(entry: Mapping[str, Any], table: Table, book: Book) -> Finding:
    """Two places that name the same thing; capitals and spaces may differ."""
    where = at(table, "relations")
    own, row, number = book.value(entry["of"], where)
    other, there = book.words(entry[WORDS], where)
    agrees = own.printed.casefold().split() == other.casefold().split()
    text = f"printed {own.printed} here, {other} in {there}"
    spot, premise = place(row, own.column), entry.get("premise", "")
    return Finding(table.thesis, number, spot, "relations", agrees, text, premise)


def _is(own: Quantity, other: Quantity) -> tuple[bool, str]:
    agrees = own.reads(other.span) if other.calculated else own.same_as(other)
    return agrees, f"{_calculated(other)}; {_calculated(own) if own.place is None else f'printed: {own.text}'}"


def _at_most(own: Quantity, other: Quantity) -> tuple[bool, str]:
    agrees = own.span.low <= other.span.high
    return agrees, f"{_calculated(own)} is {'not ' if agrees else ''}more than {_calculated(other)}"


def _at_least(own: Quantity, other: Quantity) -> tuple[bool, str]:
    agrees = own.span.high >= other.span.low
    return agrees, f"{_calculated(own)} is {'not ' if agrees else ''}less than {_calculated(other)}"


def _multiple_of(own: Quantity, other: Quantity) -> tuple[bool, str]:
    times = own.value / other.value
    whole = math.isclose(times, round(times))
    return whole, f"{own.text} / {bracketed(other)} = {digits(times)}, {'' if whole else 'not '}a whole number"


def _square(own: Quantity, other: Quantity) -> tuple[bool, str]:
    text = f"{other.text} squared = {other.value**2:.8g}; printed: {own.text}"
    return own.reads(other.span * other.span) or own.reads(exactly(other.value**2)), text


def _calculated(of: Quantity) -> str:
    """``28709 + 3589 = 32298``; a printed or stated number with its place."""
    if of.calculated:
        return of.text if of.text == digits(of.value) else f"{of.text} = {digits(of.value)}"
    return of.shown


CHECKS = {"is": _is, "at_most": _at_most, "at_least": _at_least, "multiple_of": _multiple_of, "square": _square}
