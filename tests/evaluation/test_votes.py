from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lab import evaluation
from fer_lab.errors import ConfigError


def frame_of(p: np.ndarray, videos: list[int]) -> pd.DataFrame:
    n = len(p)
    frame = pd.DataFrame({"item": range(n), "video": [f"v{v}" for v in videos], "subject": "s"})
    frame = frame.assign(part="test", epoch=3, label=0)
    frame[[f"p{i}" for i in range(p.shape[1])]] = p.astype(np.float16)
    return frame


@st.composite
def scores(draw: st.DrawFn) -> pd.DataFrame:
    n, classes = draw(st.integers(1, 25)), draw(st.integers(2, 6))
    raw = draw(st.lists(st.lists(st.integers(1, 6), min_size=classes, max_size=classes), min_size=n, max_size=n))
    videos = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    p = np.array(raw, dtype=float)
    return frame_of(p / p.sum(axis=1, keepdims=True), videos)


@settings(max_examples=60, deadline=None)
@given(scores(), st.sampled_from(evaluation.ALL_RULES))
def test_a_vote_is_a_distribution_over_each_video_once(frame, rule):
    voted = evaluation.vote(frame, rule)
    assert list(voted["video"]) == list(frame["video"].unique())
    assert list(voted.columns) == list(frame.columns)
    p = evaluation.probabilities(voted)
    assert np.allclose(p.sum(axis=1), 1, atol=2e-3)
    assert (p >= 0).all()


@settings(max_examples=60, deadline=None)
@given(scores())
def test_majority_is_the_most_voted_and_on_a_tie_the_most_probable(frame):
    voted = evaluation.vote(frame, "majority")
    for video, answer in zip(voted["video"], evaluation.predictions(voted), strict=True):
        own = frame[frame["video"] == video]
        votes = Counter(evaluation.predictions(own).tolist())
        tied = [c for c, n in votes.items() if n == max(votes.values())]
        summed = evaluation.probabilities(own).sum(axis=0)
        assert answer in tied
        assert summed[answer] == pytest.approx(max(summed[tied]))


@settings(max_examples=40, deadline=None)
@given(scores(), st.randoms())
def test_the_order_of_items_does_not_count(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    for rule in evaluation.ALL_RULES:
        one = evaluation.vote(frame, rule).set_index("video").sort_index()
        other = evaluation.vote(frame.iloc[order], rule).set_index("video").sort_index()
        assert np.allclose(one.filter(like="p").select_dtypes("number"), other.filter(like="p").select_dtypes("number"))


def test_a_vote_of_single_items_changes_no_answer():
    p = np.random.default_rng(0).dirichlet(np.ones(5), 40)
    frame = frame_of(p, list(range(40)))
    for rule in evaluation.ALL_RULES:
        assert (evaluation.predictions(evaluation.vote(frame, rule)) == evaluation.predictions(frame)).all()


def test_parts_and_epochs_are_not_mixed():
    frame = frame_of(np.array([[0.9, 0.1], [0.2, 0.8]]), [0, 0]).assign(part=["val", "test"])
    assert list(evaluation.vote(frame, "mean")["part"]) == ["val", "test"]


def test_a_video_with_an_undefined_item_is_undefined():
    frame = frame_of(np.array([[0.9, np.nan], [0.2, 0.8], [0.3, 0.7]]), [0, 0, 1])
    for rule in evaluation.ALL_RULES:
        assert evaluation.predictions(evaluation.vote(frame, rule)).tolist() == [-1, 1]


def test_an_unknown_rule_offers_the_known():
    with pytest.raises(ConfigError, match="majority"):
        evaluation.vote(frame_of(np.array([[0.9, 0.1]]), [0]), "majorty")


def test_the_surest_item_and_the_product_of_odds_by_hand():
    p = np.array([[0.5, 0.25, 0.25], [0.25, 0.625, 0.125], [0.5, 0.375, 0.125]])
    surest = evaluation.probabilities(evaluation.vote(frame_of(p, [0, 0, 0]), "max"))[0]
    assert surest == pytest.approx(np.array([0.5, 0.625, 0.25]) / 1.375, abs=1e-6)
    odds = (p / (1 - p)).prod(axis=0)
    assert evaluation.probabilities(evaluation.vote(frame_of(p, [0, 0, 0]), "odds"))[0] == pytest.approx(
        odds / odds.sum()
    )
    certain = np.array([[1.0, 0.0], [0.25, 0.75], [0.25, 0.75]])  # one sure item is not a veto
    assert np.isfinite(evaluation.probabilities(evaluation.vote(frame_of(certain, [0, 0, 0]), "odds"))).all()


def test_late_items_are_those_from_the_middle_of_each_video_on():
    frame = frame_of(np.full((9, 2), 0.5), [0, 1, 0, 0, 1, 0, 0, 1, 2])
    assert evaluation.late(frame, "second_half")["item"].tolist() == [3, 4, 5, 6, 7, 8]  # of 5, 3 and 1 items
    assert evaluation.late(frame, "peak")["item"].tolist() == [6, 7, 8]
