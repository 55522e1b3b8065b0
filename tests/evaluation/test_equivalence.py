import numpy as np
import pytest

from fer_lab.evaluation import Interval, equivalence


@pytest.mark.parametrize(
    ("mean", "width", "wanted"),
    [
        (0.50, 0.02, "equivalent"),
        (0.52, 0.02, "undecided"),
        (0.56, 0.02, "above"),
        (0.44, 0.02, "below"),
        (0.50, 0.10, "undecided"),
    ],
)
def test_a_value_is_held_against_an_interval(mean, width, wanted):
    measured = Interval(mean, mean - width, mean + width, 20, mean - 0.84 * width, mean + 0.84 * width)
    assert equivalence(measured, 0.5, 0.03) == wanted


def test_it_is_the_inner_interval_that_shows_equivalence():
    assert equivalence(Interval(0.5, 0.46, 0.54, 20, 0.475, 0.525), 0.5, 0.03) == "equivalent"
    assert equivalence(Interval(0.5, 0.46, 0.54, 20, 0.465, 0.525), 0.5, 0.03) == "undecided"


def test_without_an_interval_nothing_is_decided():
    assert equivalence(Interval(0.5, np.nan, np.nan, 1), 0.5, 0.03) == "undecided"
