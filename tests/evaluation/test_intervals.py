import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from fer_lab import evaluation
from fer_lab.errors import DataError
from fer_lab.evaluation.metrics import OVERALL

METRICS = {"accuracy": evaluation.accuracy, "macro_f1": evaluation.macro_f1, "uar": evaluation.uar}


def answers(right: np.ndarray, subjects: list[str | None]) -> pd.DataFrame:
    """Two classes; item i is answered rightly where ``right[i]``."""
    n = len(right)
    label = np.arange(n) % 2
    p1 = np.where(right, label, 1 - label)
    frame = pd.DataFrame({"item": range(n), "video": range(n), "subject": subjects, "part": "test", "epoch": 0})
    return frame.assign(label=label, p0=(1 - p1).astype(np.float16), p1=p1.astype(np.float16))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12), st.integers(1, 4), st.booleans())
def test_an_interval_is_ordered_bounded_and_deterministic(seed, people, seeds, named):
    rng = np.random.default_rng(seed)
    subjects = [f"s{i % people}" if named else None for i in range(36)]
    frames = [answers(rng.random(36) < 0.6, subjects) for _ in range(seeds)]
    found = evaluation.intervals(frames, METRICS, resamples=200)
    assert found == evaluation.intervals(frames, METRICS, resamples=200)
    for interval in found.values():
        assert 0 <= interval.low <= interval.inner_low <= interval.inner_high <= interval.high <= 1
        assert interval.n_subjects == (people if named else 0)
        assert interval.few_subjects == (named and people < 10)
    right = [float((evaluation.predictions(f) == f["label"]).mean()) for f in frames]
    assert found["accuracy"].mean == pytest.approx(np.mean(right))


def test_items_of_a_subject_stay_together():
    """Subjects who are all right or all wrong: the interval is that of 8 throws, not of 400."""
    right = np.repeat([True, False] * 4, 50)
    subjects = [f"s{i // 50}" for i in range(400)]
    together = evaluation.intervals([answers(right, subjects)], METRICS)["accuracy"]
    apart = evaluation.intervals([answers(right, [None] * 400)], METRICS)["accuracy"]
    assert together.high - together.low > 4 * (apart.high - apart.low)


def test_seeds_count_too():
    right = np.arange(400) < 200
    same = evaluation.intervals([answers(right, [None] * 400)] * 3, METRICS)["accuracy"]
    other = [answers(np.arange(400) < n, [None] * 400) for n in (100, 200, 300)]
    different = evaluation.intervals(other, METRICS)["accuracy"]
    assert different.mean == pytest.approx(same.mean)
    assert different.high - different.low > 2 * (same.high - same.low)


def test_a_single_seed_tells_nothing_about_others():
    """Its interval is that of the network trained: the same as if every seed had given the same answers."""
    right, subjects = np.arange(200) % 10 < 6, [f"s{i // 10}" for i in range(200)]
    one, three = (evaluation.intervals([answers(right, subjects)] * n, METRICS)["uar"] for n in (1, 3))
    assert (one.low, one.high) == pytest.approx((three.low, three.high), abs=0.01)


@pytest.mark.parametrize("people", [8, 40])
def test_all_right_does_not_mean_that_all_are(people):
    """The exact interval of Clopper & Pearson 1934 for that many of that many; never one of no width."""
    subjects = [f"s{i % people}" for i in range(4 * people)]
    perfect, hopeless = (answers(np.full(4 * people, value), subjects) for value in (True, False))
    exact = binomtest(people, people).proportion_ci(0.95, method="exact")
    found = evaluation.intervals([perfect] * 2, METRICS)
    for interval in found.values():
        assert (interval.mean, interval.high) == (1, 1)
        assert interval.low == pytest.approx(exact.low)
    none = evaluation.intervals([hopeless] * 2, METRICS)["accuracy"]
    assert (none.mean, none.low) == (0, 0)
    assert none.high == pytest.approx(1 - exact.low)


def test_constant_answers_have_an_interval():
    frame = answers(np.arange(80) % 2 == 0, [f"s{i // 4}" for i in range(80)])  # always class 0
    for interval in evaluation.intervals([frame] * 3, OVERALL).values():
        assert interval.low <= interval.mean < interval.high
        assert interval.high - interval.low < 0.4


def test_a_class_of_a_single_person_has_a_wide_interval():
    """Replicates without that person have no recall of it, all others the same one: that is no certainty."""
    frame = answers(np.ones(80, dtype=bool), [f"s{i // 4}" for i in range(80)])
    frame.loc[frame["subject"] != "s3", ["label", "p0", "p1"]] = (0, 1, 0)
    found = evaluation.intervals([frame], {"r": evaluation.metric("recall", "b", ("a", "b"))})["r"]
    assert (found.mean, found.high) == (1, 1)
    assert found.low < 0.1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(1, 3), st.sampled_from(["any", "right", "wrong", "one"]))
