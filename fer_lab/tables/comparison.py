"""Beside every printed value what the ledger says today, with its interval, and a verdict or the reason for none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.errors import ConfigError
from fer_lab.evaluation import Interval
from fer_lab.evaluation.metrics import Floats
from fer_lab.ledger import Run
from fer_lab.tables.schema import Printed, Table

MARGIN = 0.03
"""Equivalence margin: a difference within it does not count (absolute, on metrics in [0, 1])."""
NO_VERDICT = ("support",)  # counts of items, not results

Runs = Mapping[tuple[str, int], Run]


@dataclass(frozen=True)
class Summary:
    """What the runs of a cell give on one part, whatever its table prints. Shares in [0, 1], NaN = undefined.

    Attributes:
        accuracy, macro_f1, uar: over items, mean over seeds with interval.
        votes: rule -> accuracy over videos, mean over seeds.
        chance: accuracy of guessing; ``most_frequent`` that of always answering training's most frequent class.
        matrix: confusion counts (C, C), rows the truth, summed over the seeds.
    """

    cell: str
    part: str
    seeds: tuple[int, ...]
    missing: tuple[int, ...]
    classes: tuple[str, ...]
    n_items: int
    n_videos: int
    n_subjects: int
    accuracy: Interval
    macro_f1: Interval
    uar: Interval
    votes: Mapping[str, float]
    chance: float
    most_frequent: float
    matrix: Floats


@dataclass(frozen=True)
class Compared:
    """A printed value, what was measured (None: no run is finished), and the verdict or why there is none."""

    printed: Printed
    measured: Interval | None
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """A table beside the ledger. ``values`` are in the order of ``table.values``; ``stamp`` names every number."""

    table: Table
    stamp: Mapping[str, str]
    values: tuple[Compared, ...]
    summaries: Mapping[tuple[str, str], Summary]
    runs: Runs


def compare(table: Table, runs: Runs) -> Comparison:
    """Compare a table with the finished runs of its cells.

    Args:
        table: the printed table.
        runs: the runs to read, by cell and seed; those of other cells do not count. Cells without a run stay open.

    Raises:
        ConfigError: the runs are of different sources, profiles or protocols.
        StoreError: a run's scores are missing or damaged.
    """
    runs = {key: run for key, run in sorted(runs.items()) if key[0] in table.cells}
    stamp = _stamp(list(runs.values()))
    read = dict.fromkeys((value.cell, value.part) for value in table.values)
    summaries: dict[tuple[str, str], Summary] = {}
    measured: dict[Printed, Interval] = {}
    for cell, part in read:
        own = {seed: run for (name, seed), run in runs.items() if name == cell}
        if own:
            values = [value for value in table.values if (value.cell, value.part) == (cell, part)]
            summaries[cell, part], found = _read_cell(cell, part, own, table, values)
            measured |= found
    compared = tuple(_compared(value, measured.get(value), summaries, stamp) for value in table.values)
    return Comparison(table, stamp, compared, summaries, runs)


def _stamp(runs: Sequence[Run]) -> dict[str, str]:
    stamp = {}
    for key in ("source", "profile", "protocol"):
        found = sorted({str(getattr(run, key)) for run in runs})
        if len(found) > 1:
            raise ConfigError(
                f"the runs of one table differ in {key}: {', '.join(found)}",
                expected="runs of one source, profile and protocol",
                do=f"name one: {key}={found[0]}",
            )
        stamp[key] = found[0] if found else "-"
    return stamp


def _read_cell(
    cell: str, part: str, runs: Mapping[int, Run], table: Table, values: Sequence[Printed]
) -> tuple[Summary, dict[Printed, Interval]]:
    """Summary of a cell's runs and the measured value of each of its printed values, over the same replicates."""
    scores = [run.scores(part) for run in runs.values()]
    first = next(iter(runs.values()))
    metrics: dict[object, evaluation.Metric] = {v: evaluation.metric(v.metric, v.of, first.classes) for v in values}
    metrics |= {"accuracy": evaluation.accuracy, "macro_f1": evaluation.macro_f1, "uar": evaluation.uar}
    found = evaluation.intervals(scores, metrics)
    summary = Summary(
        cell=cell,
        part=part,
        seeds=tuple(runs),
        missing=tuple(seed for seed in table.seeds if seed not in runs),
        classes=first.classes,
        n_items=len(scores[0]),
        n_videos=int(scores[0]["video"].nunique()),
        n_subjects=evaluation.n_subjects(scores[0]),
        accuracy=found["accuracy"],
        macro_f1=found["macro_f1"],
        uar=found["uar"],
        votes={rule: _voted_accuracy(scores, rule) for rule in evaluation.RULES},
        chance=evaluation.chance(scores[0]),
        most_frequent=evaluation.most_frequent(scores[0], first.scores("train", first.epochs - 1)),
        matrix=np.sum([evaluation.confusion(frame) for frame in scores], axis=0),
    )
    return summary, {value: found[value] for value in values}


def _voted_accuracy(scores: Sequence[DataFrame], rule: str) -> float:
    """Mean over seeds of the share of videos whose vote is right."""
    voted = map(partial(evaluation.vote, rule=rule), scores)
    return float(np.mean([evaluation.accuracy(evaluation.confusion(frame)) for frame in voted]))


def _compared(
    value: Printed,
    measured: Interval | None,
    summaries: Mapping[tuple[str, str], Summary],
    stamp: Mapping[str, str],
) -> Compared:
    if measured is None:
        return Compared(value, None, "not run")
    missing = summaries[value.cell, value.part].missing
    return Compared(value, measured, verdict(value, measured, missing, stamp))


def verdict(value: Printed, measured: Interval, missing: Sequence[int], stamp: Mapping[str, str]) -> str:
    """``reproduced``, ``above``, ``below``, ``undecided``; or the reason why the two cannot be compared.

    Only real data at profile paper with all seeds can be compared. Reproduced: the whole interval lies within
    ``MARGIN`` of the printed value; above or below: the whole interval lies beyond it; undecided: neither.
    """
    if stamp["source"] == "embedded":
        return "not comparable: embedded twin"
    if stamp["profile"] != "paper":
        return f"not comparable: profile {stamp['profile']}"
    if missing:
        return f"not comparable: seed {', '.join(map(str, missing))} missing"
    if value.metric in NO_VERDICT:
        return "a count, not a result"
    if math.isnan(measured.mean):
        return "undefined"
    if measured.low > value.value + MARGIN:
        return "above"
    if measured.high < value.value - MARGIN:
        return "below"
    if measured.low >= value.value - MARGIN and measured.high <= value.value + MARGIN:
        return "reproduced"
    return "undecided"
