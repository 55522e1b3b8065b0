"""Shares that are possible: is there a count k of n that is printed so?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fer_lab.audit.book import Book
from fer_lab.audit.facts import at, check_names
from fer_lab.audit.findings import WHOLE, Finding
from fer_lab.audit.quantity import Quantity, digits, label, place, quantity_of
from fer_lab.audit.spans import DUST, Span, numbers, span
from fer_lab.tables import Table
from fer_lab.tables.schema import TABLE_KINDS

KINDS = TABLE_KINDS
PREMISE = "every row is a share of the same items"
PER_CENT = re.compile(r"[\d.,]+ ?%")


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of one table. A share printed so coarsely that each count fits is no test, and none of them."""
    where = at(table)
    for entry in table.facts.get("shares_of", []):
        whole = book.positive(entry["of"], f"{where}.shares_of")
        sizes = [book.positive(size, f"{where}.shares_of.mean_over") for size in entry.get("mean_over", [])]
        for printed in _places(table, entry, book):
            if not coarse(printed.span, whole.value):
                agrees, text = _share(printed, whole, sizes)
                yield book.finding(printed, table, "possible", agrees, text, entry.get("premise", ""))
    for entry in table.facts.get("parts_of", []):
        yield from _parts(table, entry, book)
    if "one_test_set" in table.facts:
        yield _one_test_set(table, book.positive(table.facts["one_test_set"], f"{where}.one_test_set"))
    if table.kind == "report" and not table.not_built:
        yield from _recalls(table, book)


def _places(table: Table, entry: Mapping[str, Any], book: Book) -> Iterator[Quantity]:
    rows, columns = _chosen(table, entry)
    for row in rows:
        for column in columns:
            yield book.printed([table.number, row, column], at(table))


def _chosen(table: Table, entry: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The rows and columns that an entry names, by default all of the table."""
    there = [label(row) for row in table.rows], list(table.columns)
    picked = entry.get("rows", there[0]), entry.get("columns", there[1])
    for names, known in zip(picked, there, strict=True):
        check_names(names, known, at(table))
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


def _share(printed: Quantity, whole: Quantity, sizes: Sequence[Quantity]) -> tuple[bool, str]:
    """Whether a value can be a share of the whole or, where it may be, a mean of the rates of classes."""
    k = _fit(printed, whole.value)
    text = _words(printed.text, printed.value, whole.value, k)
    text = f"{text} ({whole.where})" if whole.where else text
    if k is not None or not sizes:
        return k is not None, text
    mean = is_mean_of_rates(printed.span, [int(size.value) for size in sizes])
    classes = ", ".join(size.text for size in sizes)
    found = f"{'possible' if mean else 'not possible'} as the mean of the rates of classes of {classes}"
    return mean, f"as a share, {text}; {found}"


def is_mean_of_rates(share: Span, sizes: Sequence[int]) -> bool:
    """Whether counts exist whose rates k / n, one a class of n items, have a mean in the span."""
    low, high = share.low * len(sizes) * (1 - DUST), share.high * len(sizes) * (1 + DUST)
    half = len(sizes) // 2
    first, second = (_sums_of_rates(part) for part in (sizes[:half], sizes[half:]))
    at_least = np.searchsorted(second, low - first)  # of each sum of the first half, the least partner
    found = at_least < len(second)
    return bool(np.any(first[found] + second[at_least[found]] <= high))


def _sums_of_rates(sizes: Sequence[int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """All sums of one rate a class, ascending."""
    sums = np.zeros(1)
    for n in sizes:
        sums = np.unique(np.add.outer(sums, np.arange(n + 1) / n).round(12))
    return sums


def _words(shown: str, value: float, n: float, k: int | None) -> str:
    """``30 / 50 = 0.6 can be printed 60%``, or the two counts beside a share that none gives."""
    if k is not None:
        return f"{k} / {digits(n)} = {k / n:.6g} can be printed {shown}"
    below = math.floor(value * n)
    near = ", ".join(f"{i} / {digits(n)} = {i / n:.6g}" for i in (below, below + 1))
    return f"printed {shown}: {value:.6g} x {digits(n)} = {value * n:.2f}; {near}: no count gives it"


def _parts(table: Table, entry: Mapping[str, Any], book: Book) -> Iterator[Finding]:
    """Numbers in one cell: each possible, and together the whole."""
    whole = book.positive(entry["of"], at(table, "parts_of"))
    rows, columns = _chosen(table, entry)
    for row in (row for row in table.rows if label(row) in rows):
        for value in (value for value in row.values if value.column in columns):
            per_cents = PER_CENT.findall(value.printed)
            checks = [_per_cent(shown, whole) for shown in per_cents]
            for agrees, text in [*checks, _together(value.printed, 100.0 if per_cents else whole.value)]:
                spot, premise = place(row, value.column), entry.get("premise", "")
                yield Finding(table.thesis, table.number, spot, "possible", agrees, text, premise)


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
    """Shares of one test set have one denominator; that of few digits and a large set exists by chance.

    That all rows were tested on the same items is seldom printed: it is the premise.
    """
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
    return Finding(table.thesis, table.number, WHOLE, "possible", bool(fits.any()), text, PREMISE)


def _recalls(table: Table, book: Book) -> Iterator[Finding]:
    """A class's recall is a share of its examples."""
    for row in table.rows:
        values = {value.name: quantity_of(value, row, table.number) for value in row.values}
        recall, support = values["recall"], values["support"].value
        if row.values[0].of not in ("macro", "weighted") and not coarse(recall.span, support):
            k = count_of(recall.span, support)
            yield book.finding(recall, table, "possible", k is not None, _words(recall.text, recall.value, support, k))
