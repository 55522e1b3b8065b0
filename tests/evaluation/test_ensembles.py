"""The mean of what several networks answer to the same items."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import DataError
from fer_lab.evaluation import averaged, probabilities
from tests.evaluation.kinds import KINDS, make_scores

CLASSES = pd.DataFrame({"item": [0, 1, 2], "video": list("abc"), "subject": "", "part": "test", "epoch": 0,
                        "label": [0, 1, 1], "p0": [0.9, 0.6, 0.2], "p1": [0.1, 0.4, 0.8]})  # fmt: skip


def other(**columns: object) -> pd.DataFrame:
    return CLASSES.assign(**columns)


def test_each_item_has_the_mean_of_all_answers_whatever_the_order_of_rows() -> None:
    sure = other(epoch=4, p0=[0.5, 0.1, 0.4], p1=[0.5, 0.9, 0.6])
    found = averaged([CLASSES, sure.sample(frac=1, random_state=3)])
    assert probabilities(found) == pytest.approx(np.array([[0.7, 0.3], [0.35, 0.65], [0.3, 0.7]]))
    assert found.drop(columns=["p0", "p1"]).equals(CLASSES.drop(columns=["p0", "p1"]))  # all else is of the first


def test_one_network_answers_as_it_does() -> None:
    assert averaged([CLASSES]) is CLASSES


def test_an_answer_that_is_no_number_makes_the_mean_none() -> None:
    found = averaged([CLASSES, other(p0=[np.nan, 0.5, 0.5], p1=[np.nan, 0.5, 0.5])])
    assert np.isnan(probabilities(found)).any(axis=1).tolist() == [True, False, False]


@pytest.mark.parametrize("kind", KINDS)
def test_networks_of_every_kind_of_target_answer_together(kind: str) -> None:
    scores = make_scores(kind)
    pd.testing.assert_frame_equal(averaged([scores, scores]), scores, check_dtype=False)


@pytest.mark.parametrize(
    "unlike",
    [
        other(item=[0, 1, 3]),
        other(video=list("abd")),
        other(label=[0, 1, 0]),
        CLASSES.head(2),
        pd.concat([CLASSES] * 2),
    ],
    ids=["item", "video", "truth", "fewer", "twice"],
)
def test_other_items_are_refused_not_left_out(unlike: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="different items"):
        averaged([CLASSES, unlike])


def test_another_target_is_refused() -> None:
    with pytest.raises(DataError, match="different things"):
        averaged([CLASSES, other(p2=0.0)])
