"""What Weights & Biases draws of a result: a matrix of classes, bars of labels, dots of values. Imports it not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from fer_lab.evaluation import Target, confusion

CONFUSION, F1, SCATTER = "confusion", "f1", "truth_answer"
"""``confusion/<part>``: the matrix of a part, counts; ``f1/<part>``: that of each label;
``truth_answer/<part>/<value>``: truth and answer of each item."""
MATRIX, MATRIX_COLUMNS = "wandb/confusion_matrix/v1", ("Actual", "Predicted", "nPredictions")
"""W&B's own chart of a confusion matrix, and what it reads of a table."""
POINTS = 2000
"""Items of a scatter plot, at most: W&B keeps each of them."""


@dataclass(frozen=True)
class Chart:
    """One of W&B's own charts.

    Attributes:
        spec: its name there.
        rows: the table that it reads.
        fields: what it asks for -> the column.
    """

    spec: str
    rows: pd.DataFrame
    fields: Mapping[str, str]


Drawn = tuple[str, str, Chart]
"""What a chart shows, which name it is of, and it."""


def charts(scores: pd.DataFrame, part: str, target: Target) -> dict[str, Chart]:
    """Key -> chart of the scores of one part, by their kind of target."""
    return {f"{what}/{part}{of}": chart for what, of, chart in OF_KIND[target.kind](scores, target)}


def _matrix(scores: pd.DataFrame, target: Target) -> Iterator[Drawn]:
    truth, answer, number = MATRIX_COLUMNS
    pairs = pd.MultiIndex.from_product([target.names, target.names], names=[truth, answer])
    rows = pd.Series(confusion(scores).ravel(), index=pairs, name=number).reset_index()
    yield CONFUSION, "", Chart(MATRIX, rows, {name: name for name in MATRIX_COLUMNS})


def _bars(scores: pd.DataFrame, target: Target) -> Iterator[Drawn]:
    """Labels that neither occur nor are answered have no F1, and no bar."""
    sums = target.total(scores)
    rows = pd.DataFrame({"label": target.names, "F1": [float(target.metric("f1", one)(sums)) for one in target.names]})
    yield F1, "", Chart("wandb/bar/v0", rows.dropna(ignore_index=True), {"label": "label", "value": "F1"})


def _dots(scores: pd.DataFrame, target: Target) -> Iterator[Drawn]:
    truth, answers = target.truth(scores), target.answers(scores)
    for place, name in enumerate(target.names):
        rows = pd.DataFrame({"truth": truth[:, place], "answer": answers[:, place]}).dropna(ignore_index=True)
        shown = rows.iloc[:: max(1, -(-len(rows) // POINTS))].reset_index(drop=True)
        yield SCATTER, f"/{name}", Chart("wandb/scatter/v0", shown, {"x": "truth", "y": "answer"})


OF_KIND: Mapping[str, Callable[[pd.DataFrame, Target], Iterator[Drawn]]] = {
    "classes": _matrix, "labels": _bars, "values": _dots
}  # fmt: skip
"""Kind of target -> its charts."""
