"""What a model is told to be sure of, and how well it answers, by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fer_lab import evaluation
from fer_lab.exporting.measures import by_name, calibration, least_sure, measured, thresholds
from fer_lab.ledger import Run
from tests.evaluation.kinds import KINDS, NAMES, make_scores
from tests.ledgers import write_run

ANSWERS = st.lists(st.tuples(st.integers(1, 20).map(lambda k: k / 20), st.booleans()), min_size=1, max_size=60)
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SHARES = st.sampled_from([0.02, 0.1, 0.3, 0.5, 1.0])


def split(answers: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return np.array([sure for sure, _ in answers]), np.array([right for _, right in answers])


@QUIET
@given(ANSWERS, SHARES)
def test_as_many_are_answered_as_may_be_with_no_more_of_them_wrong_than_stated(
    answers: list[tuple[float, bool]], error: float
) -> None:
    sure, right = split(answers)
    counts = [0]
    for lower in (0.0, *np.unique(sure)):
        answered = sure > lower
        allowed = answered.sum() * error >= 1 and (~right[answered]).sum() <= error * answered.sum()
        counts += [int(answered.sum())] if allowed else []
    above = least_sure(sure, right, error)
    assert (0 if above is None else (sure > above).sum()) == max(counts)
    assert above is None or not np.isin(above, sure)  # in the middle: half precision moves no answer over it


@QUIET
@given(ANSWERS, SHARES)
def test_the_order_of_items_does_not_matter(answers: list[tuple[float, bool]], error: float) -> None:
    assert least_sure(*split(answers), error) == least_sure(*split(answers[::-1]), error)
    assert least_sure(*split(answers), error) == least_sure(*split(sorted(answers)), error)


@QUIET
@given(ANSWERS)
def test_who_allows_more_errors_gets_more_answers(answers: list[tuple[float, bool]]) -> None:
    sure, right = split(answers)
    found = [least_sure(sure, right, error) for error in (0.1, 0.3, 1.0)]
    counts = [0 if above is None else int((sure > above).sum()) for above in found]
    assert counts == sorted(counts)
    assert found[-1] == 0.0


def run_of(kind: str, folder: Path) -> Run:
    test, val = make_scores(kind), make_scores(kind, seed=1)
    return write_run(folder, kind, [pd.concat([val.assign(part="val"), test], ignore_index=True)])


@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_those_of_the_statistics_with_their_intervals(kind: str, tmp_path: Path) -> None:
    run = run_of(kind, tmp_path)
    scores, found, names = run.scores("test"), list(measured(run)), list(by_name(run))
    assert found[0].name == run.target.main
    assert found[0].value == pytest.approx(evaluation.value_of(scores, run.target.main_metric))
    assert found[0].low < found[0].value < found[0].high  # type: ignore[operator]
    assert [one.name for one in names] == list(NAMES[kind])
    known = scores[run.target.truth_columns].notna().sum().tolist()
    assert [one.items for one in names] == (scores["label"].value_counts(sort=False).sort_index().tolist()
                                            if kind == "classes" else known)  # fmt: skip
    assert set(calibration(run)) == (set() if kind == "values" else {"ece", "by_chance"})


def test_each_threshold_says_what_it_comes_to_on_both_parts(tmp_path: Path) -> None:
    run = run_of("classes", tmp_path)
    found = list(thresholds(run))
    assert [one.error for one in found][-1] is None
    test = run.scores("test")
    for one in found:
        sure = test[["p0", "p1", "p2"]].max(axis=1)
        answered = test[sure > one.above]
        right = answered[["p0", "p1", "p2"]].to_numpy().argmax(1) == answered["label"]
        assert one.answered == pytest.approx(len(answered) / len(test))
        assert one.wrong == pytest.approx(1 - right.mean())
        assert one.low <= one.wrong <= one.high  # type: ignore[operator]
        assert one.error is None or one.validated["wrong"] <= one.error  # type: ignore[operator]
    assert list(thresholds(run_of("labels", tmp_path / "labels"))) == []
