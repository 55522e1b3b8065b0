"""What a page of labels shows is what scikit-learn and numpy make of the same arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, precision_score, roc_auc_score

from fer_lab.evaluation import make_target
from fer_lab.report.site.label_outputs import MOST, LabelOutputs

NAMES = ("AU1", "AU2", "AU4", "AU9")


def frame(truth: Any, p: Any) -> pd.DataFrame:
    """Scores of items, a video and a person each."""
    truth, p = np.asarray(truth, float), np.asarray(p, float)
    n = len(p)
    about = pd.DataFrame({"item": range(n), "video": range(n), "subject": [f"s{i}" for i in range(n)]})
    about = about.assign(part="test", epoch=0)
    return about.join([pd.DataFrame(truth).add_prefix("y"), pd.DataFrame(p).add_prefix("p")])


def drawn(n: int = 60, labels: int = 4) -> tuple[Any, Any]:
    """Truth of items, a quarter of it not known and the last label never present, and probabilities."""
    rng = np.random.default_rng(5)
    truth = (rng.random((n, labels)) < 0.4).astype(float)
    truth[:, -1] = 0
    p = np.clip(0.6 * truth + rng.random(truth.shape) * 0.6, 0, 1)
    truth[rng.random(truth.shape) < 0.25] = np.nan
    return truth, p


def shown(truth: Any, p: Any) -> tuple[LabelOutputs, dict[str, Any]]:
    target = make_target("labels", [f"AU{i}" for i in range(len(np.asarray(p)[0]))])
    found = LabelOutputs.read([frame(truth, p)], frame(truth, p), target)
    return found, found.page()


def test_a_line_has_what_is_known_of_its_label() -> None:
    truth, p = drawn()
    found, page = shown(truth, p)
    for place, line in enumerate(page["lines"]):
        known = ~np.isnan(truth[:, place])
        y, said = truth[known, place], p[known, place] >= 0.5
        assert found.f1[line["name"]].mean == pytest.approx(f1_score(y, said), abs=1e-12)
        assert found.auc[line["name"]].mean == pytest.approx(roc_auc_score(y, p[known, place]), abs=1e-12)
        assert line["precision"] == f"{precision_score(y, said):.3f}"
        assert line["absent"] == f"{1 - y.mean():.3f}"
        assert (line["active"], line["known"], line["said"]) == (f"{y.sum():.0f}", f"{len(y)}", f"{said.sum():.0f}")
        assert line["strip"].mean == pytest.approx(100 * f1_score(y, said), abs=0.01)


def test_labels_that_no_item_has_stand_apart() -> None:
    _, page = shown(*drawn())
    assert [line["name"] for line in page["lines"]] == ["AU0", "AU1", "AU2"]
    assert [line["name"] for line in page["absent"]] == ["AU3"]


def test_labels_that_are_answered_worse_than_never_are_counted() -> None:
    truth = [[1, 0, 1], [0, 0, 0], [0, 1, np.nan], [0, 0, np.nan]]
    p = [[0.9, 0.9, 0.1], [0.1, 0.9, 0.1], [0.1, 0.1, 0.9], [0.1, 0.1, 0.9]]
    _, page = shown(truth, p)  # right; worse; as good as never
    assert (page["beaten"], page["n_rated"], page["known"]) == (2, 3, "10 of 12")
    dots = {text.split(":")[0]: (x, y) for _, x, y, text in page["beside_never"].dots}
    chart = page["beside_never"]
    assert dots["AU0"] == (chart.across(0.75), chart.up(1.0))
    assert dots["AU1"] == (chart.across(0.75), chart.up(0.25))


def test_what_goes_together_is_of_the_same_items_in_truth_and_answers() -> None:
    truth = [[1, 1], [1, 0], [1, np.nan], [0, 1]]
    p = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.9], [0.9, 0.9]]
    _, page = shown(truth, p)
    assert page["truth"][0][1][1].text == "50"  # of two items with the first of which the second is known
    assert page["answers"][0][1][1].text == "33"
    assert page["answers"][0][1][1].said == "1 of 3"
    assert page["answers"][0][1][0].truth, "on the diagonal, how often it is there"
    assert page["unknown_pairs"] == "1 of 4 (25.0 %)"
    assert page["apart"] == "AU0 where AU1 is: truth 50.0 %, answers 100.0 %"


def test_a_matrix_has_the_labels_that_are_there_most_often() -> None:
    n = MOST + 5
    truth = np.tril(np.ones((n, n)))  # the first label is in every item, the last in one
    _, page = shown(truth, truth)
    assert [name for name, _ in page["truth"]] == [f"AU{i}" for i in range(MOST)]
    assert page["n_hidden"] == 5


def test_an_item_says_what_is_missed_and_what_is_not_there() -> None:
    truth, p = [[1, 1, 0, np.nan]], [[0.9, 0.1, 0.8, 0.9]]
    found, _ = shown(truth, p)
    assert found.said(frame(truth, p).iloc[0].to_dict()) == [
        ("found", "1"), ("missed", "AU1"), ("said wrongly", "AU2")
    ]  # fmt: skip
