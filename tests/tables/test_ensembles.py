"""Cells that answer together: the mean of what they say of an item, in tables as anywhere else."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab import tables
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation import averaged, value_of, vote
from fer_lab.ledger import Run
from fer_lab.tables import Row, Table
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.reading import read_measure
from fer_lab.tables.rendering import csv_text
from tests.tables.test_inflation import a_run, right

CELLS = ("own/one", "own/other", "own/third")
Runs = dict[tuple[str, int], Run]


def answers(shift: float, videos: int = 10) -> list[pd.DataFrame]:
    """Two epochs of a network that is unsure, in its own way; the second one is selected."""
    frames = []
    for epoch in range(2):
        frame, rng = right(4, (0.5, 0.5), epoch, videos=videos), np.random.default_rng(int(100 * shift) + epoch)
        p = np.clip(0.15 * (frame["label"] == 0) + 0.4 + rng.normal(0, 0.2, len(frame)), 0, 1)
        frames.append(frame.assign(p0=p, p1=1 - p))
    return frames


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """The third cell lacks a seed."""
    keys = [(cell, seed) for cell in CELLS for seed in (0, 1) if (cell, seed) != (CELLS[2], 1)]
    return {
        (cell, seed): a_run(tmp_path / f"{cell[4:]}{seed}", answers(i / 10), seed, cell=cell)
        for i, (cell, seed) in enumerate(keys)
    }


def table(**asked: dict[str, Any]) -> Table:
    read = {column: {"cell": CELLS[0], "metric": "accuracy", **words} for column, words in asked.items()}
    values = [tables.Printed(column, **vars_of(words)) for column, words in read.items()]
    return Table("own", "together", "T", "-", ("Cell",), tuple(asked), (Row(("a",), tuple(values)),), (0, 1))


def vars_of(words: dict[str, Any]) -> dict[str, Any]:
    found = vars(read_measure(words, "here", CELLS))
    return {key: value for key, value in found.items() if key != "column"}


def test_the_metric_is_of_the_mean_answers_of_each_seed(runs: Runs) -> None:
    found = tables.compare(table(alone={}, both={"ensemble": [CELLS[1]]}), runs)
    means = [value_of(averaged([runs[c, s].scores("test") for c in CELLS[:2]]), accuracy(runs)) for s in (0, 1)]
    alone, both = (value.measured for value in found.values)
    assert both is not None
    assert both.mean == pytest.approx(np.mean(means))
    assert alone is not None
    assert alone.mean != both.mean
    assert both.low < both.mean < both.high


def accuracy(runs: Runs) -> Any:
    return runs[CELLS[0], 0].target.metric("accuracy")


def test_seeds_that_a_cell_lacks_do_not_count_and_are_told(runs: Runs) -> None:
    comparison = tables.compare(table(all={"ensemble": list(CELLS[1:])}), runs)
    (line,) = csv.DictReader(io.StringIO(csv_text(comparison)))
    assert (line["ensemble"], line["seeds"], line["missing"]) == ("own/other own/third", "0", "1")
    assert comparison.table.cells == CELLS
    words = "Together, own/one with own/other with own/third: the mean of what they answer to an item"
    assert any(note.startswith(words) for note in footnotes(comparison))


def test_a_table_without_them_has_no_such_column(runs: Runs) -> None:
    assert "ensemble" not in csv_text(tables.compare(table(alone={}), runs)).splitlines()[0].split(",")


def test_another_cell_alone_is_subtracted(runs: Runs) -> None:
    asked = {"both": {"ensemble": [CELLS[1]]}, "alone": {}, "gain": {"ensemble": [CELLS[1]], "minus": CELLS[0]}}
    both, alone, gain = tables.compare(table(**asked), runs).values
    assert gain.measured is not None
    assert both.measured is not None
    assert alone.measured is not None
    assert gain.measured.mean == pytest.approx(both.measured.mean - alone.measured.mean)
    assert gain.p is not None


def test_cells_vote_after_they_have_answered_together(tmp_path: Path) -> None:
    """Of three items a video: each network's own majority, averaged, would be something else."""
    frames = [answers(shift, videos=12) for shift in (0.2, 0.6)]
    several = [[one.assign(video=(one["item"] // 3).astype(str), label=one["item"] // 3 % 2) for one in each]
               for each in frames]  # fmt: skip
    runs = {(cell, 0): a_run(tmp_path / cell[4:], own, cell=cell) for cell, own in zip(CELLS, several, strict=False)}
    (found,) = tables.compare(table(voted={"ensemble": [CELLS[1]], "vote": "majority"}), runs).values
    own = [run.scores("test") for run in runs.values()]
    after, before = vote(averaged(own), "majority"), averaged([vote(one, "majority") for one in own])
    assert found.measured is not None
    assert found.measured.mean == pytest.approx(value_of(after, accuracy(runs)))
    assert value_of(after, accuracy(runs)) != value_of(before, accuracy(runs))


def test_cells_of_other_items_are_refused(runs: Runs, tmp_path: Path) -> None:
    fewer = {(CELLS[1], 0): a_run(tmp_path / "fewer", answers(0.5, videos=8), cell=CELLS[1])}
    with pytest.raises(DataError, match="different items"):
        tables.compare(table(both={"ensemble": [CELLS[1]]}), {**runs, **fewer})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"ensemble": ["own/none"]}, "no cell 'own/none'"),
        ({"ensemble": CELLS[1]}, "a list of cells"),
        ({"ensemble": [CELLS[0]]}, "names 'own/one' twice"),
        ({"ensemble": [CELLS[1], CELLS[1]]}, "names 'own/other' twice"),
        ({"ensemble": [CELLS[1]], "part": "train"}, "of part train"),
        ({"ensemble": [CELLS[1]], "answers": "constant"}, "beside answers"),
        ({"ensemble": [CELLS[1]], "threshold": "validation"}, "beside threshold"),
    ],
)
def test_what_cannot_be_answered_together_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_measure({"cell": CELLS[0], "metric": "macro_f1", **asked}, "here", CELLS)


def test_a_setting_is_not_answered(runs: Runs) -> None:
    with pytest.raises(ConfigError, match="of a setting"):
        read_measure({"cell": CELLS[0], "setting": "epochs", "ensemble": [CELLS[1]]}, "here", CELLS)
