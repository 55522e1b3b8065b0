"""Tables of what data consist of: their totals against their parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fer_lab.audit.book import Book
from fer_lab.audit.facts import at
from fer_lab.audit.findings import Finding
from fer_lab.audit.quantity import Quantity, combine, digits, label
from fer_lab.tables import Table

KINDS = ("composition",)


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of one table: each total it prints, and the total stated elsewhere."""
    where, facts = at(table), table.facts
    rows, columns = [label(row) for row in table.rows], list(table.columns)
    parts = [row for row in rows if row != facts.get("total_row")]
    for column in columns if "total_row" in facts else []:
        whole = book.printed([table.number, facts["total_row"], column], where)
        yield _sum([book.printed([table.number, row, column], where) for row in parts], whole, table, book)
    if "total_column" in facts:
        of = facts["total_column"]
        for row in rows:
            own = [book.printed([table.number, row, column], where) for column in columns if column != of]
            yield _sum(own, book.printed([table.number, row, of], where), table, book)
    if "total" in facts:
        yield _stated(table, book, parts, facts.get("total_column", columns[-1]))


def _sum(parts: Sequence[Quantity], whole: Quantity, table: Table, book: Book) -> Finding:
    total = combine("sum", parts)
    text = f"{total.text} = {digits(total.value)}; printed: {whole.text}"
    return book.finding(whole, table, "composition", whole.span.meets(total.span), text)


def _stated(table: Table, book: Book, rows: Sequence[str], column: str) -> Finding:
    """The parts against a total that is stated elsewhere."""
    where = at(table)
    parts = combine("sum", [book.printed([table.number, row, column], where) for row in rows])
    stated = book.quantity(table.facts["total"], where)
    source = f" ({stated.where})" if stated.where else f" = {digits(stated.value)}"
    text = f"{parts.text} = {digits(parts.value)}; stated total: {stated.text}{source}"
    return Finding(table.thesis, table.number, column, "composition", stated.span.meets(parts.span), text)
