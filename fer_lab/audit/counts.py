"""Counts of right and wrong answers to yes-or-no questions, against their number and the measures printed of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fer_lab.audit.book import Book
from fer_lab.audit.facts import COUNTED, at, check_names
from fer_lab.audit.findings import Finding
from fer_lab.audit.quantity import Quantity, digits
from fer_lab.audit.spans import exactly
from fer_lab.tables import Table

KINDS = ("result",)
Counts = Mapping[str, float]
MEASURES: Mapping[str, str] = {
    "accuracy": "({tp} + {tn}) / ({tp} + {fp} + {tn} + {fn})",
    "precision": "{tp} / ({tp} + {fp})",
    "recall": "{tp} / ({tp} + {fn})",
    "f1": "2 x {tp} / (2 x {tp} + {fp} + {fn})",
    "auc": "({tp} / ({tp} + {fn}) + {tn} / ({tn} + {fp})) / 2",
}
"""How each measure follows from the counts (the AUC: of the answers themselves, at their one threshold)."""


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of a table with rows of true and false positives and negatives, a column a network."""
    if "counts" not in table.facts:
        return
    where, facts = at(table, "counts"), table.facts["counts"]
    columns = {
        column: {key: book.printed([table.number, facts[key], column], where).value for key in COUNTED}
        for column in table.columns
    }
    if {"images", "labels"} <= set(facts):
        yield from (_size(table, book, column, counts) for column, counts in columns.items())
    yield from _same_truth(table, columns)
    check_names(facts.get("measures", {}).values(), MEASURES, where)
    for name, measure in facts.get("measures", {}).items():
        for column, counts in columns.items():
            yield _measure(book.printed([facts.get("table"), name, column], where), measure, counts, table, book)


def _size(table: Table, book: Book, column: str, counts: Counts) -> Finding:
    """All answers together are images times labels."""
    said, where = table.facts["counts"], at(table, "counts")
    images, labels = (book.quantity(said[key], where) for key in ("images", "labels"))
    n, stated = sum(counts.values()), images.value * labels.value
    text = (
        f"{' + '.join(map(digits, counts.values()))} = {digits(n)}; stated: {images.text} images x {labels.text} labels"
    )
    return Finding(
        table.thesis, table.number, column, "counts", n == stated, f"{text} = {digits(stated)} ({images.where})"
    )


def _same_truth(table: Table, columns: Mapping[str, Counts]) -> Iterator[Finding]:
    """On one test set every network meets the same positives and negatives."""
    (first, own), *others = columns.items()
    for column, counts in others:
        for kind, (one, two) in {"positives": ("tp", "fn"), "negatives": ("tn", "fp")}.items():
            n, m = counts[one] + counts[two], own[one] + own[two]
            text = f"{kind} in the test set: {digits(counts[one])} + {digits(counts[two])} = {digits(n)} ({column}), "
            text += f"{digits(own[one])} + {digits(own[two])} = {digits(m)} ({first})"
            yield Finding(table.thesis, table.number, column, "counts", n == m, text)


def _measure(printed: Quantity, measure: str, counts: Counts, table: Table, book: Book) -> Finding:
    value = value_of(measure, counts)
    formula = MEASURES[measure].format(**{key: digits(count) for key, count in counts.items()})
    if value is None:
        text = f"{measure}: {formula} is not defined, by convention 0; printed: {printed.text}"
        return book.finding(printed, table, "counts", printed.value == 0, text)
    text = f"{measure}: {formula} = {value:.8f}; printed: {printed.text} (counts of Table {table.number})"
    return book.finding(printed, table, "counts", printed.reads(exactly(value)), text)


def value_of(measure: str, counts: Counts) -> float | None:
    """A measure of ``MEASURES``, in [0, 1]; None where it is 0 / 0."""
    tp, fp, tn, fn = (counts[key] for key in ("tp", "fp", "tn", "fn"))
    parts = {
        "accuracy": [(tp + tn, tp + fp + tn + fn)],
        "precision": [(tp, tp + fp)],
        "recall": [(tp, tp + fn)],
        "f1": [(2 * tp, 2 * tp + fp + fn)],
        "auc": [(tp, tp + fn), (tn, tn + fp)],
    }[measure]
    if any(below == 0 for _, below in parts):
        return None
    return sum(above / below for above, below in parts) / len(parts)
