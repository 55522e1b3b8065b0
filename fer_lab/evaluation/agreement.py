"""How far people agree who rate the same: ICC and concordance; how late their traces are, and what these come to."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.value_metrics import cccs

LATEST = 5.0
"""Seconds by which one annotator can be later than another; people need up to 4 s (Mariooryad and Busso 2015)."""
OVERLAP = 0.5
"""Share of what two traces have in common that must be left when one is moved against the other."""


def icc(ratings: Floats) -> float:
    """Intraclass correlation ICC(2,1): of one rater, raters as a random sample, in absolute terms.

    Two-way random effects without replication (Shrout and Fleiss 1979, Psychol. Bull. 86(2), case 2). At most 1, and
    below 0 where raters differ more on one thing than things do.

    Args:
        ratings: (n, k), of n things by k raters; things that somebody did not rate (NaN) are left out.

    Returns:
        NaN of fewer than two things or raters, and where all ratings are the same.
    """
    known = ratings[~np.isnan(ratings).any(axis=1)]
    n, k = known.shape
    if n < 2 or k < 2:
        return float("nan")
    things, raters, mean = known.mean(axis=1), known.mean(axis=0), known.mean()
    between = k * ((things - mean) ** 2).sum() / (n - 1)
    judges = n * ((raters - mean) ** 2).sum() / (k - 1)
    left = ((known - things[:, None] - raters + mean) ** 2).sum() / ((n - 1) * (k - 1))
    total = between + (k - 1) * left + k * (judges - left) / n
    return float((between - left) / total) if total > 0 else float("nan")


def ccc(x: Floats, y: Floats) -> float:
    """Concordance of two raters, in [-1, 1] (Lin 1989), over what both have rated; see ``value_metrics.cccs``."""
    x, y = _both(x, y)
    signs = np.sign(x) == np.sign(y)
    return float(cccs(np.stack([np.ones_like(x), x, y, x * x, y * y, x * y, signs], axis=-1).sum(axis=0)))


def mean_ccc(ratings: Floats) -> float:
    """Mean concordance of all pairs of raters; NaN where no pair has one.

    Args:
        ratings: (n, k), NaN where somebody did not rate.
    """
    pairs = [ccc(ratings[:, i], ratings[:, j]) for i, j in combinations(range(ratings.shape[1]), 2)]
    known = [value for value in pairs if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def lags(traces: Floats, step: float, latest: float = LATEST) -> Floats:
    """By how many seconds each trace is later than the mean of all.

    Each two are moved against each other to where they correlate most; the lags are those that fit all such delays best
    (least squares). What all of them are later than what they have seen, no comparison among them can tell.

    Args:
        traces: (k, T), on one clock, NaN where nothing is known. Several videos stand one after the other, with
            ``latest`` seconds of NaN between them.
        step: seconds between two samples.
        latest: seconds; greater delays are not looked for.

    Returns:
        (k,), whose mean is 0; NaN of a trace that can be compared with no other (one that never moves, say).
    """
    pairs = [(i, j, delay(traces[i], traces[j], step, latest)) for i, j in combinations(range(len(traces)), 2)]
    known = [(i, j, d) for i, j, d in pairs if not np.isnan(d)]
    found = np.full(len(traces), np.nan)
    if known:
        design = np.zeros((len(known), len(traces)))
        for row, (i, j, _) in enumerate(known):
            design[row, [i, j]] = 1, -1
        compared = np.abs(design).any(axis=0)
        found[compared] = np.linalg.lstsq(design, np.array([d for *_, d in known]), rcond=None)[0][compared]
    return found


def delay(x: Floats, y: Floats, step: float, latest: float = LATEST) -> float:
    """By how many seconds ``x`` is later than ``y``: the shift (of whole steps) at which they correlate most.

    Of equal ones the smallest; NaN where they correlate at none, or have nothing in common.
    """
    enough = max(3.0, OVERLAP * len(_both(x, y)[0]))
    most = min(round(latest / step), len(x) - 1)
    best, found = -np.inf, float("nan")
    for shift in sorted(range(-most, most + 1), key=abs):
        value = _correlation(*_both(x[max(shift, 0) : len(x) + min(shift, 0)], y[max(-shift, 0) :]), enough)
        if value > best + 1e-12:
            best, found = value, shift * step
    return found


def gold(traces: Floats, late: Floats, step: float) -> Floats:
    """What traces come to: their mean after each is moved back by its lag (by none where that is NaN).

    Args:
        traces: (k, T), NaN where nothing is known.
        late: (k,) seconds, see ``lags``.
        step: seconds between two samples.

    Returns:
        (T,), over those who said something at that time; NaN where nobody did.
    """
    moved = aligned(traces, late, step)
    count = (~np.isnan(moved)).sum(axis=0)
    mean: Floats = np.where(count > 0, np.nansum(moved, axis=0) / np.maximum(count, 1), np.nan)
    return mean


def aligned(traces: Floats, late: Floats, step: float) -> Floats:
    """Traces (k, T) moved back by their lags (k,), to the nearest step; NaN where that leaves nothing."""
    moved = np.full_like(traces, np.nan)
    for trace, into, lag in zip(traces, moved, np.nan_to_num(late), strict=True):
        shift, length = round(lag / step), len(trace)
        part = trace[max(shift, 0) : max(length + min(shift, 0), 0)]
        into[max(-shift, 0) : max(-shift, 0) + len(part)] = part
    return moved


def _both(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """What both know, over their common length."""
    length = min(len(x), len(y))
    known = ~(np.isnan(x[:length]) | np.isnan(y[:length]))
    return x[:length][known], y[:length][known]


def _correlation(x: Floats, y: Floats, enough: float) -> float:
    """Pearson's; minus infinity of too few, and where one of them is constant."""
    if len(x) < enough or np.ptp(x) == 0 or np.ptp(y) == 0:
        return -np.inf
    return float(np.corrcoef(x, y)[0, 1])
