"""Areas under curves against scikit-learn, and their intervals and tests, which are those of any other metric."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

from fer_lab import evaluation
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.arrays import Floats, Ints
from fer_lab.evaluation.ranks import ranks
from tests.evaluation.kinds import NAMES, make_scores

TARGET = evaluation.make_target("labels", NAMES["labels"])
SKLEARN = {"roc_auc": roc_auc_score, "average_precision": average_precision_score}
MACRO = {name: TARGET.metric(name, "macro") for name in SKLEARN}
every_area = pytest.mark.parametrize("name", SKLEARN)


def frame_of(truth: Floats, answers: Floats, people: int | None = None) -> pd.DataFrame:
    """Scores of items (n, L), each a video, of people in turn."""
    rows = np.arange(len(truth))
    subject = [f"s{row % people}" if people else None for row in rows]
    frame = pd.DataFrame({"item": rows, "video": rows, "subject": subject, "part": "test", "epoch": 0})
    names = [f"{letter}{place}" for letter in "yp" for place in range(truth.shape[1])]
    return pd.concat([frame, pd.DataFrame(np.concatenate([truth, answers], axis=1), columns=names)], axis=1)


@every_area
@settings(max_examples=60, deadline=None)
@given(items=st.lists(st.tuples(st.sampled_from([0.0, 1.0, np.nan]), st.integers(0, 4)), min_size=1, max_size=30))
def test_areas_are_those_of_scikit_learn_whatever_ties_and_is_unknown(
    name: str, items: list[tuple[float, int]]
) -> None:
    truth, answers = np.array(items).T[:, :, None]
    found = evaluation.value_of(frame_of(truth, answers / 4), evaluation.make_target("labels", ["a"]).metric(name, "a"))
    known = ~np.isnan(truth)
    if len(np.unique(truth[known])) < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(SKLEARN[name](truth[known], answers[known]), abs=1e-12)


@every_area
def test_weights_of_units_are_sample_weights(name: str) -> None:
    frame, rng = make_scores("labels"), np.random.default_rng(0)
    truth, answers, unit = TARGET.truth(frame), TARGET.answers(frame).round(1), np.arange(len(frame)) // 4
    weights = rng.integers(0, 4, (5, unit.max() + 1)).astype(float)
    found = ranks([truth], [answers], [unit], unit.max() + 1).areas(weights)[:, 0, :, list(SKLEARN).index(name)]
    known = ~np.isnan(truth)
    for row, weight in enumerate(weights):
        for place in range(truth.shape[1]):
            own = known[:, place]
            args = truth[own, place], answers[own, place]
            assert found[row, place] == pytest.approx(SKLEARN[name](*args, sample_weight=weight[unit][own]), abs=1e-12)


@every_area
def test_the_mean_is_over_labels_that_have_an_area(name: str) -> None:
    frame = make_scores("labels").assign(y0=0.0, y1=np.nan)
    each = [evaluation.value_of(frame, TARGET.metric(name, label)) for label in NAMES["labels"]]
    assert np.isnan(each).tolist() == [True, True, *[False] * 10]
    assert evaluation.value_of(frame, MACRO[name]) == pytest.approx(np.nanmean(each), abs=1e-12)
    assert evaluation.value_of(frame, TARGET.metric("both_known")) == 10
    with pytest.raises(ConfigError, match="pooled"):
        TARGET.metric(name, "pooled")


@every_area
@pytest.mark.parametrize("people", [12, None])
def test_intervals_are_over_people_and_seeds(name: str, people: int | None) -> None:
    frames = [make_scores("labels", seed, people=people) for seed in range(3)]
    metrics = {**MACRO, "f1": TARGET.main_metric, "AU5": TARGET.metric(name, "AU5")}
    found = evaluation.intervals(frames, metrics, resamples=300)
    assert list(found) == list(metrics)
    assert found == evaluation.intervals(frames, metrics, resamples=300)
    for key, metric in metrics.items():
        assert found[key].mean == pytest.approx(np.mean([evaluation.value_of(frame, metric) for frame in frames]))
        assert found[key].low < found[key].mean < found[key].high
        assert (found[key].n_subjects, found[key].n_units) == (people or 0, people or 36)


@every_area
def test_what_is_plainly_different_is_found_and_what_is_alike_is_not(name: str) -> None:
    good, bad = (
        [make_scores("labels", seed, skill) for seed in seeds] for seeds, skill in ((range(2), 0.9), (range(2, 4), 0.3))
    )
    found = evaluation.difference(good, bad, MACRO[name], resamples=300)
    means = [np.mean([evaluation.value_of(frame, MACRO[name]) for frame in cell]) for cell in (good, bad)]
    assert found.mean == pytest.approx(means[0] - means[1])
    assert 0 < found.low < found.high
    assert evaluation.paired_test(good, bad, MACRO[name], draws=500) < 0.01
    assert evaluation.paired_test(good, good, MACRO[name], draws=500) == 1
    same = evaluation.difference(good, good, MACRO[name], resamples=100)
    assert (same.mean, same.low, same.high) == (0, 0, 0)
    assert evaluation.seed_test(good * 4, bad * 4, MACRO[name]) < 0.01
    with pytest.raises(DataError, match="2 and 1 seeds"):
        evaluation.paired_test(good, bad[:1], MACRO[name])


def test_people_are_swapped_whole_and_all_swaps_are_tried() -> None:
    """Of eight swaps of three people only none and all set the cells as far apart as they are."""
    truth = np.array([[1.0], [0], [1], [0], [1], [0]])
    right, wrong = (frame_of(truth, np.array(answers)[:, None]).assign(subject=list("aabbcc"))
                    for answers in ([0.9, 0.1, 0.8, 0.2, 0.7, 0.3], [0.1, 0.9, 0.2, 0.8, 0.3, 0.7]))  # fmt: skip
    metric = evaluation.make_target("labels", ["a"]).metric("roc_auc", "a")
    assert evaluation.paired_test([right], [wrong], metric) == 2 / 8


def test_an_undefined_answer_makes_areas_undefined() -> None:
    frame = make_scores("labels")
    frame.loc[7, "p3"] = np.nan
    for interval in evaluation.intervals([frame], MACRO).values():
        assert np.isnan([interval.mean, interval.low, interval.high]).all()
    assert np.isnan(evaluation.paired_test([frame], [make_scores("labels", 1)], MACRO["roc_auc"]))


def test_a_perfect_order_of_few_people_may_be_another_in_others() -> None:
    truth = np.tile([[1.0], [0.0]], (10, 1))
    found = evaluation.intervals([frame_of(truth, 0.2 + 0.6 * truth, people=10)], {"": evaluation.make_target(
        "labels", ["a"]).metric("roc_auc", "a")})[""]  # fmt: skip
    assert found.mean == found.high == 1
    assert 0.3 < found.low < 0.6  # (1 - q)^n = .025 of the five people who have it


def draw_people(rng: np.random.Generator, people: int, shift: float) -> tuple[Floats, Floats, Ints]:
    """Truth of a label, answers that it raises, and whose they are: people differ in both."""
    person = np.repeat(np.arange(people), 6)
    truth = (rng.random(len(person)) < rng.uniform(0.1, 0.6, people)[person]).astype(float)
    return truth, shift * truth + rng.normal(0, 0.5, people)[person] + rng.normal(0, 0.5, len(person)), person


@pytest.mark.parametrize("people", [50])
def test_the_interval_of_an_area_holds_the_truth(people: int) -> None:
    """In about 95 of 100 cells: 108 of 120 is two and a half standard deviations away."""
    shift, rng, held = 0.8, np.random.default_rng(5), 0
    metric = {"": evaluation.make_target("labels", ["a"]).metric("roc_auc", "a")}
    truth = norm.cdf(shift / np.sqrt(2 * 0.5))  # of an item of somebody against one of somebody else
    for _ in range(120):
        active, answers, person = draw_people(rng, people, shift)
        frame = frame_of(active[:, None], answers[:, None]).assign(subject=np.char.mod("s%d", person))
        found = evaluation.intervals([frame], metric, resamples=500)[""]
        held += found.low <= truth <= found.high
    assert held >= 108
