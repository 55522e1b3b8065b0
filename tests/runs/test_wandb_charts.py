"""The charts that W&B is told of each kind of target, and that it takes them."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score

from fer_lab.evaluation import make_target
from fer_lab.runs.wandb_charts import POINTS, charts
from fer_lab.runs.wandb_run import ended, log_result, started
from tests.engine.offline_file import read_offline
from tests.evaluation.kinds import KINDS, NAMES, make_scores


def test_classes_have_their_confusion_matrix() -> None:
    scores, names = make_scores("classes"), NAMES["classes"]
    (key, chart), *others = charts(scores, "test", make_target("classes", names)).items()
    answers = scores[["p0", "p1", "p2"]].to_numpy().argmax(axis=1)
    assert (key, others) == ("confusion/test", [])
    assert chart.rows["nPredictions"].tolist() == confusion_matrix(scores["label"], answers).ravel().tolist()


def test_labels_have_a_bar_each_but_those_without_an_f1() -> None:
    scores, names = make_scores("labels"), NAMES["labels"]
    scores[["y2", "p2"]] = 0.0
    chart = charts(scores, "val", make_target("labels", names))["f1/val"]
    bars = dict(zip(chart.rows[chart.fields["label"]], chart.rows[chart.fields["value"]], strict=True))
    assert set(names) - set(bars) == {names[2]}
    known = scores["y0"].notna()
    assert bars[names[0]] == pytest.approx(f1_score(scores["y0"][known], scores["p0"][known] >= 0.5))


def test_values_have_a_dot_for_each_item_that_is_known() -> None:
    scores = make_scores("values", items=2 * POINTS + 3, unknown=0.4)
    found = charts(scores, "test", make_target("values", NAMES["values"]))
    assert list(found) == ["truth_answer/test/valence", "truth_answer/test/arousal"]
    rows = found["truth_answer/test/arousal"].rows
    assert POINTS / 2 < len(rows) <= POINTS
    known = scores[scores["y1"].notna()]
    assert rows.iloc[0].tolist() == known[["y1", "v1"]].iloc[0].tolist()
    assert np.isin(rows["answer"], known["v1"]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_logged_with_the_result(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "data"))
    target, scores = make_target(kind, NAMES[kind]), make_scores(kind)
    record = {"cell": "kinds/x", "epochs": 2, "selected_epoch": 1, "scale": target.scale}
    run = started("fer_lab", tmp_path, None, id=kind)
    with ended(run):
        log_result(run, {**record, "facts": {"leak_share": 0.0, "seconds": 1.0}}, scores, target)
    deadline = time.monotonic() + 60
    while (found := read_offline(tmp_path)[0]).exit_code is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for key, chart in charts(scores, "test", target).items():
        table = found.table(f"{key}_table")
        assert table["columns"] == list(chart.rows.columns)
        assert len(table["data"]) == len(chart.rows)
    assert found.summary[f"selected/test/{target.main}"] == float(target.main_metric(target.total(scores)))
