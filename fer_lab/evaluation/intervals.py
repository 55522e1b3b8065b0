"""The one interval of the project: a 95 % BCa bootstrap over subjects and seeds together (docs/statistics.md)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from pandas import DataFrame

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.bootstrap import Resampled, Value, bca, estimate
from fer_lab.evaluation.drawn import Drawn, drawn_of
from fer_lab.evaluation.metrics import Metric
from fer_lab.evaluation.units import Counted, counted, shared

FEW_SUBJECTS = 10
"""An interval over fewer subjects than this is marked wherever it is shown."""
INNER = 0.90
"""Level of the inner interval: that of two one-sided tests at 5 % each (``equivalence``)."""
TOLD = 1 + NormalDist().inv_cdf(0.80) / NormalDist().inv_cdf(0.975)
"""So many times half a 95 % interval is a normal difference that a test at 5 % tells from none with a power of .8."""
SAME = 1e-9
"""Values closer than this are equal: sums in another order differ in their last bits."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Effect:
    """What is made of the sums of several sources, such as a difference of two cells.

    Attributes:
        compute: takes the sums ``(..., S, *shape)`` of every source, gives one value a seed (..., S).
        reach: how far from 0 it can be; infinite where nothing bounds it. By default that of a difference of shares.
        ranked: whether it takes areas (..., S, L, 2) in place of sums (``Metric.ranked``).
    """

    compute: Callable[[Sequence[Floats]], Floats]
    reach: float = 1.0
    ranked: bool = False


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval; NaN where it is undefined, as that over a single subject is.

    Attributes:
        low, high: its bounds.
        n_subjects: how many people it rests on; 0 where the data set names none.
        inner_low, inner_high: those of the 90 % interval of the same kind.
        n_units: how many people, or videos or images where nobody is named, were resampled; 0 where nothing was.
    """

    mean: float
    low: float
    high: float
    n_subjects: int
    inner_low: float = float("nan")
    inner_high: float = float("nan")
    n_units: int = 0

    @property
    def few_subjects(self) -> bool:
        """Whether it rests on fewer than ten people (0: the data set names none, items are resampled)."""
        return 0 < self.n_subjects < FEW_SUBJECTS

    @property
    def smallest_margin(self) -> float:
        """The longer arm of the 90 % interval: the smallest margin of equivalence that these data can decide.

        Of a value that was measured exactly (it is the mean), the 90 % interval lies within this margin and within no
        smaller one. NaN where there is no interval.
        """
        return max(self.mean - self.inner_low, self.inner_high - self.mean)

    @property
    def smallest_effect(self) -> float:
        """The true difference that would be told from none four times in five, by the width of the 95 % interval.

        NaN where there is no interval.
        """
        return (self.high - self.low) / 2 * TOLD


def intervals(
    scores: Sequence[DataFrame],
    metrics: Mapping[Key, Metric],
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    given: bool = False,
) -> dict[Key, Interval]:
    """Mean over seeds and BCa bootstrap interval of several metrics of one cell.

    A replicate draws subjects (items where the data set names no subject) and seeds, both with replacement; the
    subjects drawn are the same for every seed, the replicates for all metrics. With a single seed the interval is that
    of the network that was trained: how much seeds differ cannot be known from it.

    Args:
        scores: one scores frame a seed, of one part at one epoch.
        metrics: of the scores' kind of target, by a name of the caller's choice.
        level: coverage wanted, in (0, 1).
        resamples: number of replicates.
        seed: of the replicates; the same scores give the same interval.
        given: whether every item is answered alike, by no network: what then does not vary never does, such as the
            area under the ROC curve, and is an interval of that one value.

    Raises:
        DataError: there are no scores, or the seeds do not have the same items.
    """
    cell = counted(scores)
    found: dict[Key, Interval] = {}
    for ranked in sorted({metric.ranked for metric in metrics.values()}):
        own = {key: metric for key, metric in metrics.items() if metric.ranked is ranked}
        drawn = drawn_of([cell], cell.names, ranked, resamples, seed)
        values = {key: partial(_by_seed, metric, drawn.shapes[0]) for key, metric in own.items()}
        reach = {key: (-np.inf, np.inf) if given else (metric.low, metric.high) for key, metric in own.items()}
        found |= _found(drawn, values, level, reach)
    return {key: found[key] for key in metrics}


def difference(
    first: Sequence[DataFrame],
    second: Sequence[DataFrame],
    metric: Metric,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Mean over seeds of a metric of one cell minus that of another, with its interval.

    Of the same data the videos that both cells have are compared (``units.shared``).

    Args:
        first: one scores frame a seed.
        second: those of the other cell for the same seeds.
        metric: of their kind of target.
        level, resamples, seed: as for ``intervals``; how the two are paired, and what is raised: ``contrasts``.
    """
    both = shared(first, second)
    return contrasts(both, {"": minus(metric)}, level=level, resamples=resamples, seed=seed)[""]


