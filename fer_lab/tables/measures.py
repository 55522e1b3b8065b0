"""Read from the ledger what a table prints: metrics with their intervals, and facts of the runs' records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.evaluation import Counted, Interval, Metric
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.course import COURSE, smoothed
from fer_lab.evaluation.coverage import METRICS as SURE
from fer_lab.evaluation.coverage import sure
from fer_lab.evaluation.metrics import EXPECTED_COST, costs_of_missing, expected_cost
from fer_lab.evaluation.units import shared
from fer_lab.ledger import Run
from fer_lab.ledger.timings import read_timings
from fer_lab.tables.schema import ALWAYS, BEST, ENVIRONMENT, SCORES, Printed

Reader = Callable[[str], Mapping[int, Run]]
"""Gives a cell's runs by seed."""

LOSSES = "losses"
"""The group of facts that is the course of a run's losses (``evaluation.course``)."""
_ORACLES: dict[tuple[object, ...], int] = {}
"""Part, and checksums of all that a run wrote -> its best epoch: many tables show the same cell."""


def measured(values: Sequence[Printed], reader: Reader) -> dict[Printed, Interval]:
    """Metrics of votes, other epochs and differences; those of the same scores share their replicates."""
    found: dict[Printed, Interval] = {}
    for group in _of_same_scores(values):
        first = group[0]
        if not (own := answering(first, reader)):
            continue
        metrics = {value: metric_of(value, next(iter(own.values()))[0]) for value in group}
        if first.minus is None:
            scores, given = [scores_of(runs, first) for runs in own.values()], first.answers is not None
            if first.subset is not None and any(frame.empty for frame in scores):
                continue  # no item is of the subset
            found |= evaluation.intervals(scores, metrics, given=given)
        elif pair := _pair(first, reader):
            found |= evaluation.contrasts(pair, {value: evaluation.minus(metrics[value]) for value in group})
    return found


def tested(values: Sequence[Printed], reader: Reader) -> dict[Printed, float]:
    """The p of each difference of two cells: paired permutation tests, corrected for their number by Holm.

    Those of cells that share no subject have none, nor those that are undefined.
    """
    found: dict[Printed, float] = {}
    for group in _of_same_scores([value for value in values if value.minus is not None]):
        if pair := _pair(group[0], reader):
            run = next(iter(reader(group[0].cell).values()))
            with suppress(DataError):  # they were tested on other people
                found |= {value: evaluation.paired_test(*pair, metric_of(value, run)) for value in group}
    corrected = zip(found, evaluation.holm(list(found.values())), strict=True)
    return {value: p for value, p in corrected if not np.isnan(p)}


def _of_same_scores(values: Sequence[Printed]) -> list[list[Printed]]:
    """Values that differ in nothing but the metric stand together."""
    groups: dict[tuple[object, ...], list[Printed]] = {}
    for value in values:
        same = (value.answering, *(getattr(value, key) for key in SCORES))
        groups.setdefault(same, []).append(value)
    return list(groups.values())


def answering(value: Printed, reader: Reader) -> dict[int, list[Run]]:
    """The runs whose answers are judged, in the order of its cells, by the seeds that all of them have."""
    each = [reader(cell) for cell in value.answering]
    seeds = [seed for seed in each[0] if all(seed in runs for runs in each)] if each else []
    return {seed: [runs[seed] for runs in each] for seed in seeds}


def _pair(value: Printed, reader: Reader) -> tuple[Counted, Counted] | None:
    """What is counted of the two sides of a difference, of the seeds and videos that both have; None without any."""
    if value.subtracted is None:
        return None
    own, other = answering(value, reader), answering(value.subtracted, reader)
    if not (seeds := sorted(set(own) & set(other))):
        return None
    one, two = shared(*([scores_of(runs[seed], value) for seed in seeds] for runs in (own, other)))
    if value.subset is not None and any(frame.empty for frame in (*one, *two)):
        return None
    return evaluation.counted(one), evaluation.counted(two)


