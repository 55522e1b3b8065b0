"""What a table's ``facts`` may say for the audit, and how it is said.

A *quantity* is a number, a place (``[table, row]`` or ``[table, row, column]``, the labels of a row joined by " | ": as
in ``["7.6", CNN | Face, Test Accuracy]``), or ``{sum: [quantities]}``, also ``difference``, ``product``, ``quotient``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fer_lab.errors import ConfigError, nearest
from fer_lab.tables import Table

VOCABULARY: Mapping[str, str] = {
    "items": "matrix: quantity, how many items it counts",
    "accuracy": "matrix, report: quantity, the accuracy printed of the same answers",
    "same_test_set": "matrix: numbers of other tables, matrices of the same test set",
    "counts": "result: {tp, fp, tn, fn: row}, answers to yes-or-no questions",
    "images": "with counts: quantity, how many images were asked about",
    "labels": "with counts: quantity, how many questions were asked of each image",
    "measures": "with counts: {row of the table that prints them: accuracy | precision | recall | f1 | auc}",
    "measures_in": "with counts: number of that table, which has the same columns",
    "total_row": "composition: the row that holds the sums of the others",
    "total_column": "composition: the column that holds the sums of the others",
    "total": "composition: quantity, the sum of all parts, stated elsewhere",
    "shares_of": "list of {of: quantity, rows, columns}: each value there (or all) is a share of so many items",
    "parts_of": "list of {of: quantity, rows, columns}: a cell holds the parts of a whole, or per cents",
    "one_test_set": "quantity: all values are shares of one number of items, which is this at most",
    "same": "list of lists of places: the same quantity, printed several times",
    "same_row": "{row: {rows: list of [table, row], columns: {column: theirs}}}: the values are those of one row",
    "quoted": "true: the numbers are others', not the thesis's own, and not the same as what they are compared with",
    "relations": "list of {of: place or number, with one of is, at_most, multiple_of, square: quantity}",
    "trainings": "list of {iterations, batch, images, epochs, minutes, speed (images/s): quantity, network: name}",
}
"""Every key of ``facts``, with what is said by it."""
NESTED: Mapping[str, tuple[str, ...]] = {
    "counts": ("tp", "fp", "tn", "fn"),
    "shares_of": ("of", "rows", "columns"),
    "parts_of": ("of", "rows", "columns"),
    "relations": ("of", "is", "at_most", "multiple_of", "square"),
    "trainings": ("iterations", "batch", "images", "epochs", "minutes", "speed", "network"),
}


def check_facts(table: Table) -> None:
    """Refuse facts that nothing reads.

    Raises:
        ConfigError: a key is unknown; the nearest are offered.
    """
    where = f"table {table.slug}: facts"
    _check(table.facts, VOCABULARY, where)
    for key, known in NESTED.items():
        said = table.facts.get(key, [])
        for entry in [said] if isinstance(said, dict) else said:
            _check(entry, known, f"{where}.{key}")


def _check(said: Iterable[str], known: Iterable[str], where: str) -> None:
    for key in said:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}", expected=f"nearest: {nearest(str(key), known)}")


def chosen(table: Table, entry: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The rows and columns that an entry of ``shares_of`` or ``parts_of`` names, by default all of the table.

    Raises:
        ConfigError: it names one that the table lacks.
    """
    from fer_lab.audit.book import label

    there = [label(row) for row in table.rows], list(table.columns)
    picked = entry.get("rows", there[0]), entry.get("columns", there[1])
    for names, known in zip(picked, there, strict=True):
        _check(names, known, f"table {table.slug}: facts")
    return picked
