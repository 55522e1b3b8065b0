"""Values of classes that no network gives, and of what it answers where it is sure, and what the footnotes say."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fer_lab import tables
from fer_lab.errors import ConfigError
from fer_lab.evaluation import probabilities
from fer_lab.ledger import Run
from fer_lab.tables import Table
from fer_lab.tables.footnotes import footnotes

MakeRun = Callable[..., Run]
CELL = "oulu_casia/cnn_face"
ASKED: dict[str, dict[str, Any]] = {
    "all": {"name": "accuracy"},
    "sure": {"name": "accuracy", "above": "0.5"},
    "covered": {"name": "coverage", "above": "0.5"},
    "most": {"name": "accuracy", "answers": "majority"},
    "fear": {"name": "accuracy", "answers": "always fear"},
}


def table_of(asked: dict[str, dict[str, Any]]) -> Table:
    values = [tables.Printed(column, "", None, CELL, "metric", **read) for column, read in asked.items()]
    return Table(
        "own", "made-up", "Classes", "-", ("Cell",), tuple(asked), (tables.Row(("a",), tuple(values)),), (0, 1)
    )


@pytest.fixture
def runs(make_run: MakeRun) -> dict[tuple[str, int], Run]:
    return {(CELL, seed): make_run(CELL, seed) for seed in (0, 1)}


def test_each_value_is_of_the_answers_that_it_asks_for(runs: dict[tuple[str, int], Run]) -> None:
    found = {v.printed.column: v.measured for v in tables.compare(table_of(ASKED), runs).values}
    frames = [run.scores("test") for run in runs.values()]
    right = [probabilities(frame).argmax(axis=1) == frame["label"] for frame in frames]
    sure = [probabilities(frame).max(axis=1) > 0.5 for frame in frames]
    shares = frames[0]["label"].value_counts(normalize=True)
    wanted = {
        "all": np.mean([own.mean() for own in right]),
        "sure": np.mean([own[some].mean() for own, some in zip(right, sure, strict=True)]),
        "covered": np.mean([some.mean() for some in sure]),
        "most": shares.max(),
        "fear": shares[list(runs[CELL, 0].target.names).index("fear")],
    }
    for column, value in wanted.items():
        assert found[column].mean == pytest.approx(value), column  # type: ignore[union-attr]
        assert found[column].low < value < found[column].high  # type: ignore[union-attr]


def test_the_foot_says_what_is_of_no_network(runs: dict[tuple[str, int], Run]) -> None:
    notes = "\n".join(footnotes(tables.compare(table_of(ASKED), runs)))
    assert "most: every item is answered with what most of them are; no network." in notes
    assert "fear: every item is answered with fear; no network." in notes


def test_a_class_that_is_none_is_refused(runs: dict[tuple[str, int], Run]) -> None:
    with pytest.raises(ConfigError, match=re.escape("always feer")) as caught:
        tables.compare(table_of({"x": {"name": "accuracy", "answers": "always feer"}}), runs)
    assert "fear" in str(caught.value)
