"""Answers read against a person's own neutral face, and what that was measured to do."""

from __future__ import annotations

import numpy as np
import pytest
from pandas import DataFrame

from fer_lab.errors import ConfigError
from fer_lab.evaluation import Target, make_target
from fer_lab.inference.baseline import against, can, expressiveness, measured, usual_answer

NAMES = ("happiness", "neutral", "sadness")
CLASSES = make_target("classes", NAMES)
VALUES = make_target("values", ("valence", "arousal"), (-1, 1))
LABELS = make_target("labels", ("AU1", "AU12"))


def scores(people: int, droop: float, seed: int, target: Target = CLASSES) -> DataFrame:
    """Ten items of each person, whose sadness is overstated by so many log-odds, each person in their own way."""
    rng = np.random.default_rng(seed)
    label = np.tile([1, 1, 1, 1, 0, 0, 0, 2, 2, 2], people)
    odds = 2.0 * np.eye(3)[label] + rng.normal(0, 0.5, (len(label), 3))
    odds[:, 2] += np.repeat(droop * np.arange(people) % 3, 10)
    p = np.exp(odds) / np.exp(odds).sum(1, keepdims=True)
    subject = np.repeat([f"s{i}" for i in range(people)], 10)
    frame = DataFrame({"item": range(len(label)), "video": [f"v{i}" for i in range(len(label))], "subject": subject})
    return frame.assign(part="test", epoch=0, label=label, **{f"p{i}": p[:, i] for i in range(3)})


def test_who_looks_at_rest_as_people_usually_do_keeps_every_answer() -> None:
    answers, usual = np.array([[0.7, 0.2, 0.1], [0.2, 0.3, 0.5]]), np.array([0.1, 0.8, 0.1])
    assert np.allclose(against(CLASSES, answers, usual, usual), answers)
    assert np.allclose(against(LABELS, answers[:, :2], usual[:2], usual[:2]), answers[:, :2])
    assert np.allclose(against(VALUES, answers[:, :2], usual[:2], usual[:2]), answers[:, :2])


def test_what_a_face_shows_at_rest_is_taken_off() -> None:
    sad, usual = np.array([0.05, 0.35, 0.6]), np.array([0.05, 0.9, 0.05])
    rested = against(CLASSES, sad, sad, usual)
    assert rested.argmax() == 1
    assert rested.sum() == pytest.approx(1)
    assert against(LABELS, np.array([0.6, 0.5]), np.array([0.6, 0.1]), np.array([0.1, 0.1]))[0] == pytest.approx(0.1)


def test_values_stay_on_their_scale() -> None:
    moved = against(VALUES, np.array([[0.9, -0.2]]), np.array([-0.4, 0.1]), np.zeros(2))
    assert np.allclose(moved, [[1.0, -0.3]])


def test_the_neutral_face_is_the_least_expressive() -> None:
    assert expressiveness(CLASSES, np.array([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1]])).argmin() == 0
    assert expressiveness(VALUES, np.array([[0.7, 0.1], [0.1, -0.1]])).argmin() == 1
    assert expressiveness(LABELS, np.array([[0.7, 0.1], [0.1, 0.1]])).argmin() == 1


def test_where_people_differ_at_rest_it_helps_and_says_how_much() -> None:
    found = measured(scores(6, 0.0, 1), scores(20, 1.5, 2), CLASSES)
    assert found is not None
    given = found["given"]
    assert given["helps"]
    assert given["after"] - given["before"] == pytest.approx(given["change"])
    assert given["people"] == 20
    assert given["items"] == 160  # the first two of each person's four neutral ones are the baseline
    assert usual_answer(found, "given").argmax() == 1


def test_where_it_does_not_help_it_is_not_offered() -> None:
    found = measured(scores(6, 0.0, 1), scores(20, 0.0, 2), CLASSES)
    assert found is not None
    assert not found["given"]["helps"]
    with pytest.raises(ConfigError, match="does not help this model: accuracy"):
        usual_answer(found, "given")


def test_what_was_not_measured_is_not_offered() -> None:
    hidden = make_target("classes", ("felt", "acted"))
    assert not can(hidden)
    assert measured(scores(3, 0.0, 1), scores(3, 0.0, 2), hidden) is None
    with pytest.raises(ConfigError, match="was not measured"):
        usual_answer(None, "found")


def test_nobody_has_a_baseline_where_nothing_else_is_left() -> None:
    test = scores(3, 0.0, 2)
    alone = test[test["label"] == 1].groupby("subject").head(1)
    found = measured(scores(3, 0.0, 1), alone, CLASSES)
    assert found is None or "given" not in found


def test_where_nobody_is_named_nothing_is_known_of_a_person() -> None:
    nameless = scores(20, 1.5, 2).assign(subject="")
    assert measured(scores(6, 0.0, 1), nameless, CLASSES) is None
