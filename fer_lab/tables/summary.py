"""What the runs of a cell give, whatever a table prints of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.evaluation import RULES, Interval, Metric, Target
from fer_lab.evaluation.arrays import Floats
from fer_lab.ledger import Run
from fer_lab.tables.inflation import Inflation, inflation
from fer_lab.tables.measures import epoch_of, metric_of
from fer_lab.tables.schema import Printed


@dataclass(frozen=True)
class Summary:
    """What the runs of a cell give on one part, whatever its table prints; NaN = undefined.

    Attributes:
        target: what an item is asked for; what is counted and shown follows from it.
        metrics: the target's ``overall``, the main one first, over items, mean over seeds with interval.
        seed_spread: the lowest and the highest main metric that a seed gives.
        votes: rule -> main metric over videos, mean over seeds.
        epoch: ``best_val``, ``last``, ``stopped`` or ``oracle``: that of the cell's values where they agree, else the
            selected one; what was stopped by validation was selected, too.
        leaked: share of the test items whose person, video or exact copy is in training, mean over seeds.
        constant: main metric of always giving the answer that is best for the training items.
        sums: of the target, summed over the seeds; of classes, confusion counts (C, C), rows the truth.
        inflation: what another choice of the epoch, or the other protocol, does to the main metric.
    """

    cell: str
    part: str
    epoch: str
    seeds: tuple[int, ...]
    missing: tuple[int, ...]
    target: Target
    n_items: int
    n_videos: int
    n_subjects: int
    metrics: Mapping[str, Interval]
    seed_spread: tuple[float, float]
    votes: Mapping[str, float]
    leaked: float
    constant: float
    sums: Floats
    inflation: Inflation

    @property
    def main(self) -> Interval:
        """The main metric."""
        return self.metrics[self.target.main]


def summarise(
    cell: str,
    part: str,
    runs: Mapping[int, Run],
    seeds: Sequence[int],
    values: Sequence[Printed],
    others: Mapping[int, Run] | None = None,
) -> tuple[Summary, dict[Printed, Interval]]:
    """What the runs of a cell give, and those of its printed values that are of the same scores.

    Args:
        cell: ``<experiment>/<name>``.
        part: ``train``, ``val`` or ``test``.
        runs: by seed, at least one.
        seeds: those that there should be.
        values: printed values that are metrics of this cell and part.
        others: its runs under the other protocol, by seed.
    """
    asked = {value.epoch for value in values}
    epoch = asked.pop() if len(asked) == 1 else "best_val"
    values = [value for value in values if value.plain and value.epoch == epoch]
    scores = [run.scores(part, epoch_of(run, part, epoch)) for run in runs.values()]
    first = next(iter(runs.values()))
    target = first.target
    metrics: dict[object, Metric] = {value: metric_of(value, first) for value in values}
    found = evaluation.intervals(scores, {**metrics, **target.overall})
    sums = np.array([target.total(frame) for frame in scores])
    votes, inflated = _whatever_is_printed(part, epoch, runs, others or {}, scores)
    summary = Summary(
        cell=cell,
        part=part,
        epoch=_chosen(epoch, runs.values()),
        seeds=tuple(runs),
        missing=tuple(seed for seed in seeds if seed not in runs),
        target=target,
        n_items=len(scores[0]),
        n_videos=int(scores[0]["video"].nunique()),
        n_subjects=evaluation.n_subjects(scores[0]),
        metrics={name: found[name] for name in target.overall},
        seed_spread=_spread(target.main_metric(sums)),
        votes=votes,
        leaked=float(np.mean([run.facts["leak_share"] for run in runs.values()])),
        constant=_main(target, evaluation.constant_answer(scores[0], first.scores("train", first.epochs - 1))),
        sums=sums.sum(axis=0),
        inflation=inflated,
    )
    return summary, {value: found[value] for value in values}


def _chosen(epoch: str, runs: Iterable[Run]) -> str:
    """Training stopped where the thesis says under its protocol alone; else validation has selected."""
    stopped = all(run.protocol == "thesis" for run in runs)
    return "best_val" if epoch == "stopped" and not stopped else epoch


_KNOWN: dict[tuple[object, ...], tuple[Mapping[str, float], Inflation]] = {}
"""Part, epoch, and checksums of all that the runs wrote -> votes and inflation: many tables show the same cell."""


def _whatever_is_printed(
    part: str, epoch: str, runs: Mapping[int, Run], others: Mapping[int, Run], scores: Sequence[DataFrame]
) -> tuple[Mapping[str, float], Inflation]:
    """What does not depend on the values of a table; taken once a process."""
    key = (
        part,
        epoch,
        *((seed, run.selected_epoch, *_checksums(run)) for some in (runs, others) for seed, run in some.items()),
    )
    if key not in _KNOWN:
        votes = {rule: _voted(scores, rule) for rule in RULES[evaluation.target_of(scores[0]).kind]}
        _KNOWN[key] = votes, inflation(part, runs, others)
    return _KNOWN[key]


def _checksums(run: Run) -> list[str]:
    return [checksum for fold in run.singles for checksum in (fold.protocol, *fold.files.values())]


def _spread(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _main(target: Target, scores: DataFrame) -> float:
    return float(target.main_metric(target.total(scores)))


def _voted(scores: Sequence[DataFrame], rule: str) -> float:
    """Mean over seeds of the main metric of voting videos."""
    target = evaluation.target_of(scores[0])
    return float(np.mean([_main(target, evaluation.vote(frame, rule)) for frame in scores]))
