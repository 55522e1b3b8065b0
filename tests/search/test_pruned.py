"""When a trial is ended early: after so many others, so many epochs of its own, by the best that it has had."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from optuna.trial import TrialState

from fer_lab.search.asked import Search
from fer_lab.search.trials import STARTUP, WARMUP, claimed
from tests.search.conftest import Make


def ended_after(search: Search, values: Sequence[float]) -> int | None:
    """How many epochs of a trial with these values on validation are trained; None: it is not ended early."""
    with claimed(search) as own:
        assert own is not None
        for epoch, value in enumerate(values):
            own.trial.report(value, epoch)
            if own.trial.should_prune():
                own.study.tell(own.trial, state=TrialState.PRUNED)
                return epoch + 1
        own.study.tell(own.trial, max(values))
    return None


@pytest.mark.parametrize(
    ("values", "after"),
    [
        ([0.1] * 8, WARMUP + 1),
        ([0.5] * 8, None),  # as good as the median is good enough
        ([0.6, *[0.1] * 7], None),  # its best counts, however it goes on
        ([0.4] * 8, 7),  # the others had no more than that until then
        ([0.1, 0.1, 0.9, *[0.1] * 5], None),
    ],
)
def test_a_trial_below_the_median_of_the_others_is_ended(make: Make, values: list[float], after: int | None) -> None:
    search = make(20)
    for rise in range(STARTUP):
        assert ended_after(search, [0.3 + 0.1 * (rise % 2), 0.3, *[0.3] * 4, 0.5, 0.5]) is None  # nobody is, at first
    assert ended_after(search, values) == after
