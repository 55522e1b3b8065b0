"""Judged claims that are committed say what was judged, and nothing of what was not."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from fer_lab.claims import Claim, Judged, JudgedRelation, Relation
from fer_lab.claims.kept import read_kept, write_kept
from fer_lab.evaluation import Interval

STAMP = {"source": "real", "profile": "laptop", "protocol": "thesis"}


def judged(effect: Interval | None, verdict: str, p: float | None = None) -> Judged:
    relation = Relation(0.5, ">", 0.4)
    claim = Claim("X-1", "own", "here", "one is better", "stated", (relation,))
    return Judged(claim, verdict, "", (JudgedRelation(relation, effect, p, verdict, None),), (0, 1), p)


def test_what_was_judged_is_read_again(tmp_path: Path) -> None:
    one = judged(Interval(0.04, 0.01, 0.07, 0), "holds", 0.0123)
    other = judged(None, "not run: cell")
    write_kept(tmp_path / "claims.csv", [one, other], STAMP)
    first, second = read_kept(tmp_path / "claims.csv")
    assert (first.id, first.stamp, first.verdict, first.seeds) == ("X-1", STAMP, "holds", (0, 1))
    assert (first.effect, first.low, first.high, first.p) == (0.04, 0.01, 0.07, 0.0123)
    assert first.smallest_effect == pytest.approx(0.03 * 1.4295, abs=1e-4)
    assert first.texts == {"effect": "+0.040 [+0.010, +0.070]", "p": "0.012", "smallest_effect": "0.043"}
    assert second.verdict == "not run: cell"
    assert set(second.texts.values()) == {""}
    assert all(math.isnan(value) for value in (second.effect, second.low, second.smallest_effect, second.p))


def test_where_nothing_was_kept_there_is_nothing(tmp_path: Path) -> None:
    assert read_kept(tmp_path / "claims.csv") == []


def test_the_smallest_effect_is_told_four_times_in_five() -> None:
    """Simulated: differences of normal noise with the interval's width, of a true effect of that size."""
    import numpy as np

    interval = Interval(0.0, -1.96, 1.96, 0)  # standard error 1
    draws = np.random.default_rng(0).normal(interval.smallest_effect, 1, 200_000)
    assert (draws > 1.96).mean() == pytest.approx(0.8, abs=0.005)
