from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lab.datamodules.sampling import Balanced
from fer_lab.errors import ConfigError


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.floats(0.1, 3), st.integers(0, 5))
def test_each_class_gives_the_same_number_and_none_repeats_without_need(
    counts: list[int], share: float, seed: int
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    each = max(1, round(share * max(counts)))
    chosen = Balanced(share)(labels, seed)
    assert np.bincount(labels[chosen]).tolist() == [each] * len(counts)
    for number, count in enumerate(counts):
        assert len(set(chosen[labels[chosen] == number])) == min(each, count)


def test_the_draw_is_that_of_the_seed() -> None:
    labels = np.repeat([0, 1], [40, 5])
    assert (Balanced()(labels, 1) == Balanced()(labels, 1)).all()
    assert (Balanced()(labels, 1) != Balanced()(labels, 2)).any()


def test_another_class_can_be_the_reference() -> None:
    labels = np.repeat([0, 1], [5, 40])
    assert np.bincount(labels[Balanced(2.0, reference=0)(labels, 0)]).tolist() == [10, 10]


@pytest.mark.parametrize("make", [lambda: Balanced(0), lambda: Balanced(1, reference=7)(np.array([0, 1]), 0)])
def test_what_cannot_work_is_refused(make: object) -> None:
    with pytest.raises(ConfigError, match="sampling"):
        make()  # type: ignore[operator]


def test_of_the_rarest_class_there_are_as_many_of_each_and_none_twice() -> None:
    labels = np.repeat([0, 1, 3], [50, 4, 9])  # nobody is of class 2
    chosen = Balanced(1.0, "rarest")(labels, 5)
    assert np.bincount(labels[chosen], minlength=4).tolist() == [4, 4, 0, 4]
    assert len(set(chosen.tolist())) == len(chosen)
