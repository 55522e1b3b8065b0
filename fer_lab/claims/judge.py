"""Whether a claim holds in the runs of today: effect, interval, test and verdict of every relation."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.claims.schema import Claim, Operand, Relation
from fer_lab.errors import DataError
from fer_lab.evaluation import Interval
from fer_lab.ledger import Run
from fer_lab.tables import Printed
from fer_lab.tables.comparison import BLOCKED, MARGIN
from fer_lab.tables.reading import facts, scores_of
from fer_lab.tables.schema import NOT_BUILT

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"

ALPHA = 0.05

Runs = Mapping[tuple[str, int], Run]
Scores = Callable[[Printed, int], DataFrame]


@dataclass(frozen=True)
class JudgedRelation:
    """A relation and what the runs say of it.

    Attributes:
        effect: a - b with its 95 % interval, without bounds where there is nothing to resample; None if not run.
        p: of the paired permutation test, after Holm's correction over the relations tied to the same table; None
            where the two sides are not the same metric of two cells.
        outcome: ``holds``, ``does not hold``, ``undecided``, or '' if not run.
        in_print: whether the printed values satisfy it; None where one of them is not printed.
    """

    relation: Relation
    effect: Interval | None
    p: float | None
    outcome: str
    in_print: bool | None

    @property
    def effect_text(self) -> str:
        """``+0.042 [+0.011, +0.073]``, the bounds where there are any; '' if not run."""
        if self.effect is None:
            return ""
        if math.isnan(self.effect.mean):
            return "undefined"
        bounds = "" if math.isnan(self.effect.low) else f" [{self.effect.low:+.3f}, {self.effect.high:+.3f}]"
        return f"{self.effect.mean:+.3f}{bounds}"


@dataclass(frozen=True)
class Judged:
    """A claim and its verdict.

    Attributes:
        verdict: ``holds``, ``does not hold`` and ``undecided`` on real data; else why there is none: ``blocked by
            data`` on twins, ``not run: <cells>``, ``not built: <reason>``.
        outcome: what the runs say, whatever they are of; '' if they are not there.
        seeds: the seeds that all cells of it have run.
    """

    claim: Claim
    verdict: str
    outcome: str
    relations: tuple[JudgedRelation, ...]
    seeds: tuple[int, ...]

    @property
    def decisive(self) -> JudgedRelation | None:
        """The relation that the outcome rests on: the first that fails, or is undecided, else that of least effect."""
        for outcome in (FAILS, UNDECIDED):
            for relation in self.relations:
                if relation.outcome == outcome:
                    return relation
        return min(self.relations, key=lambda r: abs(r.effect.mean) if r.effect else 0.0, default=None)


def judge(
    claims: Sequence[Claim],
    runs: Runs,
    source: str,
    stated: Mapping[Printed, object] | None = None,
    blocked: Collection[str] = (),
) -> list[Judged]:
    """Judge claims on runs of one stamp.

    Args:
        claims: of one thesis or several.
        runs: by cell and seed.
        source: ``embedded`` or ``real``, that of the runs.
        stated: what mappings are today (``engine.stated``); without, relations of them are not run.
        blocked: cells whose data are not there.
    """
    known: dict[Printed, object] = dict(stated or {})
    everything = [value for claim in claims for relation in claim.relations for value in relation.values]
    known |= facts([value for value in everything if value.kind == "fact"], lambda cell: _runs_of(runs, cell))
    measured = _measure([relation for claim in claims for relation in claim.relations], runs, known)
    return [_judged(claim, [measured[r] for r in claim.relations], runs, source, blocked) for claim in claims]


def _runs_of(runs: Runs, cell: str) -> dict[int, Run]:
    return {seed: run for (name, seed), run in runs.items() if name == cell}


def _judged(claim: Claim, relations: list[JudgedRelation], runs: Runs, source: str, blocked: Collection[str]) -> Judged:
    values = [value for relation in claim.relations for value in relation.values]
    cells = dict.fromkeys(cell for value in values for cell in (value.cell, value.minus) if cell)
    seeds = [set(_runs_of(runs, cell)) for cell in cells]
    outcome = _together([relation.outcome for relation in relations])
    if claim.open is not None or any(value.kind == NOT_BUILT for value in values):
        verdict = f"not built: {claim.open or 'the experiments of its thesis'}"
    elif any(cell in blocked for cell in cells):
        verdict = BLOCKED
    elif not outcome:
        missing = [cell for cell in cells if not _runs_of(runs, cell)]
        verdict = f"not run: {', '.join(missing) or 'no seed that all its cells share'}"
    else:
        verdict = BLOCKED if source == "embedded" else outcome
    return Judged(claim, verdict, outcome, tuple(relations), tuple(sorted(set.intersection(*seeds))) if seeds else ())


def _together(outcomes: Sequence[str]) -> str:
    """A claim holds if all its relations do, and fails with the first that does not."""
    if not outcomes or "" in outcomes:
        return ""
    return FAILS if FAILS in outcomes else UNDECIDED if UNDECIDED in outcomes else HOLDS


def _measure(
    relations: Sequence[Relation], runs: Runs, known: Mapping[Printed, object]
) -> dict[Relation, JudgedRelation]:
    """Effect, test and outcome of every relation; those of the same scores share their replicates."""
    relations = list(dict.fromkeys(relations))
    scores = _reader(runs)
    effects: dict[Relation, Interval | None] = {r: _plain(r, known) for r in relations}
    groups: dict[tuple[Any, ...], list[Relation]] = {}
    for relation in relations:
        if relation.values and all(value.kind == "metric" for value in relation.values):
            groups.setdefault(tuple(dict.fromkeys(_sources(relation))), []).append(relation)
    for sources, group in groups.items():
        seeds = sorted(set.intersection(*(set(_runs_of(runs, value.cell)) for value in sources)))
        if seeds:
            frames = [[scores(value, seed) for seed in seeds] for value in sources]
            effects |= evaluation.contrasts(frames, {r: _effect(r, sources, runs) for r in group})
    tests = _adjusted({r: _p(r, runs, scores) for r in relations if effects[r] is not None})
    return {r: JudgedRelation(r, effects[r], tests.get(r), _outcome(r, effects[r], tests.get(r)), _in_print(r))
            for r in relations}  # fmt: skip


def _reader(runs: Runs) -> Scores:
    """The scores that a value is taken of, each file read once."""

    @cache
    def read(source: Printed, seed: int) -> DataFrame:
        return scores_of(runs[source.cell, seed], source)

    return read


def _source(value: Printed) -> Printed:
    """What says which scores a metric is taken of, without the metric."""
    return replace(value, column="", printed="", value=None, name="", of=None, minus=None)


def _sources(relation: Relation) -> list[Printed]:
    found = []
    for value in relation.values:
        found.append(_source(value))
        if value.minus is not None:
            found.append(_source(replace(value, cell=value.minus)))
    return found


def _effect(relation: Relation, sources: Sequence[Printed], runs: Runs) -> Callable[[Sequence[Any]], Any]:
    """a - b as a function of the confusion matrices of the sources."""
    place = {source: number for number, source in enumerate(sources)}

    def of(operand: Operand) -> Callable[[Sequence[Any]], Any]:
        if not isinstance(operand, Printed):
            return lambda matrices: operand
        metric = evaluation.metric(operand.name, operand.of, next(iter(_runs_of(runs, operand.cell).values())).classes)
        own = place[_source(operand)]
        if operand.minus is None:
            return lambda matrices: metric(matrices[own])
        other = place[_source(replace(operand, cell=operand.minus))]
        return lambda matrices: metric(matrices[own]) - metric(matrices[other])

    a, b = of(relation.a), of(relation.b)
    return lambda matrices: a(matrices) - b(matrices)


def _plain(relation: Relation, known: Mapping[Printed, object]) -> Interval | None:
    """The difference of two facts, mappings or numbers: there is nothing to resample."""
    sides = [known.get(side) if isinstance(side, Printed) else side for side in (relation.a, relation.b)]
    numbers = [float(side) for side in sides if isinstance(side, int | float)]
    return Interval(numbers[0] - numbers[1], math.nan, math.nan, 0) if len(numbers) == 2 else None


def _p(relation: Relation, runs: Runs, scores: Scores) -> float | None:
    """The paired permutation test, where the two sides are the same metric of two cells with the same classes."""
    a, b = relation.a, relation.b
    if not isinstance(a, Printed) or not isinstance(b, Printed) or (a.kind, b.kind) != ("metric", "metric"):
        return None
    if (a.name, a.of) != (b.name, b.of) or a.minus or b.minus or _source(a) == _source(b):
        return None
    seeds = sorted(set(_runs_of(runs, a.cell)) & set(_runs_of(runs, b.cell)))
    classes = {runs[value.cell, seeds[0]].classes for value in (a, b)}
    if len(classes) > 1:
        return None
    first, second = ([scores(_source(value), seed) for seed in seeds] for value in (a, b))
    try:
        return evaluation.paired_test(first, second, evaluation.metric(a.name, a.of, classes.pop()))
    except DataError:  # they were tested on other people
        return None


def _adjusted(tests: Mapping[Relation, float | None]) -> dict[Relation, float]:
    """Holm's correction over the relations tied to one table."""
    groups: dict[str, dict[Relation, float]] = {}
    for relation, p in tests.items():
        if p is not None:
            groups.setdefault(relation.table, {})[relation] = p
    found: dict[Relation, float] = {}
    for group in groups.values():
        found |= dict(zip(group, evaluation.holm(list(group.values())), strict=True))
    return found


