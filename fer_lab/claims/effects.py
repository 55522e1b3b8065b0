"""The effect of every relation, a - b, with its interval and test: those of the same scores share their replicates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.claims.schema import Operand, Relation
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation import Counted, Effect, Interval, Metric
from fer_lab.tables import Printed
from fer_lab.tables.comparison import Runs, runs_of
from fer_lab.tables.measures import metric_of, scores_of

Counts = Callable[[Sequence[Printed], tuple[int, ...]], list[Counted]]
Unshared = Callable[[Sequence[Printed], tuple[int, ...]], list[frozenset[str]]]
Tested = tuple[float | None, tuple[int, int] | None]
UNTESTED: Tested = (None, None)


@dataclass(frozen=True)
class Measured:
    """What runs say of a relation.

    Attributes:
        effect: a - b with its 95 % interval, without bounds where there is nothing to resample; None if it has not run.
        left_out: how many videos one of its cells lacks.
        p: of the paired permutation test; None where the two sides are not the same metric of two cells.
        alike: in how many of how many seeds both sides have the same counts of every unit; None as ``p``.
    """

    effect: Interval | None
    left_out: int = 0
    p: float | None = None
    alike: tuple[int, int] | None = None


def measure(relations: Sequence[Relation], runs: Runs, known: Mapping[Printed, object]) -> dict[Relation, Measured]:
    """Effect and test of every relation; those of the same data are compared on the videos that all its cells have.

    Args:
        relations: of all claims that are judged together.
        runs: by cell and seed; the seeds that all cells of a relation have run count.
        known: facts of runs, and what mappings are today.
    """
    relations = list(dict.fromkeys(relations))
    unshared = _videos(runs)
    counts = _reader(runs, unshared)
    effects: dict[Relation, Interval | None] = {r: _plain(r, known) for r in relations}
    lacking: dict[Relation, int] = {}
    groups: dict[tuple[Any, ...], list[Relation]] = {}
    for relation in relations:
        if relation.values and all(value.kind == "metric" for value in relation.values):
            groups.setdefault(tuple(dict.fromkeys(_sources(relation))), []).append(relation)
    for sources, group in groups.items():
        if seeds := _seeds(runs, sources):
            effects |= evaluation.contrasts(counts(sources, seeds), {r: _effect(r, sources, runs) for r in group})
            lacking |= dict.fromkeys(group, len(frozenset().union(*unshared(sources, seeds))))
    tests = {r: _tested(r, runs, counts) for r in relations if effects[r] is not None}
    return {r: Measured(effects[r], lacking.get(r, 0), *tests.get(r, UNTESTED)) for r in relations}


def _seeds(runs: Runs, values: Sequence[Printed]) -> tuple[int, ...]:
    """The seeds that the cells of all values have run."""
    return tuple(sorted(set.intersection(*(set(runs_of(runs, cell)) for value in values for cell in value.cells))))


def _reader(runs: Runs, unshared: Unshared) -> Counts:
    """The counts that values are taken of, on the videos that they share; each file is read and counted once."""

    @cache
    def frame(source: Printed, seed: int) -> DataFrame:
        return scores_of([runs[cell, seed] for cell in source.answering], source)

    @cache
    def read(source: Printed, seeds: tuple[int, ...], without: frozenset[str]) -> Counted:
        frames = (frame(source, seed) for seed in seeds)
        return evaluation.counted([scores[~scores["video"].isin(without)] for scores in frames])

    def together(sources: Sequence[Printed], seeds: tuple[int, ...]) -> list[Counted]:
        without = unshared(sources, seeds)
        return [read(source, seeds, videos) for source, videos in zip(sources, without, strict=True)]

    return together


def _videos(runs: Runs) -> Unshared:
    """Of each source, the videos of its part that another one lacks; each file is read once."""

    @cache
    def of_part(cell: str, seed: int, part: str) -> set[str]:
        return set(runs[cell, seed].scores(part)["video"])

    def unshared(sources: Sequence[Printed], seeds: tuple[int, ...]) -> list[frozenset[str]]:
        return evaluation.unshared([of_part(source.cell, seeds[0], source.part) for source in sources])

    return unshared


def _source(value: Printed) -> Printed:
    """What says which scores a metric is taken of, without the metric."""
    return replace(value, column="", printed="", value=None, name="", of=None, minus=None)


def _sources(relation: Relation) -> list[Printed]:
    found = []
    for value in relation.values:
        found.append(_source(value))
        if value.subtracted is not None:
            found.append(_source(value.subtracted))
    return found


def _effect(relation: Relation, sources: Sequence[Printed], runs: Runs) -> Effect:
    """a - b as a function of the sums of the sources."""
    place = {source: number for number, source in enumerate(sources)}

    def of(operand: Operand) -> Callable[[Sequence[Any]], Any]:
        if not isinstance(operand, Printed):
            return lambda sums: operand
        metric = _metric(operand, runs)
        own = place[_source(operand)]
        if operand.subtracted is None:
            return lambda sums: metric(sums[own])
        other = place[_source(operand.subtracted)]
        return lambda sums: metric(sums[own]) - metric(sums[other])

    a, b = of(relation.a), of(relation.b)
    metrics = [_metric(value, runs) for value in relation.values]
    ranked = metrics[0].ranked
    if any(metric.ranked is not ranked for metric in metrics):
        names = " and ".join(value.name for value in relation.values)
        raise ConfigError(f"a claim holds {names} against each other", expected="both of ranks, or neither")
    return Effect(lambda sums: a(sums) - b(sums), max(metric.span for metric in metrics), ranked)


def _metric(value: Printed, runs: Runs) -> Metric:
    """Of the kind of target that the cell's runs have."""
    return metric_of(value, next(iter(runs_of(runs, value.cell).values())))


def _plain(relation: Relation, known: Mapping[Printed, object]) -> Interval | None:
    """The difference of two facts, mappings or numbers: there is nothing to resample. The smaller counts ``times``."""
    sides = [known.get(side) if isinstance(side, Printed) else side for side in (relation.a, relation.b)]
    numbers = [float(side) for side in sides if isinstance(side, int | float)]
    if len(numbers) != len(sides):
        return None
    times = (1.0, relation.times) if relation.op == ">" else (relation.times, 1.0)
    return Interval(times[0] * numbers[0] - times[1] * numbers[1], math.nan, math.nan, 0)


def _tested(relation: Relation, runs: Runs, counts: Counts) -> Tested:
    """The paired permutation test, and in how many of how many seeds the two sides are alike, where they are the same
    metric of two cells with the same target."""
    a, b = relation.a, relation.b
    if not isinstance(a, Printed) or not isinstance(b, Printed) or (a.kind, b.kind) != ("metric", "metric"):
        return UNTESTED
    if (a.name, a.of) != (b.name, b.of) or a.minus or b.minus or _source(a) == _source(b):
        return UNTESTED
    seeds = _seeds(runs, (a, b))
    targets = {runs[value.cell, seeds[0]].target for value in (a, b)}
    if len(targets) > 1:
        return UNTESTED
    first, second = counts((_source(a), _source(b)), seeds)
    try:
        return evaluation.paired_test(first, second, _metric(a, runs)), _alike(first, second)
    except DataError:  # they were tested on other people
        return UNTESTED


def _alike(first: Counted, second: Counted) -> tuple[int, int]:
    """In how many of how many seeds two cells have the same counts of every unit."""
    same = [np.array_equal(first.counts[:, seed], second.counts[:, seed]) for seed in range(first.counts.shape[1])]
    return sum(same), len(same)
