"""Confusion matrices against the size of their test set, the accuracy printed of them, and each other."""

from __future__ import annotations

from collections.abc import Iterator

from fer_lab.audit.book import Book
from fer_lab.audit.facts import above_zero, at
from fer_lab.audit.findings import WHOLE, Finding
from fer_lab.audit.quantity import digits, label
from fer_lab.audit.spans import exactly, numbers
from fer_lab.tables import Row, Table

KINDS = ("matrix",)
PREMISE = "the matrix counts the answers whose accuracy is printed"


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of one matrix of counts, rows the truth."""
    where = at(table)
    if "items" in table.facts:
        yield _size(table, book, where)
    if "accuracy" in table.facts:
        yield _accuracy(table, book, where)
    for number in table.facts.get("same_test_set", []):
        yield from _rows(table, book.table(number, where))


def counts(row: Row) -> list[float]:
    """The counts that a row prints (what is compared with runs are their shares)."""
    return [numbers(value.printed)[0] for value in row.values]


def _finding(table: Table, place: str, agrees: bool, arithmetic: str, premise: str = "") -> Finding:
    return Finding(table.thesis, table.number, place, "matrix", agrees, arithmetic, premise)


def _size(table: Table, book: Book, where: str) -> Finding:
    """Its rows against the size of the test set."""
    stated, sums = book.quantity(table.facts["items"], where), [sum(counts(row)) for row in table.rows]
    text = (
        f"rows {' + '.join(map(digits, sums))} = {digits(sum(sums))}; stated test set: {stated.text} ({stated.where})"
    )
    return _finding(table, WHOLE, stated.reads(exactly(sum(sums))), text)


def _accuracy(table: Table, book: Book, where: str) -> Finding:
    """Its diagonal against the accuracy."""
    stated = book.quantity(table.facts["accuracy"], where)
    right = [counts(row)[i] for i, row in enumerate(table.rows)]
    items = above_zero(sum(sum(counts(row)) for row in table.rows), "the sum of its counts", table)
    shown = " + ".join(map(digits, right))
    text = f"({shown}) / {digits(items)} = {digits(sum(right))} / {digits(items)} = {sum(right) / items:.6f}"
    agrees = stated.reads(exactly(sum(right) / items))
    return _finding(table, WHOLE, agrees, f"{text}; printed accuracy: {stated.text} ({stated.where})", PREMISE)


def _rows(table: Table, other: Table) -> Iterator[Finding]:
    """Each true class has as many items as in the other matrix of the same test set."""
    theirs = {label(row): sum(counts(row)) for row in other.rows}
    for row in table.rows:
        own, name = sum(counts(row)), label(row)
        if name in theirs:
            text = f"{' + '.join(map(digits, counts(row)))} = {digits(own)} items; "
            text += f"{digits(theirs[name])} in Table {other.number}, the same test set"
            yield _finding(table, name, own == theirs[name], text)
