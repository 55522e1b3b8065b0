"""Differences between cells, or within one, each with its interval: what claims are judged by."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from pandas import DataFrame

from fer_lab.errors import DataError
from fer_lab.evaluation.bootstrap import bca, estimate, resample
from fer_lab.evaluation.intervals import Interval
from fer_lab.evaluation.metrics import Floats
from fer_lab.evaluation.scores import n_subjects
from fer_lab.evaluation.units import units

Key = TypeVar("Key", bound=Hashable)
Effect = Callable[[Sequence[Floats]], Floats]
"""Takes the matrices (..., S, C, C) of every source, gives one value a seed (..., S)."""


def contrasts(
    sources: Sequence[Sequence[DataFrame]],
    effects: Mapping[Key, Effect],
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[Key, Interval]:
    """Mean over seeds of several effects of the same sources, with their intervals.

    Each replicate draws the same subjects and seeds for all sources: what all find hard cancels out.

    Args:
        sources: for each of them one scores frame a seed; items and classes may be others, subjects are compared by
            name.
        effects: functions of the sources' confusion matrices, by a name of the caller's choice.
        level: coverage wanted, in (0, 1).
        resamples: number of replicates.
        seed: of the replicates; the same scores give the same interval.

    Raises:
        DataError: there are no scores, or other numbers of seeds.
    """
    if len(numbers := {len(source) for source in sources}) > 1:
        raise DataError(f"{sorted(numbers)} seeds", expected="runs of the same seeds in every cell")
    found = [units(source) for source in sources]
    names = found[0][1]
    for _, own in found[1:]:
        names = names.union(own)
    flat = [np.zeros((len(names), *counts.shape[1:])) for counts, _ in found]
    for place, (counts, own) in zip(flat, found, strict=True):
        place[names.get_indexer(own)] = counts
    shapes = [counts.shape[2:] for counts in flat]
    joined = np.concatenate([counts.reshape(*counts.shape[:2], -1) for counts in flat], axis=2)
    values = {key: _of_joined(effect, shapes) for key, effect in effects.items()}
    people = min(n_subjects(source[0]) for source in sources)
    if len(names) == 1:
        means = {key: float(value(joined.sum(axis=0)).mean()) for key, value in values.items()}
        return {key: Interval(mean, np.nan, np.nan, people) for key, mean in means.items()}
    drawn = resample(joined, resamples, np.random.default_rng(seed))
    return {
        key: Interval(estimate(drawn, value), *bca(drawn, value, [level])[0], people) for key, value in values.items()
    }


def _of_joined(effect: Effect, shapes: Sequence[tuple[int, ...]]) -> Callable[[Floats], Floats]:
    """An effect as a function of the sources' counts in one row (..., S, F)."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])

    def value(counts: Floats) -> Floats:
        parts = np.split(counts, ends[:-1], axis=-1)
        return effect([part.reshape(*part.shape[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)])

    return value
