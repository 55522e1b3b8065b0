import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lab import evaluation
from fer_lab.errors import DataError
from fer_lab.evaluation.errors import (
    confusion_difference,
    most_confident_mistakes,
    per_class,
    per_subject,
    worst_items,
)
from tests.evaluation.kinds import KINDS, make_scores

CLASSES = ("anger", "fear", "neutral")


def drawn(seed: int, people: int = 4, named: bool = True) -> pd.DataFrame:
    """Eight videos of three frames a person, three classes; labels are the same for all seeds."""
    n = people * 24
    rng = np.random.default_rng(seed)
    item = np.arange(n)
    about = {"item": item, "video": [f"v{i // 3}" for i in item], "part": "test", "epoch": 0}
    frame = pd.DataFrame(about).assign(subject=[f"s{i // 24}" if named else "" for i in item], label=item // 3 % 3)
    return frame.join(pd.DataFrame(rng.dirichlet(np.ones(3), n)).add_prefix("p"))


def test_classes_have_their_recall():
    frames = [drawn(seed) for seed in range(3)]
    found = per_class(frames, CLASSES).set_index("class")
    for number, name in enumerate(CLASSES):
        own = [frame[frame["label"] == number] for frame in frames]
        right = [float((evaluation.predictions(rows) == number).mean()) for rows in own]
        assert found.loc[name, "mean"] == pytest.approx(np.mean(right))
        assert found.loc[name, "n"] == len(own[0])
        assert found.loc[name, "low"] <= found.loc[name, "mean"] <= found.loc[name, "high"]


def test_a_class_without_items_is_undefined():
    frames = [frame[frame["label"] != 1] for frame in (drawn(0), drawn(1))]
    found = per_class(frames, CLASSES).set_index("class")
    assert found.loc["fear", "n"] == 0
    assert found.loc["fear", ["mean", "low", "high"]].isna().all()


def test_people_have_their_accuracy_the_worst_first():
    frames = [drawn(seed) for seed in range(2)]
    found = per_subject(frames)
    assert found["n"].tolist() == [24] * 4
    assert found["accuracy"].is_monotonic_increasing
    for subject, accuracy in zip(found["subject"], found["accuracy"], strict=True):
        own = [frame[frame["subject"] == subject] for frame in frames]
        assert accuracy == pytest.approx(np.mean([(evaluation.predictions(f) == f["label"]).mean() for f in own]))


def test_an_undefined_answer_makes_its_person_undefined():
    scores = drawn(0)
    scores.loc[0, "p0"] = np.nan
    found = per_subject([scores, drawn(1)]).set_index("subject")["accuracy"]
    assert found.isna().sum() == 1
    assert np.isnan(found["s0"])


def test_nobody_is_named():
    assert per_subject([drawn(0, named=False)]).empty


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 40))
def test_the_surest_mistakes_are_mistakes_of_different_videos(seed, n):
    scores = drawn(seed)
    found = most_confident_mistakes(scores, n)
    p = evaluation.probabilities(scores)
    wrong = evaluation.predictions(scores) != scores["label"]
    assert len(found) == min(n, scores["video"][wrong].nunique())
    assert (found["answer"] != found["label"]).all()
    assert not found["video"].duplicated().any()
    assert found["confidence"].is_monotonic_decreasing
    rest = p.max(1)[wrong & ~scores["video"].isin(found["video"])]
    assert not len(found) or not len(rest) or found["confidence"].min() >= rest.max()
    assert (scores.set_index("item").loc[found["item"], "label"].to_numpy() == found["label"]).all()


def test_equally_sure_mistakes_keep_the_order_of_the_items():
    scores = drawn(0).assign(p0=1.0, p1=0.0, p2=0.0)
    assert most_confident_mistakes(scores, 3)["item"].tolist() == [3, 6, 12]


def test_what_has_no_answer_is_no_mistake():
    scores = drawn(0).assign(p0=np.nan)
    assert most_confident_mistakes(scores, 5).empty


def test_the_difference_of_a_cell_to_itself_is_nothing():
    frames = [drawn(seed) for seed in range(3)]
    assert confusion_difference(frames, frames) == pytest.approx(np.zeros((3, 3)))


def test_the_difference_is_the_first_ones_shares_minus_the_others():
    always = [drawn(0).assign(p0=1.0, p1=0.0, p2=0.0)]
    never = [drawn(0).assign(p0=0.0, p1=1.0, p2=0.0), drawn(0).assign(p0=0.0, p1=0.0, p2=1.0)]
    assert confusion_difference(always, never) == pytest.approx(np.tile([1, -0.5, -0.5], (3, 1)))


def test_a_class_of_one_cell_alone_has_no_difference():
    found = confusion_difference([drawn(0)], [drawn(0).query("label != 2")])
    assert np.isnan(found[2]).all()
    assert found[:2].sum(1) == pytest.approx(0)


def test_cells_with_other_classes_are_not_compared():
    with pytest.raises(DataError, match="3 and 2 classes"):
        confusion_difference([drawn(0)], [drawn(0).query("label != 2").drop(columns="p2")])
    with pytest.raises(DataError, match="no scores"):
        confusion_difference([], [drawn(0)])


@pytest.mark.parametrize("kind", KINDS)
def test_the_worst_items_are_those_of_the_largest_loss_one_a_video(kind):
    scores = make_scores(kind, unknown=0.6)
    target = evaluation.target_of(scores)
    found = worst_items(scores, 5)
    assert found["video"].is_unique
    loss = pd.Series([target.loss(scores.iloc[[row]]) for row in range(len(scores))])
    wanted = loss.groupby(scores["video"]).max().sort_values(ascending=False).head(5)
    assert found["loss"].to_numpy() == pytest.approx(wanted.to_numpy(), abs=1e-12)
    assert found["loss"].is_monotonic_decreasing


def test_items_of_which_nothing_is_known_or_answered_are_not_the_worst():
    scores = make_scores("values", items=8, unknown=0)
    scores.loc[0, ["y0", "y1"]] = np.nan
    scores.loc[1, "v0"] = np.nan
    assert not {0, 1} & set(worst_items(scores.assign(video=scores["item"]), 8)["item"])
    assert len(worst_items(scores.assign(video=scores["item"]), 8)) == 6
