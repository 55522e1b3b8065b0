"""Whether a claim holds in the runs of today: effect, interval, test and verdict of every relation."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fer_lab import evaluation
from fer_lab.claims.effects import Measured, measure
from fer_lab.claims.schema import STRICT, Claim, Quoted, Relation
from fer_lab.evaluation import Interval
from fer_lab.ledger import Run
from fer_lab.tables import Printed
from fer_lab.tables.comparison import BLOCKED, MARGIN, REFUSED, Runs, other_parts, other_settings, runs_of
from fer_lab.tables.grid import p_text
from fer_lab.tables.measures import facts
from fer_lab.tables.seen import why_seen

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
ALPHA = 0.05
EXACT = 0.01
"""Margin of ``==``: what is printed as equal agrees to a hundredth."""


@dataclass(frozen=True)
class JudgedRelation:
    """A relation and what the runs say of it.

    Attributes:
        effect: a - b with its 95 % interval, without bounds where there is nothing to resample; None if not run.
        p: of the paired permutation test; None where the two sides are not the same metric of two cells.
        outcome: ``holds``, ``does not hold``, ``undecided``, or '' if not run.
        in_print: whether the printed values satisfy it; None where one of them is not printed.
        left_out: videos that do not count, as one of its cells has no item of them.
        alike: of how many seeds both sides answer every item alike; None where they are not set against each other.
    """

    relation: Relation
    effect: Interval | None
    p: float | None
    outcome: str
    in_print: bool | None
    left_out: int = 0
    alike: tuple[int, int] | None = None

    @property
    def effect_text(self) -> str:
        """``+0.042 [+0.011, +0.073]``, the bounds where there are any, and what is left out; '' if not run."""
        if self.effect is None:
            return ""
        if math.isnan(self.effect.mean):
            return "undefined"
        less = f" without {self.left_out} videos that one cell lacks" if self.left_out else ""
        same = f", the same answers in {self.alike[0]} of {self.alike[1]} seeds" if self.alike and self.alike[0] else ""
        return f"{effect_words(self.effect.mean, self.effect.low, self.effect.high)}{less}{same}"


def effect_words(mean: float, low: float, high: float) -> str:
    """``+0.042 [+0.011, +0.073]``, the bounds where there are any."""
    return f"{mean:+.3f}" + ("" if math.isnan(low) else f" [{low:+.3f}, {high:+.3f}]")


def p_words(p: float | None) -> str:
    """``0.042``, or that it is smaller than can be shown; '' where nothing was tested."""
    return "" if p is None or math.isnan(p) else p_text(p).removeprefix("p ")


@dataclass(frozen=True)
class Judged:
    """A claim and its verdict.

    Attributes:
        verdict: ``holds``, ``does not hold`` and ``undecided`` on real data; else why there is none: ``blocked by
            data`` on twins, ``not run: <cells>``, ``not built: <reason>``, ``not measurable: <reason>`` where one
            side is compared with nothing, ``not measured: <timings>``, ``not comparable: <protocol>`` where a printed
            number is compared with runs whose parts are not as printed, ``no verdict: <weights>`` where these may have
            seen items that they were tested on.
        outcome: what the runs say, whatever they are of; '' if they are not there.
        seeds: the seeds that all cells of it have run.
        p: that it holds by chance: the largest of its orderings, as all must hold, after Holm's correction over the
            claims tied to the same table; None where there is no test.
    """

    claim: Claim
    verdict: str
    outcome: str
    relations: tuple[JudgedRelation, ...]
    seeds: tuple[int, ...]
    p: float | None

    @property
    def p_text(self) -> str:
        """See ``p_words``."""
        return p_words(self.p)

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
        source: that of the runs; only what is measured on real data alone says something of a claim.
        stated: what mappings are today (``runs.stated``); without, relations of them are not run.
        blocked: cells whose data are not there.
    """
    known: dict[Printed, object] = dict(stated or {})
    everything = [value for claim in claims for relation in claim.relations for value in relation.values]
    known |= facts(everything, lambda cell: runs_of(runs, cell))
    found = measure([relation for claim in claims for relation in claim.relations], runs, known)
    measured = {
        r: JudgedRelation(r, one.effect, one.p, _outcome(r, one), _in_print(r), one.left_out, one.alike)
        for r, one in found.items()
    }
    tests = _corrected(claims, measured)
    return [
        _judged(claim, [measured[r] for r in claim.relations], tests.get(claim), runs, source, blocked)
        for claim in claims
    ]


def _corrected(claims: Sequence[Claim], measured: Mapping[Relation, JudgedRelation]) -> dict[Claim, float]:
    """The p of each claim that has one, by Holm over the claims of a thesis that are tied to the same table.

    Within a claim nothing is corrected: it holds only if all its orderings do, so that it is right by chance at most as
    often as the one that is hardest to tell (an intersection-union test, Berger 1982).
    """
    families: dict[tuple[str, str], dict[Claim, float]] = {}
    for claim in claims:
        found = [measured[relation].p for relation in claim.relations if relation.op in STRICT]
        if tests := [p for p in found if p is not None]:
            family = claim.thesis, next((relation.table for relation in claim.relations if relation.table), "")
            families.setdefault(family, {})[claim] = max(tests)
    return {
        claim: p
        for family in families.values()
        for claim, p in zip(family, evaluation.holm(list(family.values())), strict=True)
    }


