"""Metrics of one of several given parts, at an epoch that one of them chose, with or without what is seen elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation import Interval
from fer_lab.ledger import Run
from fer_lab.storage import file_digest
from fer_lab.tables.comparison import verdict
from fer_lab.tables.measures import epoch_of, measured
from fer_lab.tables.reading import read_measure
from tests.tables.test_inflation import a_run

CELL = "fer2013_faults/as_is"
RIGHT = {"PublicTest": (9, 5, 4), "PrivateTest": (3, 6, 8)}
"""Of ten items of a part, how many are right at each of three epochs: validation selects the second."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The first three items of each part are of photographs that training has, too."""
    frames = [scores(epoch) for epoch in range(3)]
    run = a_run(tmp_path / "run", frames, cell=CELL)
    seen = [f"{part}/{number}" for part in RIGHT for number in range(3)]
    (tmp_path / "run" / "split.json").write_text(json.dumps({"seen": seen}))
    files = {**run.files, "split.json": file_digest(tmp_path / "run" / "split.json")}
    return a_run(tmp_path / "run", frames, cell=CELL, files=files)


def scores(epoch: int) -> pd.DataFrame:
    names = [f"{part}/{number}" for part in RIGHT for number in range(10)]
    correct = np.concatenate([np.arange(10) < RIGHT[part][epoch] for part in RIGHT])
    frame = pd.DataFrame({"item": range(20), "video": names, "subject": "", "label": np.tile([0, 1], 10)})
    frame["p0"] = np.where(correct == (frame["label"] == 0), 1.0, 0.0)
    frame["p1"] = 1 - frame["p0"]
    return frame.assign(part="test", epoch=epoch)


def value(run: Run, **words: str) -> float:
    asked = read_measure({"cell": CELL, "metric": "accuracy", **words}, "here", [CELL])
    return float(measured([asked], lambda cell: {0: run})[asked].mean)


def test_items_of_one_given_part_count_alone(run: Run) -> None:
    assert value(run) == pytest.approx(0.55)
    assert value(run, given="PublicTest") == pytest.approx(0.5)
    assert value(run, given="PrivateTest") == pytest.approx(0.6)


def test_a_given_part_can_choose_the_epoch_for_itself_or_for_another(run: Run) -> None:
    assert value(run, given="PublicTest", epoch="oracle") == pytest.approx(0.9)
    assert value(run, given="PrivateTest", epoch="best PublicTest") == pytest.approx(0.3)
    assert value(run, given="PrivateTest", epoch="best PrivateTest") == pytest.approx(0.8)
    assert epoch_of(run, "test", "oracle") == 0  # of both parts together: 12, 11 and 12 are right


@pytest.mark.parametrize(
    ("epoch", "given", "oracle"),
    [
        ("oracle", None, True),
        ("best PublicTest", "PublicTest", True),
        ("best PublicTest", None, True),  # of both parts together it has chosen one
        ("best PublicTest", "PrivateTest", False),
        ("best_val", "PublicTest", False),
    ],
)
def test_an_epoch_that_a_part_chose_for_itself_is_no_result(epoch: str, given: str | None, oracle: bool) -> None:
    asked = read_measure({"cell": CELL, "metric": "accuracy", "epoch": epoch}, "here", [CELL])
    printed = replace(asked, printed="0.5", value=0.5, given=given)
    assert printed.is_oracle is oracle
    said = verdict(printed, Interval(0.5, 0.4, 0.6, 0), [], {"source": "real", "profile": "laptop"})
    assert said.startswith("not a result") is oracle


def test_photographs_that_another_part_has_can_be_left_out_or_taken_alone(run: Run) -> None:
    assert value(run, given="PublicTest", subset="distinct") == pytest.approx(2 / 7)
    assert value(run, given="PublicTest", subset="seen") == pytest.approx(1.0)


def test_where_no_item_is_of_a_subset_nothing_is_measured(run: Run) -> None:
    (run.folder / "split.json").write_text(json.dumps({"seen": []}))
    none = replace(run, files={**run.files, "split.json": file_digest(run.folder / "split.json")})
    asked = read_measure({"cell": CELL, "metric": "accuracy", "subset": "seen"}, "here", [CELL])
    whole = read_measure({"cell": CELL, "metric": "accuracy"}, "here", [CELL])
    assert set(measured([asked, whole], lambda cell: {0: none})) == {whole}


def test_a_part_that_is_not_given_is_refused(run: Run) -> None:
    with pytest.raises(ConfigError, match=r"(?s)given: Private\b.*PrivateTest"):
        value(run, given="Private")
