"""Read from the ledger what a table prints: metrics with their intervals, and facts of the runs' records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.errors import ConfigError
from fer_lab.evaluation import Interval, Metric, Target
from fer_lab.ledger import Run
from fer_lab.tables.schema import Printed

Reader = Callable[[str], Mapping[int, Run]]
"""Gives a cell's runs by seed."""

_ORACLES: dict[tuple[object, ...], int] = {}
"""Part, and checksums of all that a run wrote -> its best epoch: many tables show the same cell."""


def measured(values: Sequence[Printed], reader: Reader) -> dict[Printed, Interval]:
    """Metrics of votes, other epochs and differences; those of the same scores share their replicates."""
    found: dict[Printed, Interval] = {}
    groups: dict[tuple[object, ...], list[Printed]] = {}
    for value in values:
        same = (value.cell, value.part, value.vote, value.epoch, value.minus, value.subset)
        groups.setdefault(same, []).append(value)
    for group in groups.values():
        first, own = group[0], reader(group[0].cell)
        if not own:
            continue
        target = next(iter(own.values())).target
        metrics = {value: metric_of(value, target) for value in group}
        if first.minus is None:
            found |= evaluation.intervals([scores_of(run, first) for run in own.values()], metrics)
        elif both := sorted(set(own) & set(reader(first.minus))):
            other = reader(first.minus)
            one, two = ([scores_of(runs[seed], first) for seed in both] for runs in (own, other))
            found |= {value: evaluation.difference(one, two, metrics[value]) for value in group}
    return found


def lacking(value: Printed, reader: Reader) -> int:
    """Of the two cells of a difference, how many videos only one has: they do not count in it."""
    cells = [next(iter(reader(cell).values()), None) for cell in (value.cell, value.minus) if cell]
    videos = [set(run.scores(value.part)["video"]) for run in cells if run is not None]
    return len(frozenset().union(*evaluation.unshared(videos)))


def metric_of(value: Printed, target: Target) -> Metric:
    """The metric that a value asks for, of what its cell answers.

    Raises:
        ConfigError: the cell's kind of target has none of that name; says which cell.
    """
    try:
        return target.metric(value.name, value.of)
    except ConfigError as error:
        place = f"{value.cell}, column {value.column!r}" if value.column else value.cell
        raise ConfigError(f"{place}: {error.what}", expected=error.expected, do="correct the table or claim") from None


def scores_of(run: Run, value: Printed) -> DataFrame:
    """The scores that a metric is taken of: of a part, at an epoch, of items (all or some) or of voting videos."""
    scores = run.scores(value.part, epoch_of(run, value.part, value.epoch))
    if value.subset == "unleaked":
        scores = scores[~scores["video"].isin(run.leaked())].reset_index(drop=True)
    elif value.subset is not None:
        scores = evaluation.late(scores, value.subset)
    return scores if value.vote is None else evaluation.vote(scores, value.vote)


def epoch_of(run: Run, part: str, epoch: str) -> int | None:
    """The number of an epoch; None is the one that validation selected, in each fold its own."""
    if epoch == "oracle":
        return _oracle(run, part)
    return run.epochs - 1 if epoch == "last" or (epoch == "stopped" and run.protocol == "thesis") else None


def _oracle(run: Run, part: str) -> int:
    """The epoch that is best on the part itself, the earliest of equals; read once a process."""
    key = (part, run.epochs, *(checksum for fold in run.singles for checksum in fold.files.values()))
    if key not in _ORACLES:
        _ORACLES[key] = run.best_epoch(part)
    return _ORACLES[key]


def facts(values: Sequence[Printed], reader: Reader) -> dict[Printed, object]:
    """What the runs' records say, one value if all seeds agree, else their mean."""
    found: dict[Printed, object] = {}
    for value in values:
        read = [_look_up(run.facts, value.name) for run in reader(value.cell).values()]
        read = [one for one in read if one is not None]
        if read:
            found[value] = read[0] if all(one == read[0] for one in read) else float(np.mean(read))
    return found


def _look_up(facts: Mapping[str, Any], name: str) -> Any:
    here: Any = facts
    for key in name.split("."):
        here = here.get(key) if isinstance(here, Mapping) else None
    return here
