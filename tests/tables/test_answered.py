"""Values of labels at other thresholds, of their order and of no network, and what the footnotes say of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab import evaluation, tables
from fer_lab.errors import ConfigError
from fer_lab.ledger import Run
from fer_lab.tables import Table
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.reading import read_measure
from tests.tables.conftest import make_scores

MakeRun = Callable[..., Run]
UNITS, AFFECT = "kinds/action_units", "kinds/affect"
ASKED: dict[str, dict[str, Any]] = {
    "F1": {"name": "macro_f1"},
    "at thresholds": {"name": "macro_f1", "threshold": "validation"},
    "none": {"name": "accuracy", "answers": "absent"},
    "most": {"name": "macro_f1", "answers": "constant"},
    "area": {"name": "roc_auc", "of": "macro"},
}


def table_of(asked: dict[str, dict[str, Any]], cell: str = UNITS) -> Table:
    values = [tables.Printed(column, "", None, cell, "metric", **read) for column, read in asked.items()]
    return Table("own", "made-up", "Units", "-", ("Cell",), tuple(asked), (tables.Row(("a",), tuple(values)),), (0, 1))


def scores_of(seed: int, **changes: float) -> pd.DataFrame:
    """Scores of a run whose validation images are others than its test images."""
    scores = make_scores(UNITS, seed).assign(**changes)
    video = scores["video"].where(scores["part"] == "test", scores["part"] + scores["video"])
    own = pd.Series(np.random.default_rng(seed).random(len(scores)) < 0.7)
    return scores.assign(video=video)[own | (scores["part"] != "val")].reset_index(drop=True)


@pytest.fixture
def runs(make_run: MakeRun) -> dict[tuple[str, int], Run]:
    return {(UNITS, seed): make_run(UNITS, seed, scores_of(seed)) for seed in (0, 1)}


def mean_over(runs: dict[tuple[str, int], Run], name: str, of: str | None, scores: Callable[[Run], Any]) -> float:
    return float(np.mean([evaluation.value_of(scores(run), run.target.metric(name, of)) for run in runs.values()]))


def test_each_value_is_of_the_answers_that_it_asks_for(runs: dict[tuple[str, int], Run]) -> None:
    found = {v.printed.column: v.measured for v in tables.compare(table_of(ASKED), runs).values}

    def at_thresholds(run: Run) -> pd.DataFrame:
        return evaluation.decided(run.scores("test"), evaluation.thresholds(run.scores("val")))

    wanted = {
        "F1": mean_over(runs, "macro_f1", None, lambda run: run.scores("test")),
        "at thresholds": mean_over(runs, "macro_f1", None, at_thresholds),
        "none": mean_over(runs, "absent", "pooled", lambda run: run.scores("test")),
        "most": mean_over(runs, "macro_f1", None,
                          lambda run: evaluation.constant_answer(run.scores("test"), run.scores("train"))),
        "area": mean_over(runs, "roc_auc", "macro", lambda run: run.scores("test")),
    }  # fmt: skip
    assert wanted["at thresholds"] != pytest.approx(wanted["F1"])
    for column, value in wanted.items():
        assert found[column].mean == pytest.approx(value), column  # type: ignore[union-attr]
        assert found[column].low < value < found[column].high  # type: ignore[union-attr]


def test_what_no_network_answers_is_known_where_it_does_not_vary(runs: dict[tuple[str, int], Run]) -> None:
    asked = {
        "area": {"name": "roc_auc", "of": "macro", "answers": "absent"},
        "F1": {"name": "macro_f1", "answers": "absent"},
        "accuracy": {"name": "accuracy", "answers": "absent"},
    }
    found = {v.printed.column: v.measured for v in tables.compare(table_of(asked), runs).values}
    for column, value in (("area", 0.5), ("F1", 0.0)):
        one = found[column]
        assert one is not None
        assert (one.mean, one.low, one.high) == (value, value, value)
    varying = found["accuracy"]
    assert varying is not None
    assert varying.low < varying.mean < varying.high


def test_the_foot_says_what_was_chosen_left_out_and_resampled(make_run: MakeRun) -> None:
    runs = {(UNITS, seed): make_run(UNITS, seed, scores_of(seed, y3=0.0)) for seed in (0, 1)}
    notes = "\n".join(footnotes(tables.compare(table_of(ASKED), runs)))
    assert "Resampled: 12 people in kinds/action_units." in notes
    assert "11 of 12 are; undefined, and left out of means: AU5 (kinds/action_units)" in notes
    least = np.concatenate([evaluation.thresholds(run.scores("val")) for run in runs.values()])
    assert f"{least.min():.2f} to {least.max():.2f} in kinds/action_units." in notes
    assert "No result" not in notes
    assert "most: every item is answered with each label as in most training items; no network." in notes
    assert "none: no label is answered for any item; no network." in notes
    plain = "\n".join(footnotes(tables.compare(table_of({"F1": ASKED["F1"]}), runs)))
    assert all(word not in plain for word in ("ROC AUC", "Threshold of validation", "no network"))


def test_where_nobody_is_named_images_or_videos_are_resampled(make_run: MakeRun) -> None:
    videos = make_scores(UNITS, 0).assign(subject=None)
    images = videos.assign(video=videos["item"].astype(str))
    for scores, words in ((videos, "36 videos (nobody is named)"), (images, "144 images (nobody is named)")):
        runs = {(UNITS, 0): make_run(UNITS, 0, scores)}
        assert words in "\n".join(footnotes(tables.compare(table_of({"F1": ASKED["F1"]}), runs)))


def test_thresholds_that_fit_the_test_part_are_no_result(make_run: MakeRun) -> None:
    """Under protocol thesis validation is the test part."""
    runs = {(UNITS, 0): make_run(UNITS, 0, protocol="thesis")}
    notes = "\n".join(footnotes(tables.compare(table_of(ASKED), runs)))
    assert (
        "No result in kinds/action_units: validation is the test part there, and thresholds are fitted to it." in notes
    )


def test_the_mean_of_training_stands_beside_every_number_of_values(make_run: MakeRun) -> None:
    names = ("ccc", "pcc", "rmse", "sagr")
    runs = {(AFFECT, seed): make_run(AFFECT, seed) for seed in (0, 1)}
    found = tables.compare(table_of({name: {"name": name, "answers": "constant"} for name in names}, AFFECT), runs)
    of = {value.printed.name: value.measured for value in found.values}
    assert of["ccc"].mean == pytest.approx(0, abs=1e-12)  # type: ignore[union-attr]
    assert np.isnan(of["pcc"].mean)  # type: ignore[union-attr]
    assert of["rmse"].low < of["rmse"].mean < of["rmse"].high  # type: ignore[union-attr]
    notes = "\n".join(footnotes(found))
    assert "every item is answered with the mean of training; no network." in notes


@pytest.mark.parametrize(
    ("beside", "words"),
    [({"metric": "roc_auc", "of": "macro"}, "metric roc_auc"), ({"part": "val"}, "part val"),
     ({"epoch": "oracle"}, "epoch oracle")],
)  # fmt: skip
def test_a_threshold_that_has_no_meaning_is_refused(beside: dict[str, str], words: str) -> None:
    asked = {"cell": UNITS, "metric": "macro_f1", "threshold": "validation", **beside}
    with pytest.raises(ConfigError, match=f"threshold validation beside {words}"):
        read_measure(asked, "here", [UNITS])


@pytest.mark.parametrize(("key", "word"), [("threshold", "validation"), ("answers", "constant")])
def test_unknown_words_are_refused(key: str, word: str) -> None:
    with pytest.raises(ConfigError, match=f"{key} 'x'") as error:
        read_measure({"cell": UNITS, "metric": "macro_f1", key: "x"}, "here", [UNITS])
    assert word in str(error.value)
