"""Labels that go together, counted over items of which both are known."""

from __future__ import annotations

import numpy as np

from fer_lab.evaluation.co_occurrence import co_occurrence

PRESENT = np.array([[1, 1, 0], [1, 0, np.nan], [1, np.nan, 1], [0, 1, 0]])


def test_pairs_are_counted_where_both_are_known() -> None:
    found = co_occurrence(PRESENT)
    assert found.known.tolist() == [[4, 3, 3], [3, 3, 2], [3, 2, 3]]
    assert found.both.tolist() == [[3, 1, 1], [1, 2, 0], [1, 0, 1]]
    assert found.first.tolist() == [[4, 2, 2], [2, 3, 2], [1, 0, 3]]


def test_a_share_is_of_the_items_that_have_the_label_of_the_row() -> None:
    shares = co_occurrence(PRESENT).shares
    assert shares[0, 1] == 0.5  # of two items with the first, of which the second is known, one has both
    assert shares[0, 0] == 0.75  # how often it is there
    assert np.isnan(shares[2, 1]), "the second is not known of the only item with the third"


def test_seeds_are_added_up() -> None:
    twice = co_occurrence(PRESENT) + co_occurrence(np.ones((1, 3)))
    assert twice.both[0].tolist() == [4, 2, 2]
    assert twice.known[0].tolist() == [5, 4, 4]