def _judged(
    claim: Claim,
    relations: list[JudgedRelation],
    p: float | None,
    runs: Runs,
    source: str,
    blocked: Collection[str],
) -> Judged:
    values = [value for relation in claim.relations for value in relation.values]
    cells = dict.fromkeys(cell for value in values for cell in value.cells)
    seeds = [set(runs_of(runs, cell)) for cell in cells]
    outcome = _together([relation.outcome for relation in relations])
    outcome = UNDECIDED if outcome == HOLDS and p is not None and p > ALPHA else outcome
    if claim.open is not None or any(value.why_nothing == "" for value in values):
        verdict = f"not built: {claim.open or 'the experiments of its thesis'}"
    elif reasons := [value.why_nothing for value in values if value.why_nothing]:
        verdict = f"not measurable: {reasons[0]}"
    elif any(cell in blocked for cell in cells):
        verdict = BLOCKED
    elif not outcome:
        verdict = _without_outcome(relations, [cell for cell in cells if not runs_of(runs, cell)])
    elif source != "real":
        verdict = BLOCKED
    elif seen := why_seen(run for cell in cells for run in runs_of(runs, cell).values()):
        verdict = f"{REFUSED}: {seen}"
    else:
        own = [run for cell in cells for run in runs_of(runs, cell).values()]
        why = other_settings(own) or _in_miniature(own) or other_parts(_held_against_print(relations, runs))
        verdict = f"not comparable: {why}" if why else outcome
    common = tuple(sorted(set.intersection(*seeds))) if seeds else ()
    return Judged(claim, verdict, outcome, tuple(relations), common, p)


def _without_outcome(relations: Sequence[JudgedRelation], missing: Sequence[str]) -> str:
    """Cells that have not run; else what nobody has timed: a GPU cannot be where there is none."""
    timed = [
        value for one in relations if one.effect is None for value in one.relation.values if value.kind == "timing"
    ]
    if timed and not missing:
        names = ", ".join(dict.fromkeys(f"{value.name} of {value.cell}" for value in timed))
        return f"not measured: one of {names} (fer-lab time-inference, on a machine that has the device)"
    return f"not run: {', '.join(missing) or 'no seed that all its cells share'}"


def _in_miniature(runs: Sequence[Run]) -> str:
    """Runs of a profile that goes once through everything and trains nothing to the end say nothing of a claim."""
    return "profile smoke" if any(run.profile == "smoke" for run in runs) else ""


def _held_against_print(relations: Sequence[JudgedRelation], runs: Runs) -> list[Run]:
    """The runs that a printed number is compared with: cells of one protocol may be compared under any."""
    quoted = [
        one.relation for one in relations if isinstance(one.relation.a, Quoted) or isinstance(one.relation.b, Quoted)
    ]
    cells = {cell for relation in quoted for value in relation.values for cell in value.cells}
    return [run for cell in sorted(cells) for run in runs_of(runs, cell).values()]


def _together(outcomes: Sequence[str]) -> str:
    """A claim holds if all its relations do, and fails with the first that does not."""
    if not outcomes or "" in outcomes:
        return ""
    return FAILS if FAILS in outcomes else UNDECIDED if UNDECIDED in outcomes else HOLDS


def _outcome(relation: Relation, found: Measured) -> str:
    """What the interval and the test say of a relation.

    ``>``: holds if the interval lies above ``by`` and the test agrees, fails if it lies below it; undecided where both
    sides answer alike in most seeds: what they differ in hardly happened. ``>=``: holds if it lies above ``-MARGIN``,
    without the test, but for one that lies below 0: worse, if by less than the margin, is undecided. ``~``: holds if
    the 90 % interval lies within ``MARGIN`` of 0 (two one-sided tests at 5 %), fails if the 95 % interval lies beyond.
    ``==``: the same with 0.01. Where nothing can be resampled the numbers alone decide.
    """
    effect = found.effect
    if effect is None:
        return ""
    resampled = any(value.kind == "metric" for value in relation.values)
    if math.isnan(effect.mean) or (resampled and math.isnan(effect.low)):  # of one person nothing follows
        return UNDECIDED
    low, high = _bounds(effect.mean, effect.low, effect.high)
    if relation.op in ("~", "=="):
        inner = _bounds(effect.mean, effect.inner_low, effect.inner_high)
        return _similar(inner, (low, high), MARGIN if relation.op == "~" else EXACT)
    if relation.op in ("<", "<="):
        low, high = -high, -low
    if relation.op not in STRICT:
        return FAILS if high < -MARGIN else HOLDS if low >= -MARGIN and high >= 0 else UNDECIDED
    if found.alike is not None and 2 * found.alike[0] > found.alike[1]:
        return UNDECIDED
    if low > relation.by:
        return UNDECIDED if found.p is not None and found.p > ALPHA else HOLDS
    return FAILS if high <= relation.by else UNDECIDED


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
    unit = 100 if max(abs(a), abs(b)) > 1 else 1
    by, times, margin = relation.by * unit, relation.times, MARGIN * unit
    answers = {">": a - by > times * b, "<": b - by > times * a, ">=": a >= b, "<=": a <= b,
               "==": a == b, "~": abs(a - b) <= margin}  # fmt: skip
    return answers[relation.op]
