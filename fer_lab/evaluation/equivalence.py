"""Whether what was measured is the same as a stated value, within a margin that is stated, too.

Two one-sided tests at 5 % each (Schuirmann 1987): the measured value is above ``value - margin``, and below ``value +
margin``. Both reject exactly where the 90 % interval lies between the two. That an ordinary test finds no difference
would not do: it finds none in few data either.
"""

from __future__ import annotations

from fer_lab.evaluation.intervals import Interval

EQUIVALENT, ABOVE, BELOW, UNDECIDED = "equivalent", "above", "below", "undecided"


def equivalence(measured: Interval, value: float, margin: float) -> str:
    """Compare an interval with a value.

    Args:
        measured: a metric, or a difference of two (``value`` 0 then asks whether two cells are equally good).
        value: what it is held against, in the metric's unit.
        margin: the largest difference that does not count, above 0.

    Returns:
        ``equivalent``: the 90 % interval lies within the margin; ``above``, ``below``: the 95 % interval lies beyond
        it; ``undecided``: neither, or there is no interval.
    """
    if measured.inner_low >= value - margin and measured.inner_high <= value + margin:
        return EQUIVALENT
    if measured.low > value + margin:
        return ABOVE
    return BELOW if measured.high < value - margin else UNDECIDED
