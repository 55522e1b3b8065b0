"""BCa bootstrap (Efron 1987) of counts whose units and seeds are drawn together, crossed.

Three things make it hold for a few subjects and seeds. A replicate draws n - 1 of n units and S - 1 of S seeds and
scales the counts by n / (n - 1), so that the variance of the replicates is unbiased (Rao & Wu 1988) instead of too
small by (n - 1) / n and (S - 1) / S. The acceleration is that of the jackknife over units and over seeds. And the
quantiles are those of Student's t instead of the normal distribution (Hesterberg 2015), its degrees of freedom those
of a sum of two estimated variances (Satterthwaite 1946). What is computed of squares of values has fewer of them: a
variance of which a few units decide is known less well than that of a normal distribution (``kurtotic``). Its
replicates also spread less than the jackknife says, which on average says too much rather than too little (Efron &
Stein 1981): they are then stretched to that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fer_lab.evaluation.arrays import Floats, Ints
from fer_lab.evaluation.units import kinds

Value = Callable[[Floats], Floats]
"""Takes counts (..., S, F) with their seeds, gives a value a seed (..., S)."""
TINY = 1e-12
"""Replicates that spread less than this are all the same."""
RARE = 16
"""Kinds of fewer units than this are drawn unit by unit, which is faster than by kind."""


@dataclass(frozen=True)
class Resampled:
    """Counts of a cell, its replicates, and its counts with a unit left out.

    Attributes:
        whole: (S, F) over all units.
        drawn: (B, S, F) over the units of a replicate, scaled to the number of units.
        weights: (B, S) of its seeds, with a sum of 1.
        without: (K, S, F) with a unit of each kind left out.
        alone: (K, S, F) of a unit of each kind; of it counts which values it leaves undefined.
        times: (K,) units of each kind.
        heavy: whether what is counted has heavy tails, as squares and products of values have.
    """

    whole: Floats
    drawn: Floats
    weights: Floats
    without: Floats
    alone: Floats
    times: Ints
    heavy: bool = False

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.times.sum())


def resample(counts: Floats, resamples: int, rng: np.random.Generator, heavy: bool = False) -> Resampled:
    """Draw replicates of counts (n, S, F) of two or more units; ``heavy`` as of ``Resampled``."""
    n, s = counts.shape[:2]
    flat = counts.reshape(n, -1)
    kind, first = kinds(flat)
    each, times = flat[first], np.bincount(kind)
    drawn = draw(times, resamples, rng) @ each * (n / (n - 1))
    seeds = _seeds(s, resamples, rng)
    whole = flat.sum(axis=0)
    shape = (-1, *counts.shape[1:])
    without, alone = (whole - each).reshape(shape), each.reshape(shape)
    return Resampled(whole.reshape(shape[1:]), drawn.reshape(shape), seeds, without, alone, times, heavy)


def reweigh(of: Value, alone: Floats, resamples: int, rng: np.random.Generator) -> Resampled:
    """The same of what is no sum over units, but a function of how often each of two or more counts.

    Args:
        of: takes numbers of units (..., n), whatever their scale, gives (..., S, F).
        alone: (n, S, F), see ``Resampled``.
        resamples, rng: as for ``resample``.
    """
    n, s = alone.shape[:2]
    drawn = of(draw(np.ones(n, np.int64), resamples, rng))
    seeds = _seeds(s, resamples, rng)
    return Resampled(of(np.ones(n)), drawn, seeds, of(1 - np.eye(n)), alone, np.ones(n, np.int64))


def _seeds(s: int, resamples: int, rng: np.random.Generator) -> Floats:
    found: Floats = rng.multinomial(max(1, s - 1), np.full(s, 1 / s), size=resamples) / max(1, s - 1)
    return found


def draw(times: Ints, resamples: int, rng: np.random.Generator) -> Floats:
    """How many units of each kind are in a replicate of n - 1 of n units, drawn with replacement: (B, K)."""
    n, rare = int(times.sum()), times < RARE
    shares = np.append(times[~rare], times[rare].sum()) / n
    common = rng.multinomial(n - 1, shares, size=resamples)
    drawn = np.zeros((resamples, len(times)))
    drawn[:, ~rare] = common[:, :-1]
    if rare.any():
        units = np.repeat(np.flatnonzero(rare), times[rare])
        replicate = np.repeat(np.arange(resamples), common[:, -1])
        cells = replicate * len(times) + units[rng.integers(0, len(units), len(replicate))]
        drawn += np.bincount(cells, minlength=drawn.size).reshape(drawn.shape)
    return drawn


def estimate(resampled: Resampled, value: Value) -> float:
    """Mean of a value over the seeds."""
    return float(value(resampled.whole).mean())


def bca(resampled: Resampled, value: Value, levels: Sequence[float]) -> list[tuple[float, float]]:
    """BCa interval of the mean of a value over seeds, at each level in (0, 1).

    Replicates in which the value is undefined are left out. Where no replicate has a value, both bounds are NaN; where
    all have the same, both are that one.
    """
    spread = jackknife(resampled, value)
    seeds = resampled.weights.shape[1]
    weights = 1 / seeds + spread.shrink * (resampled.weights - 1 / seeds)
    found = (value(resampled.drawn) * weights).sum(axis=-1)
    found = np.sort(found[~np.isnan(found)])
    if not len(found):
        return [(float("nan"), float("nan"))] * len(levels)
    whole = estimate(resampled, value)
    if resampled.heavy:
        found = whole + (found - whole) * max(1.0, spread.error / max(float(found.std()), TINY))
    bias = bias_correction(found, whole)
    tails = [adjusted(np.array([1 - level, 1 + level]) / 2, bias, spread) for level in levels]
    return [(float(low), float(high)) for low, high in (np.quantile(found, tail) for tail in tails)]


@dataclass(frozen=True)
class Spread:
    """What the jackknife says of a mean over seeds: the acceleration, the degrees of freedom of its variance, by how
    much the drawn seeds must move less so that what each seed finds hard in each unit is counted once, its error."""

    acceleration: float
    freedom: float
    shrink: float
    error: float = 0.0


def jackknife(resampled: Resampled, value: Value) -> Spread:
    """Leave out each unit and each seed.

    With x = unit + seed + unit by seed, the variance of the mean over n units and S seeds is V_units + V_seeds -
    V_both, each estimated with the last in it. Replicates that draw units and seeds have V_units + V_seeds + V_both:
    that of the seeds is shrunk. What is undefined without a unit is taken to be as with it.
    """
    n, times, by_seed = resampled.n_units, resampled.times[:, None], value(resampled.whole)
    without = value(resampled.without)
    without = np.where(np.isnan(without), by_seed, without)
    pulls = ((without * times).sum(axis=0) / n - without) * (n - 1) / n
    units, seeds = pulls.mean(axis=1, keepdims=True), (by_seed - by_seed.mean()) / len(by_seed)
    v_units, s = float((units**2 * times).sum() * n / (n - 1)), len(by_seed)
    v_seeds = float((seeds**2).sum() * s / max(1, s - 1))
    v_both = float(((pulls - units) ** 2 * times).sum() * n / (n - 1) / max(1, s * (s - 1)))
    own = max(0.0, v_seeds - v_both)
    if not v_units + own > 0:
        return Spread(0.0, n - 1, 1.0)
    held = own / v_seeds if own else 0.0
    squares, cubes = ((units**p * times).sum() + (seeds**p).sum() * held ** (p / 2) for p in (2, 3))
    of_units = kurtotic(units[:, 0], times[:, 0]) if resampled.heavy else n - 1
    freedom = (v_units + own) ** 2 / (v_units**2 / of_units + v_seeds**2 / max(1, s - 1))
    shrink = np.sqrt(own / (v_seeds + v_both)) if own else 0.0
    return Spread(float(cubes / (6 * squares**1.5)), freedom, float(shrink), float(np.sqrt(v_units + own)))


def kurtotic(pulls: Floats, times: Ints) -> float:
    """Degrees of freedom of the variance of n pulls, (K,) and how often each is there: n - 1 of normal ones.

    A variance s2 has a variance of its own, (m4 - s2^2 (n - 3) / (n - 1)) / n, m4 being the fourth moment; chi-squared
    with f degrees of freedom has 2 s2^2 / f. Where a few units pull hard, f is small, and never more than n - 1.
    """
    n = int(times.sum())
    square, fourth = (pulls**2 * times).sum() / (n - 1), (pulls**4 * times).sum() / n
    own = (fourth - square**2 * (n - 3) / (n - 1)) / n
    return float(np.clip(2 * square**2 / own, 1, n - 1)) if own > 0 else n - 1


def bias_correction(found: Floats, estimate: float) -> float:
    """Normal quantile of the share of replicates below the estimate, half of the ties counted; always finite."""
    from scipy.special import ndtri  # a third of a second to import: not whenever a command is called

    near = 1e-9 * max(1.0, abs(estimate))
    below, to = np.searchsorted(found, [estimate - near, estimate + near])
    share = np.clip((below + to) / (2 * len(found)), 1 / (len(found) + 1), len(found) / (len(found) + 1))
    return float(ndtri(share))


def adjusted(tails: Floats, bias: float, spread: Spread) -> Floats:
    """The shares of replicates below the two bounds; without acceleration where that is too large for the formula."""
    from scipy.special import ndtr, stdtrit

    z = bias + stdtrit(spread.freedom, tails)
    scale = 1 - spread.acceleration * z
    shares: Floats = ndtr(bias + (z / scale if (scale > 0).all() else z))
    return shares