def minus(metric: Metric) -> Effect:
    """A metric of the first of two sources minus that of the second."""
    return Effect(lambda sums: metric(sums[0]) - metric(sums[1]), metric.span, metric.ranked)


def contrasts(
    sources: Sequence[Sequence[DataFrame] | Counted],
    effects: Mapping[Key, Effect],
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[Key, Interval]:
    """Mean over seeds of several effects of the same sources, with their intervals.

    Each replicate draws the same subjects and seeds for all sources: what all find hard cancels out.

    Args:
        sources: for each of them one scores frame a seed, or what was counted of them; items and classes may be others,
            subjects are compared by name.
        effects: of the sources' sums, by a name of the caller's choice.
        level, resamples, seed: as for ``intervals``.

    Raises:
        DataError: there are no scores, or other numbers of seeds.
    """
    found = [counted(source) for source in sources]
    if len(numbers := {cell.counts.shape[1] for cell in found}) > 1:
        raise DataError(
            f"{' and '.join(map(str, sorted(numbers)))} seeds", expected="runs of the same seeds in every cell"
        )
    names = found[0].names
    for cell in found[1:]:
        names = names.union(cell.names, sort=False)
    intervals: dict[Key, Interval] = {}
    for ranked in sorted({effect.ranked for effect in effects.values()}):
        own = {key: effect for key, effect in effects.items() if effect.ranked is ranked}
        drawn = drawn_of(found, names, ranked, resamples, seed)
        reach = {key: 0.0 if drawn.same else effect.reach for key, effect in own.items()}
        values = {key: partial(_effect, effect, drawn.shapes) for key, effect in own.items()}
        intervals |= _found(drawn, values, level, {key: (-most, most) for key, most in reach.items()})
    return {key: intervals[key] for key in effects}


def _found(
    drawn: Drawn, values: Mapping[Key, Value], level: float, reach: Mapping[Key, tuple[float, float]]
) -> dict[Key, Interval]:
    """Intervals of values of what was drawn; undefined ones where nothing could be."""
    if drawn.replicates is None:
        means = {key: float(value(drawn.whole).mean()) for key, value in values.items()}
        return {key: Interval(mean, np.nan, np.nan, drawn.people) for key, mean in means.items()}
    replicates = drawn.replicates
    return {key: _interval(replicates, value, level, reach[key], drawn.people) for key, value in values.items()}


def _interval(drawn: Resampled, value: Value, level: float, reach: tuple[float, float], people: int) -> Interval:
    mean, levels = estimate(drawn, value), (level, INNER)
    if np.isnan(mean):
        return Interval(mean, np.nan, np.nan, people)
    bounds = bca(drawn, value, levels)
    if drawn.heavy:  # stretched replicates can be beyond what there is
        bounds = [(max(low, reach[0]), min(high, reach[1])) for low, high in bounds]
    if not bounds[1][1] - bounds[1][0] > SAME:  # equal, or NaN
        n = _defined(drawn, value)
        bounds = [_hull(own, _unlike(mean, one, reach, n)) for own, one in zip(bounds, levels, strict=True)]
    (low, high), inner = (_hull(own, (mean, mean)) for own in bounds)
    return Interval(mean, low, high, people, *inner, drawn.n_units)


def _unlike(mean: float, level: float, reach: tuple[float, float], n: int) -> tuple[float, float]:
    """Bounds where replicates give the same, as when all n units are right: it does not follow that all people are.

    Units unlike those seen may be a share q of all that would have been missed n times with probability (1 - q)^n;
    q is such that this is the probability outside one bound. They might give anything within ``reach``. At 0 and 1 it
    is the exact interval of Clopper & Pearson (1934). Nothing is said where the reach is infinite.
    """
    if not np.isfinite(reach).all():
        return mean, mean  # what unseen units might give is not bounded
    q = 1 - ((1 - level) / 2) ** (1 / n)
    return mean + q * (reach[0] - mean), mean + q * (reach[1] - mean)


def _defined(drawn: Resampled, value: Value) -> int:
    """Number of units that say something of a value, such as those with items of the class whose recall it is."""
    alone = value(drawn.alone).mean(axis=-1)
    return max(1, int(drawn.times[~np.isnan(alone)].sum()))


def _hull(*bounds: tuple[float, float]) -> tuple[float, float]:
    """The lowest and the highest bound that is a number."""
    return float(np.nanmin(bounds)), float(np.nanmax(bounds))


def _by_seed(metric: Metric, shape: tuple[int, ...], counts: Floats) -> Floats:
    """A metric of counts (..., S, F), a value a seed."""
    return metric(counts.reshape(*counts.shape[:-1], *shape))


def _effect(effect: Effect, shapes: Sequence[tuple[int, ...]], counts: Floats) -> Floats:
    """An effect of the counts of all sources in one row, (..., S, F)."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parts = np.split(counts, ends[:-1], axis=-1)
    return effect.compute([part.reshape(*part.shape[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)])
