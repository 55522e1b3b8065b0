"""What holds for every kind of target, and the metrics of labels and values against other implementations."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from fer_lab import evaluation
from fer_lab.errors import ConfigError, DataError
from fer_lab.tasks.action_units import ActionUnits
from fer_lab.tasks.affect import Affect
from fer_lab.tasks.classification import Classification
from tests.evaluation.kinds import KINDS, NAMES, make_scores

every_kind = pytest.mark.parametrize("kind", KINDS)


def value(frame: pd.DataFrame, name: str, of: str | None = None) -> float:
    target = evaluation.make_target(evaluation.target_of(frame).kind, NAMES[evaluation.target_of(frame).kind])
    return float(target.metric(name, of)(target.total(frame)))


@every_kind
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), groups=st.integers(1, 9))
def test_sums_of_groups_add_up_to_those_of_all(kind, seed, groups):
    frame = make_scores(kind, seed)
    target = evaluation.target_of(frame)
    group = np.random.default_rng(seed).integers(0, groups, len(frame))
    sums = target.sums(frame, group, groups + 1)
    assert sums.shape == (groups + 1, *target.shape)
    assert sums.sum(axis=0) == pytest.approx(target.total(frame))
    assert not sums[groups].any()  # a group without items
    assert target.items(sums).sum() <= len(frame)


@every_kind
def test_a_frame_tells_its_kind_and_what_it_lacks(kind):
    frame = make_scores(kind)
    target = evaluation.target_of(frame)
    assert (target.kind, len(target.names)) == (kind, len(NAMES[kind]))
    with pytest.raises(DataError, match="video"):
        evaluation.target_of(frame.drop(columns="video"))
    with pytest.raises(DataError, match="0"):
        evaluation.target_of(frame.drop(columns=target.answer_columns[0]))


@every_kind
def test_metrics_keep_within_their_bounds_and_work_on_stacks(kind):
    target = evaluation.target_of(make_scores(kind))
    stack = np.stack([[target.total(make_scores(kind, 3 * i + j, 0.2 * j)) for j in range(3)] for i in range(4)])
    for name, metric in target.overall.items():
        values = metric(stack)
        assert values.shape == (4, 3)
        assert ((metric.low <= values) & (values <= metric.high)).all(), name
        assert values[2, 1] == pytest.approx(float(metric(stack[2, 1])))
    assert next(iter(target.overall)) == target.main


@every_kind
@pytest.mark.parametrize("people", [12, None])
def test_intervals_hold_the_mean_and_are_deterministic(kind, people):
    frames = [make_scores(kind, seed, people=people) for seed in range(3)]
    target = evaluation.target_of(frames[0])
    found = evaluation.intervals(frames, target.overall, resamples=300)
    assert found == evaluation.intervals(frames, target.overall, resamples=300)
    for name, interval in found.items():
        by_seed = [float(target.overall[name](target.total(frame))) for frame in frames]
        assert interval.mean == pytest.approx(np.mean(by_seed))
        assert interval.low < interval.mean < interval.high
        assert interval.n_subjects == (people or 0)


@every_kind
def test_an_undefined_answer_makes_everything_undefined(kind):
    frame = make_scores(kind)
    target = evaluation.target_of(frame)
    frame.loc[7, target.answer_columns[-1]] = np.nan
    for interval in evaluation.intervals([frame], target.overall).values():
        assert np.isnan([interval.mean, interval.low, interval.high]).all()
    assert np.isnan(evaluation.vote(frame, "mean")[target.answer_columns].to_numpy()).sum() >= 1
    assert np.isnan(evaluation.paired_test([frame], [make_scores(kind, 1)], target.main_metric))


@every_kind
def test_what_is_plainly_different_is_found_and_what_is_alike_is_not(kind):
    good, bad, alike = ([make_scores(kind, seed, skill) for seed in seeds]
                        for seeds, skill in ((range(3), 0.9), (range(3, 6), 0.3), (range(6, 9), 0.9)))  # fmt: skip
    for name, metric in evaluation.target_of(good[0]).overall.items():
        sign = -1 if name == "rmse" else 1
        found = evaluation.difference(good, bad, metric)
        assert min(sign * found.low, sign * found.high) > 0
        assert evaluation.paired_test(good, bad, metric, draws=2000) < 0.01
    main = evaluation.target_of(good[0]).main_metric
    assert evaluation.paired_test(good, good, main) == 1
    assert evaluation.paired_test(good, alike, main, draws=2000) > 0.05
    nothing = evaluation.difference(good, good, main)
    assert (nothing.mean, nothing.low, nothing.high) == (0, 0, 0)
    assert evaluation.seed_test(good * 3, bad * 3, main) < 0.01


def test_cells_of_other_kinds_are_not_compared():
    with pytest.raises(DataError, match="3 classes and 2 values"):
        evaluation.paired_test([make_scores("classes")], [make_scores("values")], evaluation.accuracy)


@every_kind
def test_groups_differ_in_any_kind(kind):
    frames = [make_scores(kind, seed, 0.95, people=24, items=384) for seed in range(2)]
    video = frames[0]["video"].drop_duplicates()
    group = pd.Series(np.where(frames[0].drop_duplicates("video")["subject"] < "s12", "a", "b"), index=video)
    worse = [frame.copy() for frame in frames]
    target = evaluation.target_of(frames[0])
    for frame in worse:
        hard = frame["video"].map(group) == "b"
        answers = frame.loc[hard, target.answer_columns].to_numpy()
        frame.loc[hard, target.answer_columns] = np.random.default_rng(0).permutation(answers)
    found = evaluation.by_group(worse, pd.DataFrame({"light": group}), draws=300).set_index("group")
    assert found.loc["a", "mean"] > found.loc["b", "mean"]
    assert found["p"].iloc[0] < 0.05


@every_kind
def test_the_best_constant_answer_is_that_of_training(kind):
    frame, train = make_scores(kind), make_scores(kind, 1)
    constant = evaluation.constant_answer(frame, train)
    target = evaluation.target_of(frame)
    assert (constant[target.answer_columns].nunique() == 1).all()
    assert float(target.main_metric(target.total(constant))) < float(target.main_metric(target.total(frame)))
    nothing = evaluation.constant_answer(frame, train.iloc[:0])
    assert np.isnan(target.main_metric(target.total(nothing)))


@pytest.mark.parametrize("kind", ["labels", "values"])
def test_unknown_ones_count_nowhere(kind):
    """A frame of which some are unknown has the numbers of one in which those were never asked."""
    frame = make_scores(kind, unknown=0.3)
    for i, name in enumerate(NAMES[kind]):
        known = frame[frame[f"y{i}"].notna()]
        for metric in evaluation.make_target(kind, NAMES[kind]).overall:
            if metric in ("accuracy", "ccc", "rmse"):
                assert value(frame, metric, name) == pytest.approx(value(known, metric, name), abs=1e-14)
    nothing = frame.assign(**{f"y{i}": np.nan for i in range(len(NAMES[kind]))})
    target = evaluation.target_of(frame)
    both = pd.concat([frame, nothing.assign(item=nothing["item"] + 1000)], ignore_index=True)
    for name, metric in target.overall.items():
        assert float(metric(target.total(both))) == pytest.approx(float(metric(target.total(frame))), abs=1e-13), name
        assert np.isnan(metric(target.total(nothing))), name


@pytest.mark.parametrize("unknown", [0.0, 0.3])
def test_labels_agree_with_scikit_learn(unknown):
    frame = make_scores("labels", unknown=unknown)
    truth, answer, f1 = [], [], []
    for i, name in enumerate(NAMES["labels"]):
        known = frame[frame[f"y{i}"].notna()]
        y, p = known[f"y{i}"].to_numpy(int), (known[f"p{i}"] >= 0.5).to_numpy(int)
        wanted = {"accuracy": sklearn.accuracy_score, "precision": sklearn.precision_score,
                  "recall": sklearn.recall_score, "f1": sklearn.f1_score,
                  "balanced": sklearn.balanced_accuracy_score, "support": lambda y, p: y.sum(),
                  "absent": lambda y, p: sklearn.accuracy_score(y, np.zeros_like(y))}  # fmt: skip
        counted = [value(frame, count, name) for count in ("tn", "fp", "fn", "tp")]
        assert counted == sklearn.confusion_matrix(y, p, labels=[0, 1]).ravel().tolist()
        for metric, of in wanted.items():
            assert value(frame, metric, name) == pytest.approx(of(y, p), abs=1e-12), (metric, name)
        truth, answer, f1 = [*truth, *y], [*answer, *p], [*f1, sklearn.f1_score(y, p)]
    assert value(frame, "macro_f1") == pytest.approx(np.mean(f1), abs=1e-12)
    assert value(frame, "micro_f1") == pytest.approx(sklearn.f1_score(truth, answer), abs=1e-12)
    assert value(frame, "accuracy") == pytest.approx(sklearn.accuracy_score(truth, answer), abs=1e-12)
    for metric, of in (("precision", sklearn.precision_score), ("recall", sklearn.recall_score),
                       ("balanced", sklearn.balanced_accuracy_score)):  # fmt: skip
        assert value(frame, metric, "pooled") == pytest.approx(of(truth, answer), abs=1e-12), metric
    area = sklearn.roc_auc_score(truth, answer)  # of what is answered at the threshold, not of the probabilities
    assert value(frame, "balanced", "pooled") == pytest.approx(area, abs=1e-12)
    if not unknown:
        y, p = (frame.filter(regex=rf"^{letter}\d").to_numpy() >= 0.5 for letter in "yp")
        assert value(frame, "exact") == pytest.approx(sklearn.accuracy_score(y, p), abs=1e-12)


def test_the_score_of_the_challenge_is_half_accuracy_and_half_f_scores():
    frame = make_scores("labels")
    accuracy, f_scores = [], []
    for i in range(len(NAMES["labels"])):
        known = frame[frame[f"y{i}"].notna()]
        y, p = known[f"y{i}"].to_numpy(int), (known[f"p{i}"] >= 0.5).to_numpy(int)
        accuracy.append(sklearn.accuracy_score(y, p))
        f_scores.append(np.mean([sklearn.fbeta_score(y, p, beta=beta) for beta in (0.5, 1, 2)]))
    wanted = (np.mean(accuracy) + np.mean(f_scores)) / 2
    assert value(frame, "challenge") == pytest.approx(wanted, abs=1e-12)
    nothing = evaluation.decided(frame, np.full(len(NAMES["labels"]), np.inf))
    assert value(nothing, "challenge") == pytest.approx(value(frame, "absent", "macro") / 2, abs=1e-12)


def test_a_label_that_no_training_item_tells_of_is_answered_as_absent():
    frame = make_scores("labels")
    train = make_scores("labels", 1).assign(y3=np.nan)
    constant = evaluation.constant_answer(frame, train)
    assert (constant["p3"] == 0).all()
    assert not np.isnan(value(constant, "macro_f1"))


@pytest.mark.parametrize("kind", ["labels", "values"])
def test_the_interval_of_the_main_metric_holds_the_truth(kind):
    """In about 95 of 100 cells: 33 of 40 is four standard deviations away."""
    target = evaluation.target_of(make_scores(kind))
    many = make_scores(kind, 999, items=40_000, people=None, unknown=0)
    truth = float(target.main_metric(target.total(many)))
    held = 0
    for draw in range(40):
        rows = np.random.default_rng(draw).integers(0, len(many), 200)
        drawn = many.iloc[rows].assign(item=np.arange(200), video=np.arange(200))
        found = evaluation.intervals([drawn], {"": target.main_metric}, resamples=400)[""]
        held += found.low <= truth <= found.high
    assert held >= 33


@every_kind
def test_rules_of_votes_are_those_of_the_kind(kind):
    frame = make_scores(kind)
    for rule in evaluation.ALL_RULES:
        if rule in {**evaluation.RULES[kind], **evaluation.votes.FURTHER.get(kind, {})}:
            voted = evaluation.vote(frame, rule)
            assert list(voted.columns) == list(frame.columns)
            assert len(voted) == frame["video"].nunique()
            assert evaluation.target_of(voted).kind == kind
        else:
            with pytest.raises(ConfigError, match=f"{rule}.*{kind}"):
                evaluation.vote(frame, rule)


def test_the_truth_of_a_video_is_that_of_its_known_items():
    frame = make_scores("labels", items=4).assign(y0=[1, 0, np.nan, np.nan], y1=[1, 0, 0, np.nan], y2=np.nan, p0=0.4)
    voted = evaluation.vote(frame, "majority").iloc[0]
    assert (voted["y0"], voted["y1"], voted["p0"]) == (1, 0, 0)
    assert np.isnan(voted["y2"])
    values = make_scores("values", items=4).assign(y0=[1, 0, np.nan, np.nan], v0=[0.0, 0.2, 0.4, 0.6])
    voted = evaluation.vote(values, "mean").iloc[0]
    assert (voted["y0"], voted["v0"]) == pytest.approx((0.5, 0.3))


@pytest.mark.parametrize("kind", ["labels", "values"])
def test_what_needs_a_single_answer_is_refused(kind):
    frames = [make_scores(kind)]
    asked = (
        lambda: evaluation.confusion(frames[0]),
        lambda: evaluation.per_class(frames, NAMES[kind]),
        lambda: evaluation.per_subject(frames),
        lambda: evaluation.most_confident_mistakes(frames[0], 3),
        lambda: evaluation.mcnemar(frames, frames),
        lambda: evaluation.confusion_difference(frames, frames),
    )
    for ask in asked:
        with pytest.raises(DataError, match=kind):
            ask()


@every_kind
def test_nothing_unknown_is_taken(kind):
    target = evaluation.make_target(kind, NAMES[kind])
    with pytest.raises(ConfigError, match=f"{kind} have no metric 'nothing'"):
        target.metric("nothing")
    with pytest.raises(ConfigError, match=NAMES[kind][0]):
        target.metric({"classes": "recall", "labels": "f1", "values": "ccc"}[kind], "angr")
    with pytest.raises(ConfigError, match="labels"):
        evaluation.make_target("label", ("a",))


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(DataError, match="none of 3 classes"):
        evaluation.confusion(make_scores("classes").assign(label=3))


@every_kind
def test_the_loss_is_that_of_training_over_what_is_known(kind):
    scores, target = make_scores(kind), evaluation.make_target(kind, NAMES[kind])
    truth, answers = torch.tensor(target.truth(scores)), torch.tensor(target.answers(scores))
    loss = {"classes": Classification, "labels": ActionUnits, "values": Affect}[kind].usual_loss(None)
    if kind == "classes":
        truth, answers = truth[:, 0].long(), answers.log()
    elif kind == "labels":
        answers = answers.logit()
    assert target.loss(scores) == pytest.approx(float(loss(answers, truth)))
    assert math.isnan(target.loss(scores.iloc[:0]))
    never = scores.assign(**{f"{target.answer}{place}": 0.0 for place in range(len(target.names))})
    assert math.isfinite(target.loss(never))
