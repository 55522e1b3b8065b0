"""What the runs of a cell give, whatever a table prints of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.evaluation import Interval
from fer_lab.evaluation.metrics import OVERALL, Floats
from fer_lab.ledger import Run
from fer_lab.tables.inflation import Inflation, inflation
from fer_lab.tables.measures import epoch_of
from fer_lab.tables.schema import Printed


@dataclass(frozen=True)
class Summary:
    """What the runs of a cell give on one part, whatever its table prints. Shares in [0, 1], NaN = undefined.

    Attributes:
        accuracy, macro_f1, uar, kappa: over items, mean over seeds with interval.
        seed_spread: the lowest and the highest accuracy that a seed gives.
        votes: rule -> accuracy over videos, mean over seeds.
        epoch: ``best_val``, ``last`` or ``oracle``: that of the cell's values where they agree, else the selected one.
        leaked: share of the test items whose person, video or exact copy is in training, mean over seeds.
        chance: accuracy of guessing; ``most_frequent`` that of always answering training's most frequent class.
        matrix: confusion counts (C, C), rows the truth, summed over the seeds.
        inflation: what another choice of the epoch, or the other protocol, does to the accuracy.
    """

    cell: str
    part: str
    epoch: str
    seeds: tuple[int, ...]
    missing: tuple[int, ...]
    classes: tuple[str, ...]
    n_items: int
    n_videos: int
    n_subjects: int
    accuracy: Interval
    macro_f1: Interval
    uar: Interval
    kappa: Interval
    seed_spread: tuple[float, float]
    votes: Mapping[str, float]
    leaked: float
    chance: float
    most_frequent: float
    matrix: Floats
    inflation: Inflation


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
    metrics: dict[object, evaluation.Metric] = {v: evaluation.metric(v.name, v.of, first.classes) for v in values}
    found = evaluation.intervals(scores, {**metrics, **OVERALL})
    matrices = np.array([evaluation.confusion(frame) for frame in scores])
    votes, inflated = _whatever_is_printed(part, epoch, runs, others or {}, scores)
    summary = Summary(
        cell=cell,
        part=part,
        epoch=epoch,
        seeds=tuple(runs),
        missing=tuple(seed for seed in seeds if seed not in runs),
        classes=first.classes,
        n_items=len(scores[0]),
        n_videos=int(scores[0]["video"].nunique()),
        n_subjects=evaluation.n_subjects(scores[0]),
        **{name: found[name] for name in OVERALL},
        seed_spread=_spread(evaluation.accuracy(matrices)),
        votes=votes,
        leaked=float(np.mean([run.facts["leak_share"] for run in runs.values()])),
        chance=1 / len(first.classes),
        most_frequent=_constant(scores[0], first.scores("train", first.epochs - 1)),
        matrix=matrices.sum(axis=0),
        inflation=inflated,
    )
    return summary, {value: found[value] for value in values}


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
        votes = {rule: _voted_accuracy(scores, rule) for rule in evaluation.ALL_RULES}
        _KNOWN[key] = votes, inflation(part, runs, others)
    return _KNOWN[key]


def _checksums(run: Run) -> list[str]:
    return [checksum for fold in run.singles for checksum in (fold.protocol, *fold.files.values())]


def _constant(scores: DataFrame, train: DataFrame) -> float:
    """Accuracy of always answering what is best for the training items."""
    return float(evaluation.accuracy(evaluation.total(evaluation.constant_answer(scores, train))))


def _spread(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _voted_accuracy(scores: Sequence[DataFrame], rule: str) -> float:
    """Mean over seeds of the share of videos whose vote is right."""
    voted = map(partial(evaluation.vote, rule=rule), scores)
    return float(np.mean([evaluation.accuracy(evaluation.confusion(frame)) for frame in voted]))