def test_few_data_give_an_interval_around_the_mean(seed, items, seeds, kind):
    rng = np.random.default_rng(seed)
    given = {"any": rng.random(items) < 0.5, "right": rng.random(items) < 2, "wrong": rng.random(items) > 2}
    right = given.get(kind, np.arange(items) % 2 == 0)  # one: always the first class
    for interval in evaluation.intervals([answers(right, [None] * items)] * seeds, OVERALL, resamples=100).values():
        if not np.isnan(interval.mean):
            assert interval.low <= interval.inner_low <= interval.mean <= interval.inner_high <= interval.high
            assert interval.low < interval.high


def test_a_number_of_items_keeps_its_size():
    """Replicates have a unit less, and are scaled: what counts items stays a count of all of them."""
    support = {"n": evaluation.metric("support", "macro", ("a", "b"))}
    found = evaluation.intervals([answers(np.arange(60) % 3 > 0, [f"s{i % 6}" for i in range(60)])], support)["n"]
    assert (found.mean, found.low, found.high) == (60, 60, 60)


def test_undefined_scores_give_an_undefined_interval():
    frame = answers(np.ones(20, dtype=bool), [f"s{i % 5}" for i in range(20)])
    frame.loc[3, "p1"] = np.nan
    for interval in evaluation.intervals([frame, frame], METRICS).values():
        assert np.isnan([interval.mean, interval.low, interval.high]).all()


def test_seeds_with_other_items_are_refused():
    frame = answers(np.ones(20, dtype=bool), [None] * 20)
    with pytest.raises(DataError, match="different items"):
        evaluation.intervals([frame, frame.iloc[1:]], METRICS)
    with pytest.raises(DataError, match="no scores"):
        evaluation.intervals([], METRICS)


def test_evaluation_and_tables_do_not_import_torch():
    code = "import sys, fer_lab.evaluation, fer_lab.tables, fer_lab.tables.figures; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_difference_is_paired_by_subject_and_seed() -> None:
    def scores(seed: int, skill: float) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        n, hard = 240, np.repeat(np.arange(12), 20) % 2
        label = rng.integers(0, 3, n)
        right = rng.random(n) < np.where(hard, skill - 0.4, skill)
        frame = pd.DataFrame({"item": range(n), "video": [f"v{i}" for i in range(n)]})
        frame = frame.assign(subject=[f"s{i // 20}" for i in range(n)], part="test", epoch=0, label=label)
        frame[["p0", "p1", "p2"]] = np.eye(3)[np.where(right, label, (label + 1) % 3)]
        return frame

    better, worse = [scores(s, 0.9) for s in range(3)], [scores(s, 0.6) for s in range(3)]
    found = evaluation.difference(better, worse, evaluation.accuracy)
    means = [np.mean([evaluation.accuracy(evaluation.confusion(one)) for one in cell]) for cell in (better, worse)]
    assert found.mean == pytest.approx(means[0] - means[1])
    assert 0 < found.low < found.mean < found.high
    same = evaluation.difference(better, better, evaluation.accuracy)
    assert (same.mean, same.low, same.high) == (0, 0, 0)
    one, other = (evaluation.intervals(scores, {"a": evaluation.accuracy})["a"] for scores in (better, worse))
    assert found.high - found.low < (one.high - one.low) + (other.high - other.low)
    with pytest.raises(DataError, match="seeds"):
        evaluation.difference(better, worse[:2], evaluation.accuracy)


def test_one_subject_has_a_mean_and_no_interval():
    found = evaluation.intervals([answers(np.arange(8) < 6, ["a"] * 8)], METRICS)["accuracy"]
    assert found.mean == 0.75
    assert np.isnan([found.low, found.high]).all()


def test_a_difference_is_of_the_videos_that_both_cells_have():
    """The second cell lacks what is hard for both, of every person: it is no better for that."""
    subjects = [f"s{i % 6}" for i in range(60)]
    right = np.arange(60) % 5 > 0
    whole = answers(right, subjects)
    easy = whole[right]
    assert evaluation.difference([whole], [easy], evaluation.accuracy).mean == 0
    effect = evaluation.minus(evaluation.accuracy)
    assert evaluation.contrasts(([whole], [easy]), {"": effect})[""].mean == pytest.approx(-0.2)


def test_cells_of_other_data_leave_each_other_whole():
    first, second, third = {"a", "b"}, {"b", "c"}, {"x"}
    assert evaluation.unshared([first, second, third]) == [{"a"}, {"c"}, set()]
    assert evaluation.unshared([first, first]) == [set(), set()]
