"""Thresholds of labels: the best F1 there is, and what is counted at them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from fer_lab import evaluation
from fer_lab.errors import DataError
from tests.evaluation.kinds import NAMES, make_scores
from tests.evaluation.test_ranks import frame_of

TARGET = evaluation.make_target("labels", NAMES["labels"])


@settings(max_examples=60, deadline=None)
@given(items=st.lists(st.tuples(st.sampled_from([0.0, 1.0, np.nan]), st.integers(0, 8)), min_size=1, max_size=20))
def test_no_threshold_has_a_better_f1_and_of_equals_it_is_next_to_a_half(items: list[tuple[float, int]]) -> None:
    truth, answers = np.array(items).T / [[1], [8]]
    known = ~np.isnan(truth)
    y, p = truth[known], answers[known]
    found = evaluation.thresholds(frame_of(truth[:, None], answers[:, None]))[0]
    if not (y == 1).any():
        assert found == 0.5
        return
    tried = np.array(sorted({*p, 0.5}))
    values = np.array([f1_score(y, p >= one, zero_division=0) for one in tried])
    best = tried[values > values.max() - 1e-12]
    assert found in best
    assert abs(found - 0.5) == np.abs(best - 0.5).min()
    assert found <= 0.5 or 1 - found not in best  # the lower of two as near


def test_what_is_decided_is_counted_at_the_thresholds() -> None:
    frame, validation = make_scores("labels"), make_scores("labels", 1)
    least = evaluation.thresholds(validation)
    decided = evaluation.decided(frame, least)
    assert len(set(least)) > 3
    for place, name in enumerate(NAMES["labels"]):
        known = frame[f"y{place}"].notna()
        wanted = f1_score(frame.loc[known, f"y{place}"], frame.loc[known, f"p{place}"] >= least[place])
        assert evaluation.value_of(decided, TARGET.metric("f1", name)) == pytest.approx(wanted, abs=1e-12)
        own = evaluation.value_of(validation, TARGET.metric("f1", name))
        chosen = evaluation.value_of(evaluation.decided(validation, least), TARGET.metric("f1", name))
        assert chosen >= own  # on what they were chosen on
    assert evaluation.decided(frame, np.full(12, np.inf)).filter(regex=r"^p\d").to_numpy().max() == 0


def test_undefined_answers_stay_undefined() -> None:
    frame = make_scores("labels")
    frame.loc[3, "p2"] = np.nan
    assert np.isnan(evaluation.thresholds(frame)).all()
    assert np.isnan(evaluation.decided(frame, np.full(12, 0.5)).loc[3, "p2"])
    assert evaluation.decided(make_scores("labels"), np.full(12, np.nan))["p0"].isna().all()


@pytest.mark.parametrize("kind", ["classes", "values"])
def test_only_labels_have_thresholds(kind: str) -> None:
    with pytest.raises(DataError, match=kind):
        evaluation.thresholds(make_scores(kind))