def lacking(value: Printed, reader: Reader) -> int:
    """Of the cells of a difference, how many videos not all have: they do not count in it."""
    cells = [next(iter(reader(cell).values()), None) for cell in value.cells]
    videos = [set(run.scores(value.part)["video"]) for run in cells if run is not None]
    return len(frozenset().union(*evaluation.unshared(videos)))


def metric_of(value: Printed, run: Run) -> Metric:
    """The metric that a value asks for, of what its cell answers; costs are those of the cell's training part.

    Args:
        value: what is asked for.
        run: one of its cell.

    Raises:
        ConfigError: the cell's kind of target has none of that name; says which cell.
    """
    place = f"{value.cell}, column {value.column!r}" if value.column else value.cell
    if value.name == EXPECTED_COST:
        if not (counts := training_counts(run)):
            raise ConfigError(
                f"{place}: {EXPECTED_COST} of a run that does not say how many training items each class has",
                expected="a cell of classes",
                do="correct the table or claim; an older run of classes must be trained again",
            )
        return expected_cost(costs_of_missing([counts[name] for name in run.target.names]))
    if value.above is not None and run.target.exclusive:
        return SURE[value.name]
    try:
        return run.target.metric(value.name, value.of)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error.what}", expected=error.expected, do="correct the table or claim") from None


def training_counts(run: Run) -> Mapping[str, int]:
    """How many training items are of each class; empty where a run does not say it, or is not of classes."""
    return _look_up(run.facts, "of_class.items.train") or {}


def scores_of(runs: Sequence[Run], value: Printed) -> DataFrame:
    """The scores that a metric is taken of.

    Args:
        runs: of one seed, one of each cell that answers (``Printed.answering``), in their order.
        value: what is asked for.

    Raises:
        DataError: thresholds, or no label, of what is not of labels; a confidence of what is not of classes; cells that
            answer together and have other items.
        ConfigError: there is no class of the name that is always to be answered.
    """
    run = runs[0]
    each = [scores_at(one, value.part, value.epoch, value.subset, None, value.given) for one in runs]
    scores = evaluation.averaged(each)
    scores = scores if value.vote is None else evaluation.vote(scores, value.vote)
    if value.answers == "constant":
        return evaluation.constant_answer(scores, run.scores("train", run.epochs - 1))
    if value.answers == "majority":
        return evaluation.constant_answer(scores, scores)
    if value.answers is not None and value.answers.startswith(ALWAYS):
        return _always(scores, run.target.names, value.answers.removeprefix(ALWAYS))
    if value.above is not None:
        return sure(scores, float(value.above))
    if value.answers == "absent":
        return evaluation.decided(scores, np.full(len(run.target.names), np.inf))
    return scores if value.threshold is None else evaluation.decided(scores, thresholds_of(run, value))


def _always(scores: DataFrame, classes: Sequence[str], name: str) -> DataFrame:
    """The scores as if every item were answered with one class."""
    if name not in classes or "label" not in scores:
        raise ConfigError(f"answers: {ALWAYS}{name}", expected=f"a class: {nearest(name, classes)}")
    return evaluation.constant_answer(scores, scores.head(1).assign(label=list(classes).index(name)))


def thresholds_of(run: Run, value: Printed) -> Floats:
    """From where on each label is answered, (L,), by the same epoch's answers to the validation part."""
    return evaluation.thresholds(scores_at(run, "val", value.epoch, value.subset, value.vote))


def scores_at(
    run: Run, part: str, epoch: str, subset: str | None, rule: str | None, given: str | None = None
) -> DataFrame:
    """Scores of a part, at an epoch, of items (all or some) or of voting videos; the words are those of a table."""
    scores = of_given(run.scores(part, epoch_of(run, part, epoch, given)), given)
    if subset == "unleaked":
        scores = scores[~scores["video"].isin(run.leaked())].reset_index(drop=True)
    elif subset in ("distinct", "seen"):
        scores = scores[scores["video"].isin(run.seen()) == (subset == "seen")].reset_index(drop=True)
    elif subset is not None:
        scores = evaluation.late(scores, subset)
    return scores if rule is None else evaluation.vote(scores, rule)


