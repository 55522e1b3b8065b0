"""Classification reports: F1 against precision and recall, averages against rows, examples and answers against sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fer_lab.audit.book import Book
from fer_lab.audit.facts import above_zero, at
from fer_lab.audit.findings import WHOLE, Finding
from fer_lab.audit.quantity import Quantity, quantity_of
from fer_lab.audit.spans import Span, exactly, total
from fer_lab.tables import Row, Table

KINDS = ("report",)
AVERAGES = ("macro", "weighted")
Values = Mapping[str, Quantity]


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of one report whose columns are read as precision, recall, f1 and support; none of one not built."""
    if table.not_built:
        return
    rows = {row.values[0].of: _values(row, table) for row in table.rows}
    classes = [values for name, values in rows.items() if name not in AVERAGES]
    above_zero(sum(values["support"].value for values in classes), "the sum of its examples", table)
    for values in classes:
        yield _f1(values, table)
    for name in AVERAGES:
        if name in rows:
            yield _examples(rows[name], classes, table)
            yield from (_average(rows[name], classes, metric, name, table) for metric in ("precision", "recall", "f1"))
    yield _answers(classes, table)
    if "accuracy" in table.facts:
        yield _accuracy(classes, book.quantity(table.facts["accuracy"], at(table)), table)


def _values(row: Row, table: Table) -> Values:
    return {value.name: quantity_of(value, row, table.number) for value in row.values}


def _finding(of: Quantity, table: Table, agrees: bool, arithmetic: str) -> Finding:
    spot = of.place[1] if of.place else WHOLE
    return Finding(table.thesis, table.number, spot, "report", agrees, arithmetic)


def _f1(values: Values, table: Table) -> Finding:
    """The harmonic mean grows with both, so its bounds are those of precision and recall."""
    p, r, f1 = values["precision"], values["recall"], values["f1"]
    low, high = _harmonic(p.span.low, r.span.low), _harmonic(p.span.high, r.span.high)
    text = f"2 x {p.text} x {r.text} / ({p.text} + {r.text}) = {_harmonic(p.value, r.value):.4f}; printed f1: {f1.text}"
    return _finding(f1, table, f1.span.meets(Span(low, high)), text)


def _harmonic(p: float, r: float) -> float:
    return 2 * p * r / (p + r) if p + r > 0 else 0.0


def _examples(average: Values, classes: list[Values], table: Table) -> Finding:
    own, n = average["support"], sum(values["support"].value for values in classes)
    shown = " + ".join(values["support"].text for values in classes)
    return _finding(own, table, own.reads(exactly(n)), f"{shown} = {n:.0f} examples; printed: {own.text}")


def _average(average: Values, classes: list[Values], metric: str, name: str, table: Table) -> Finding:
    weights = [1.0 if name == "macro" else values["support"].value for values in classes]
    parts = [(values[metric], weight) for values, weight in zip(classes, weights, strict=True)]
    mean = sum(part.value * weight for part, weight in parts) / sum(weights)
    spans = total(part.span * exactly(weight) for part, weight in parts) / exactly(sum(weights))
    shown = " + ".join(part.text if name == "macro" else f"{weight:.0f} x {part.text}" for part, weight in parts)
    own = average[metric]
    text = f"({shown}) / {sum(weights):.0f} = {mean:.4f}; printed average: {own.text}"
    return _finding(own, table, own.reads(spans), text)


def _answers(classes: list[Values], table: Table) -> Finding:
    """Every example got one answer: recall x examples / precision, summed over classes, are all of them."""
    right = [values["recall"].span * values["support"].span for values in classes]
    given = total(one / values["precision"].span for one, values in zip(right, classes, strict=True))
    n = sum(values["support"].value for values in classes)
    shown = " + ".join(f"{v['support'].text} x {v['recall'].text} / {v['precision'].text}" for v in classes)
    point = sum(v["support"].value * v["recall"].value / max(v["precision"].value, 1e-9) for v in classes)
    bounds = f"{given.low:.0f} to {given.high:.0f} by rounding"
    text = f"answers that name each class: {shown} = {point:.0f} ({bounds}); examples: {n:.0f}"
    return Finding(table.thesis, table.number, WHOLE, "report", given.meets(exactly(n)), text)


def _accuracy(classes: list[Values], stated: Quantity, table: Table) -> Finding:
    """Accuracy is the mean recall, weighted by examples."""
    right = total(values["recall"].span * exactly(values["support"].value) for values in classes)
    n = sum(values["support"].value for values in classes)
    shown = " + ".join(f"{values['support'].text} x {values['recall'].text}" for values in classes)
    point = sum(values["support"].value * values["recall"].value for values in classes) / n
    text = f"({shown}) / {n:.0f} = {point:.4f}; printed accuracy: {stated.text} ({stated.where})"
    return Finding(
        table.thesis, table.number, _column_of_recall(table), "report", stated.reads(right / exactly(n)), text
    )


def _column_of_recall(table: Table) -> str:
    return next(value.column for value in table.rows[0].values if value.name == "recall")