def _outcome(relation: Relation, effect: Interval | None, p: float | None) -> str:
    """What the interval and the test say of a relation.

    ``>``: holds if the interval lies above 0 and the test agrees, fails if it lies below 0. ``>=``: the same with
    ``-MARGIN`` in place of 0, without the test. ``~``: holds if the 90 % interval lies within ``MARGIN`` of 0 (two
    one-sided tests at 5 %), fails if the 95 % interval lies beyond. ``==``: the same with 0.01. Where nothing can be
    resampled the numbers alone decide.
    """
    if effect is None:
        return ""
    if math.isnan(effect.mean):
        return UNDECIDED
    low, high = _bounds(effect.mean, effect.low, effect.high)
    if relation.op in ("~", "=="):
        inner = _bounds(effect.mean, effect.inner_low, effect.inner_high)
        return _similar(inner, (low, high), MARGIN if relation.op == "~" else EXACT)
    if relation.op in ("<", "<="):
        low, high = -high, -low
    limit = -MARGIN if "=" in relation.op else 0.0
    if low > limit or (limit and low == limit):
        return UNDECIDED if p is not None and not limit and p > ALPHA else HOLDS
    return FAILS if high < limit or (not limit and high <= 0) else UNDECIDED


EXACT = 0.01
"""Margin of ``==``: what is printed as equal agrees to the last digit of a percentage."""


def _bounds(mean: float, low: float, high: float) -> tuple[float, float]:
    """The bounds of an interval, or the mean where there are none."""
    return (mean, mean) if math.isnan(low) else (low, high)


def _similar(inner: tuple[float, float], outer: tuple[float, float], margin: float) -> str:
    """Two one-sided tests at 5 %: the 90 % interval lies within the margin; beyond it if the 95 % interval does."""
    if -margin <= inner[0] and inner[1] <= margin:
        return HOLDS
    return FAILS if outer[0] > margin or outer[1] < -margin else UNDECIDED


def _in_print(relation: Relation) -> bool | None:
    """Whether the printed numbers themselves satisfy a relation; similar means within 3 points of one hundred."""
    a, b = (side.value if isinstance(side, Printed) else side for side in (relation.a, relation.b))
    if a is None or b is None:
        return None
    margin = MARGIN * (100 if max(abs(a), abs(b)) > 1 else 1)
    answers = {">": a > b, "<": a < b, ">=": a >= b, "<=": a <= b, "==": a == b, "~": abs(a - b) <= margin}
    return answers[relation.op]
