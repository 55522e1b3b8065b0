"""Shares that are possible: is there a count k of n that is printed so?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from fer_lab.audit.book import Book, Quantity, digits, label, place, quantity_of
from fer_lab.audit.facts import check_names
from fer_lab.audit.findings import WHOLE, Finding
from fer_lab.audit.spans import DUST, Span, numbers, span
from fer_lab.tables import Table
from fer_lab.tables.schema import TABLE_KINDS

KINDS = TABLE_KINDS
PER_CENT = re.compile(r"[\d.,]+ ?%")


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of one table. A share printed so coarsely that each count fits is no test, and none of them."""
    where = f"table {table.slug}: facts"
    for entry in table.facts.get("shares_of", []):
        whole = book.quantity(entry["of"], where)
        for printed in _places(table, entry, book):
            if not coarse(printed.span, whole.value):
                yield _share(printed, whole, table, book)
    for entry in table.facts.get("parts_of", []):
        yield from _parts(table, entry, book)
    if "one_test_set" in table.facts:
        yield _one_test_set(table, book.quantity(table.facts["one_test_set"], where))
    if table.kind == "report" and not table.not_built:
        yield from _recalls(table, book)


def _places(table: Table, entry: Mapping[str, Any], book: Book) -> Iterator[Quantity]:
    rows, columns = _chosen(table, entry)
    for row in rows:
        for column in columns:
            yield book.printed([table.number, row, column], f"table {table.slug}: facts")


def _chosen(table: Table, entry: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The rows and columns that an entry names, by default all of the table."""
    there = [label(row) for row in table.rows], list(table.columns)
    picked = entry.get("rows", there[0]), entry.get("columns", there[1])
    for names, known in zip(picked, there, strict=True):
        check_names(names, known, f"table {table.slug}: facts")
    return picked


def coarse(share: Span, n: float) -> bool:
    """Whether some count of n falls into the span however it lies."""
    return (share.high - share.low) * n >= 1


def count_of(share: Span, n: float) -> int | None:
    """The least count k with k / n in the span; None if there is none."""
    k = max(math.ceil(share.low * n * (1 - DUST)), 0)
    return k if k <= min(share.high * n * (1 + DUST), n) else None


def _fit(printed: Quantity, n: float) -> int | None:
    spans = [printed.span, *([printed.cut] if printed.cut else [])]
    return next((k for k in (count_of(one, n) for one in spans) if k is not None), None)


def _share(printed: Quantity, whole: Quantity, table: Table, book: Book) -> Finding:
    k = _fit(printed, whole.value)
    agrees, text = k is not None, _words(printed.text, printed.value, whole.value, k)
    return book.finding(printed, table, "possible", agrees, f"{text} ({whole.where})" if whole.where else text)


def _words(shown: str, value: float, n: float, k: int | None) -> str:
    """``30 / 50 = 0.6 can be printed 60%``, or the two counts beside a share that none gives."""
    if k is not None:
        return f"{k} / {digits(n)} = {k / n:.6g} can be printed {shown}"
    below = math.floor(value * n)
    near = ", ".join(f"{i} / {digits(n)} = {i / n:.6g}" for i in (below, below + 1))
    return f"printed {shown}: {value:.6g} x {digits(n)} = {value * n:.2f}; {near}: no count gives it"


def _parts(table: Table, entry: Mapping[str, Any], book: Book) -> Iterator[Finding]:
    """Numbers in one cell: each possible, and together the whole."""
    whole = book.quantity(entry["of"], f"table {table.slug}: facts")
    rows, columns = _chosen(table, entry)
    for row in (row for row in table.rows if label(row) in rows):
        for value in (value for value in row.values if value.column in columns):
            per_cents = PER_CENT.findall(value.printed)
            checks = [_per_cent(shown, whole) for shown in per_cents]
            for agrees, text in [*checks, _together(value.printed, 100.0 if per_cents else whole.value)]:
                yield Finding(table.thesis, table.number, place(row, value.column), "possible", agrees, text)


def _per_cent(shown: str, whole: Quantity) -> tuple[bool, str]:
    value = numbers(shown)[0] / 100
    k = count_of(span(shown, value), whole.value)
    return k is not None, f"{_words(shown, value, whole.value, k)} ({whole.where})"


def _together(printed: str, n: float) -> tuple[bool, str]:
    found = numbers(printed)
    return math.isclose(
        sum(found), n
    ), f"{' + '.join(map(digits, found))} = {digits(sum(found))}; the whole: {digits(n)}"


def _one_test_set(table: Table, most: Quantity) -> Finding:
    """Shares of one test set have one denominator; that of few digits and a large set exists by chance."""
    printed = [quantity_of(value, row, table.number) for row in table.rows for value in row.values]
    n = np.arange(1, int(most.value) + 1)
    fits = np.ones(len(n), bool)
    for one in printed:
        assert one.cut is not None
        spans = (one.span, one.cut)
        fits &= np.any([np.ceil(s.low * n * (1 - DUST)) <= np.floor(s.high * n * (1 + DUST)) for s in spans], axis=0)
    shown = ", ".join(one.text for one in printed)
    limit = f"{most.text} ({most.where})" if most.where else most.text
    found = f"n = {n[fits][0]} is the least" if fits.any() else "there is no such n"
    text = f"{shown} = k / n on one test set of n items, n up to {limit}: {found}"
    return Finding(table.thesis, table.number, WHOLE, "possible", bool(fits.any()), text)


def _recalls(table: Table, book: Book) -> Iterator[Finding]:
    """A class's recall is a share of its examples."""
    for row in table.rows:
        values = {value.name: quantity_of(value, row, table.number) for value in row.values}
        recall, support = values["recall"], values["support"].value
        if row.values[0].of not in ("macro", "weighted") and not coarse(recall.span, support):
            k = count_of(recall.span, support)
            yield book.finding(recall, table, "possible", k is not None, _words(recall.text, recall.value, support, k))