def of_given(scores: DataFrame, given: str | None) -> DataFrame:
    """The scores of the items of one given part of the data set, whose ids begin with it; of all for None.

    Raises:
        ConfigError: there are none.
    """
    if given is None:
        return scores
    own = scores[scores["video"].str.startswith(f"{given}/")].reset_index(drop=True)
    if own.empty:
        parts = sorted(set(scores["video"].str.partition("/")[0]))
        raise ConfigError(f"given: {given}", expected=f"a part that the data set gives: {nearest(given, parts)}")
    return own


def epoch_of(run: Run, part: str, epoch: str, given: str | None = None) -> int | None:
    """The number of an epoch; None is the one that validation selected, in each fold its own."""
    if epoch == "oracle" or epoch.startswith(BEST):
        return _oracle(run, part, epoch.removeprefix(BEST) if epoch.startswith(BEST) else given)
    return run.epochs - 1 if epoch == "last" or (epoch == "stopped" and run.protocol == "thesis") else None


def _oracle(run: Run, part: str, given: str | None) -> int:
    """The epoch that is best on the part, or a given part of it, the earliest of equals; read once a process."""
    key = (part, given, run.epochs, *(checksum for fold in run.singles for checksum in fold.files.values()))
    if key not in _ORACLES:
        _ORACLES[key] = run.best_epoch(part) if given is None else _best_of_given(run, part, given)
    return _ORACLES[key]


def _best_of_given(run: Run, part: str, given: str) -> int:
    sums = [run.target.total(of_given(run.scores(part, epoch), given)) for epoch in range(run.epochs)]
    return int(np.nan_to_num(run.target.main_metric(np.stack(sums)), nan=-np.inf).argmax())


def facts(values: Sequence[Printed], reader: Reader) -> dict[Printed, object]:
    """What the runs' records say, or the course of their losses does, one value if all seeds agree, else their mean.

    Timings are those of the runs that were timed; metrics are passed over.
    """
    found: dict[Printed, object] = {}
    for value in (value for value in values if value.kind in READERS):
        read = [READERS[value.kind](run, value) for run in reader(value.cell).values()]
        read = [one for one in read if one is not None]
        if read:
            found[value] = _together(read)
    return found


def _together(read: Sequence[Any]) -> object:
    """One value if all are the same, else the mean of numbers, and words side by side."""
    if all(one == read[0] for one in read):
        return read[0]
    numbers = all(isinstance(one, int | float) for one in read)
    return float(np.mean(read)) if numbers else ", ".join(dict.fromkeys(map(str, read)))


def _fact(run: Run, value: Printed) -> Any:
    """``losses.last`` is a number of the course of losses, ``environment.cores`` is of the machine; anything else is
    looked up among the facts of the record. Versions are said with what they are of.
    """
    group, _, number = value.name.partition(".")
    if group == ENVIRONMENT:
        found, (kind, _, package) = _look_up(run.environment, number), number.partition(".")
        return f"{package} {found}" if found and kind == "versions" else found
    if group != LOSSES:
        return _look_up(run.facts, value.name)
    losses = run.losses()
    return None if losses is None else COURSE[number](smoothed(losses))


def _look_up(facts: Mapping[str, Any], name: str) -> Any:
    here: Any = facts
    for key in name.split("."):
        here = here.get(key) if isinstance(here, Mapping) else None
    return here


def _timing(run: Run, value: Printed) -> float | None:
    """Seconds for so many pictures, at the time that one took; None where it was not measured."""
    device, _, way = value.name.partition(".")
    timing = next((one for one in read_timings(run) if one.device == device), None)
    return None if timing is None else int(value.of or 0) * timing.seconds[way].median / timing.images


READERS: Mapping[str, Callable[[Run, Printed], Any]] = {"fact": _fact, "timing": _timing}
"""What of a run is read, by kind."""
