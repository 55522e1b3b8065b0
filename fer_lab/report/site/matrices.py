"""Matrices in per cent: of the true class, measured and printed beside each other; and of labels that go together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_lab import tables
from fer_lab.evaluation.arrays import Floats
from fer_lab.tables import Table
from fer_lab.tables.summary import Summary


@dataclass(frozen=True)
class Shade:
    """A place of a matrix.

    Attributes:
        text: per cent of the row; ``∅`` where an answer is undefined, ``–`` in a row without an item.
        share: in [0, 1], by which it is shaded; None for nothing to shade.
        truth: whether it is on the diagonal.
        said: what stands behind the number.
    """

    text: str
    share: float | None
    truth: bool
    said: str


Matrix = list[tuple[str, list[Shade]]]
"""The name of each true class, or label, and its row."""


def measured_matrix(summary: Summary) -> Matrix:
    """That of a cell, summed over its seeds."""
    counts = summary.sums
    with np.errstate(invalid="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
    return shaded(
        summary.target.names, shares, [[f"{_count(n)} of {_count(row.sum())}" for n in row] for row in counts]
    )


def _count(count: float) -> str:
    return "undefined" if math.isnan(count) else f"{count:.0f}"


def printed_matrix(table: Table, names: tuple[str, ...]) -> Matrix | None:
    """What a table prints of the classes of a cell; None where it does not print all of it."""
    shares, said = np.full((len(names), len(names)), np.nan), [[""] * len(names) for _ in names]
    for value in table.values:
        truth, _, answer = (value.of or "").partition(" as ")
        if value.value is None or truth not in names or answer not in names:
            return None
        i, j = names.index(truth), names.index(answer)
        shares[i, j], said[i][j] = value.value, f"printed {value.printed}"
    return None if np.isnan(shares).any() else shaded(names, shares, said)


def printed_of(cells: set[str], names: tuple[str, ...]) -> tuple[Table, Matrix] | None:
    """The first table that prints the confusion matrix of a cell, by any of its names."""
    matrices = [table for table in tables.tables().values() if table.kind == "matrix" and cells & set(table.cells)]
    found = ((table, printed_matrix(table, names)) for table in matrices)
    return next(((table, matrix) for table, matrix in found if matrix is not None), None)


def shaded(names: Sequence[str], shares: Floats, said: list[list[str]]) -> Matrix:
    """A matrix of shares (n, n) as it is shown, with what stands behind each of them."""
    return [(name, [_shade(float(shares[i, j]), i == j, said[i][j]) for j in range(len(names))])
            for i, name in enumerate(names)]  # fmt: skip


def _shade(share: float, truth: bool, said: str) -> Shade:
    if math.isnan(share):
        return Shade("∅" if "undefined" in said else "–", None, truth, said)
    return Shade(f"{100 * share:.0f}", None if share == 0 and not truth else round(share, 3), truth, said)
