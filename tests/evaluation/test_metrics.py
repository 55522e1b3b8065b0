import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    classification_report,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
)

from fer_lab import evaluation
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.metrics import OVERALL, costs_of_missing, expected_cost


def scores_of(truth, answer, classes: int, **columns) -> pd.DataFrame:
    """Scores whose most probable class is the answer."""
    n = len(truth)
    frame = pd.DataFrame({"item": range(n), "video": [f"v{i}" for i in range(n)], "subject": None})
    frame = frame.assign(part="test", epoch=0, label=truth, **columns)
    p = np.full((n, classes), 0.1 / classes)
    p[np.arange(n), answer] += 0.9
    frame[[f"p{i}" for i in range(classes)]] = p.astype(np.float16)
    return frame


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n", "classes"), [(200, 7), (12, 12), (3, 4)])
def test_metrics_agree_with_scikit_learn(seed, n, classes):
    rng = np.random.default_rng(seed)
    truth, answer = rng.integers(0, classes, (2, n))
    matrix = evaluation.confusion(scores_of(truth, answer, classes))
    assert (matrix == confusion_matrix(truth, answer, labels=range(classes))).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = accuracy_score(truth, answer), f1_score(truth, answer, average="macro")
        recall = balanced_accuracy_score(truth, answer)
    assert [float(m(matrix)) for m in (evaluation.accuracy, evaluation.macro_f1)] == pytest.approx(list(wanted))
    assert float(evaluation.uar(matrix)) == pytest.approx(recall)
    assert float(evaluation.kappa(matrix)) == pytest.approx(cohen_kappa_score(truth, answer))


def test_report_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    truth, answer = rng.integers(0, 5, (2, 300))
    names = list("abcde")
    ours = evaluation.report(evaluation.confusion(scores_of(truth, answer, 5)), names)
    theirs = classification_report(truth, answer, target_names=names, output_dict=True)
    for row in [*names, "macro", "weighted"]:
        other = theirs[row if row in names else f"{row} avg"]
        assert list(ours.loc[row]) == pytest.approx(
            [other[key] for key in ("precision", "recall", "f1-score", "support")]
        )


def test_metrics_work_on_stacks_of_matrices():
    stack = np.random.default_rng(0).integers(0, 9, (4, 3, 6, 6)).astype(float)
    for metric in OVERALL.values():
        assert metric(stack).shape == (4, 3)
        assert metric(stack)[2, 1] == pytest.approx(float(metric(stack[2, 1])))


def test_scores_that_are_not_numbers_are_undefined_not_zero():
    scores = scores_of([0, 1, 1], [0, 1, 1], 2)
    scores.loc[1, "p0"] = np.nan
    matrix = evaluation.confusion(scores)
    names = ("a", "b")
    assert np.isnan(evaluation.report(matrix, names).to_numpy()).all()
    assert all(np.isnan(m(matrix)) for m in OVERALL.values())


def test_kappa_is_zero_for_guessing_and_undefined_for_a_single_class():
    constant = np.array([[5.0, 0.0], [3.0, 0.0]])
    assert float(evaluation.kappa(constant)) == 0
    assert np.isnan(evaluation.kappa(np.array([[4.0, 0.0], [0.0, 0.0]])))
    assert float(evaluation.kappa(np.array([[0.0, 4.0], [4.0, 0.0]]))) == -1


def test_nothing_unknown_is_taken():
    with pytest.raises(ConfigError, match="anger"):
        evaluation.metric("recall", "angr", ("anger", "fear"))
    with pytest.raises(ConfigError, match="macro_f1"):
        evaluation.metric("macro_f2", None, ())
    with pytest.raises(DataError, match="video"):
        evaluation.predictions(scores_of([0], [0], 2).drop(columns="video"))


def test_baselines():
    scores, train = scores_of([0, 1, 1, 2], [0, 0, 0, 0], 3), scores_of([2, 2, 0], [0, 0, 0], 3)
    assert evaluation.target_of(scores).chance == pytest.approx(1 / 3)
    constant = evaluation.constant_answer(scores, train)
    assert float(evaluation.accuracy(evaluation.confusion(constant))) == pytest.approx(1 / 4)
    nothing = evaluation.constant_answer(scores, train.iloc[:0])
    assert np.isnan(evaluation.accuracy(evaluation.confusion(nothing)))
    assert evaluation.n_subjects(scores) == 0
    assert evaluation.n_subjects(scores.assign(subject=["a", "b", "a", None])) == 2


def test_the_expected_cost_is_the_mean_of_what_each_answer_costs():
    truth, answer = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 2, 1, 0, 2])
    costs = np.array([[0.0, 2.0, 5.0], [1.0, 0.0, 3.0], [4.0, 6.0, 0.0]])
    matrix = evaluation.confusion(scores_of(truth, answer, 3))
    assert float(expected_cost(costs)(matrix)) == pytest.approx(costs[truth, answer].mean())
    assert expected_cost(costs)(np.stack([matrix, 2 * matrix])) == pytest.approx([8 / 6, 8 / 6])
    assert np.isnan(expected_cost(costs)(np.full((3, 3), np.nan)))


def test_missing_a_class_costs_the_more_the_rarer_it_is_in_training():
    costs = costs_of_missing([10, 20, 30])
    assert costs[0] == pytest.approx([0, 2, 2])
    assert np.diag(costs).tolist() == [0, 0, 0]
    assert (costs.max(axis=1) * [10, 20, 30]).sum() == pytest.approx(60)  # 1 a training item on average
    matrix = np.array([[5.0, 3.0], [1.0, 7.0]])
    assert float(expected_cost(costs_of_missing([8, 8]))(matrix)) == pytest.approx(
        1 - float(evaluation.accuracy(matrix))
    )
    assert np.isnan(expected_cost(costs_of_missing([8, 0]))(matrix))
