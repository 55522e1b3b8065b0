"""What the runs of a cell give beyond the tables: run by run, over the epochs, by name and person, its confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_lab import evaluation
from fer_lab.errors import DataError, StoreError
from fer_lab.evaluation import Calibration, Interval, Target
from fer_lab.ledger import Run
from fer_lab.report.site.kept import Kept
from fer_lab.report.site.outputs import READ, Outputs
from fer_lab.runs.evidence import Shown, attributes_of, faces_of
from fer_lab.tables.measures import epoch_of
from fer_lab.tables.summary import Summary, summarise

RULES = {"best_val": "selected on validation", "last": "last epoch", "oracle": "best on the test part"}
"""Rule by which an epoch is chosen -> its name; the last one looks at the test part and is no result."""
WORST = 12
"""Items that a page shows of those that were answered worst."""


@dataclass(frozen=True)
class Choice:
    """Main metric under one rule by which the epoch is chosen.

    Attributes:
        rule: one of ``RULES``.
        epochs: the epochs chosen, 1 for the first, one a seed; empty where each fold has one of its own.
        main: mean over seeds with its interval.
        gain: the same minus that of the epoch selected on validation, of the same people and seeds.
    """

    rule: str
    epochs: tuple[int, ...]
    main: Interval
    gain: Interval | None


@dataclass(frozen=True)
class Answers:
    """What there is where exactly one answer to an item is true.

    Attributes:
        report: precision, recall, F1 and support by class, of the matrix summed over the seeds.
        classes: columns ``class, n, mean, low, high``, the share of right answers.
        subjects: columns ``subject, n, accuracy``, mean over the seeds; empty where nobody is named.
    """

    report: pd.DataFrame
    classes: pd.DataFrame
    subjects: pd.DataFrame


@dataclass(frozen=True)
class Measured:
    """What the runs of a cell give on the test part.

    Attributes:
        runs: by seed, folds together.
        summary: what tables show of the cell.
        mains: main metric by run id, with the interval of that run alone.
        answers: of classes; None for other kinds of target.
        outputs: of the other kinds; None for classes.
        calibration: None where the scores are no probabilities.
        worst: items of the first seed, the worst first: of classes the mistakes that it is surest of
            (``evaluation.most_confident_mistakes``), of others those of the largest loss (``evaluation.worst_items``).
        faces: of these, in their order; None where they are not there any more, or are not shown.
        groups: see ``evaluation.by_group``; None where the data are not there any more.
        choices: by rule; empty where the test part was opened once.
        courses: column of ``history.csv``, or ``test/<main metric>`` -> one row an epoch (from 1), one column a run.
    """

    runs: Mapping[int, Run]
    summary: Summary
    mains: Mapping[str, Interval]
    answers: Answers | None
    outputs: Outputs | None
    calibration: Calibration | None
    worst: pd.DataFrame
    faces: Shown | None
    groups: pd.DataFrame | None
    choices: tuple[Choice, ...]
    courses: Mapping[str, pd.DataFrame]


def measure(cell: str, runs: Mapping[int, Kept], seeds: Sequence[int], others: Mapping[int, Run]) -> Measured:
    """Read what the page of a cell shows.

    Args:
        cell: ``<experiment>/<name>``.
        runs: by seed.
        seeds: those that there should be.
        others: its runs under the other protocol, by seed.

    Raises:
        DataError: its runs have no test items.
        StoreError: scores are missing or damaged.
    """
    scores = [run.scores("test") for run in runs.values()]
    summary, _ = summarise(cell, "test", runs, seeds, (), others)
    singles = [one for run in runs.values() for one in run.singles]
    first, target = next(iter(runs.values())).of, summary.target
    attributes = attributes_of(first)
    pick = evaluation.most_confident_mistakes if target.exclusive else evaluation.worst_items
    worst = pick(scores[0], WORST)
    tested = {f"test/{target.main}": _aligned([run.tested for run in runs.values()])}
    return Measured(
        runs=runs,
        summary=summary,
        mains=_mains(runs),
        answers=_answers(scores, summary) if target.exclusive else None,
        outputs=None
        if target.exclusive
        else READ[target.kind](scores, first.scores("train", first.epochs - 1), target),
        calibration=_calibration(scores),
        worst=worst,
        faces=_faces(first, worst, target),
        groups=None if attributes is None else evaluation.by_group(scores, attributes),
        choices=_choices(runs, summary),
        courses={**_histories(singles), **tested},
    )


def _answers(scores: Sequence[pd.DataFrame], summary: Summary) -> Answers:
    classes = summary.target.names
    return Answers(
        report=evaluation.report(summary.sums, classes),
        classes=evaluation.per_class(scores, classes),
        subjects=evaluation.per_subject(scores),
    )


def _faces(run: Run, worst: pd.DataFrame, target: Target) -> Shown | None:
    """The faces of some items; None where they are not there any more.

    Of labels and values none that may not be published: their pictures are of strangers, as they are found in the web.
    """
    shown = faces_of(run, worst["item"].tolist()) if len(worst) else None
    return shown if shown and (target.exclusive or shown.publishable) else None


def _mains(runs: Mapping[int, Kept]) -> dict[str, Interval]:
    """On the test part, by run id; a run that is all of its seed is read through the shelf."""
    found: dict[str, Interval] = {}
    for run in runs.values():
        singles, target = run.singles, run.target
        for one in singles:
            scores = (run if len(singles) == 1 else one).scores("test")
            found[one.id] = evaluation.intervals([scores], {target.main: target.main_metric})[target.main]
    return found


def _calibration(scores: Sequence[pd.DataFrame]) -> Calibration | None:
    try:
        return evaluation.calibration_of(scores)
    except DataError:  # logits, votes of a tree, values: no probabilities
        return None


def _choices(runs: Mapping[int, Kept], summary: Summary) -> tuple[Choice, ...]:
    """Nothing to choose from where some epoch was not tested."""
    gains = {"best_val": None, "last": summary.inflation.last, "oracle": summary.inflation.oracle}
    if gains["last"] is None:
        return ()
    found = []
    for rule in RULES:
        chosen = {seed: epoch_of(run, "test", rule) for seed, run in runs.items()}
        scores = [run.scores("test", chosen[seed]) for seed, run in runs.items()]
        known = rule == "best_val"
        metric = summary.target.main_metric
        main = summary.main if known else evaluation.intervals(scores, {rule: metric})[rule]
        found.append(Choice(rule, _shown(runs, chosen), main, gains[rule]))
    return tuple(found)


def _shown(runs: Mapping[int, Kept], chosen: Mapping[int, int | None]) -> tuple[int, ...]:
    if any(chosen[seed] is None and len(run.singles) > 1 for seed, run in runs.items()):
        return ()
    numbers = [run.selected_epoch if (n := chosen[seed]) is None else n for seed, run in runs.items()]
    return tuple(number + 1 for number in numbers)


def _histories(runs: Sequence[Run]) -> dict[str, pd.DataFrame]:
    """Columns of ``history.csv`` that some run has, by epoch (from 1), one column a run."""
    tables = [_history(run) for run in runs if (run.folder / "history.csv").is_file()]
    indexed = [table.assign(epoch=table["epoch"] + 1).set_index("epoch") for table in tables if len(table)]
    names = dict.fromkeys(str(name) for table in indexed for name in table.columns)
    return {name: _aligned([table[name] for table in indexed if name in table]) for name in names}


def _history(run: Run) -> pd.DataFrame:
    path = run.folder / "history.csv"
    try:
        table = pd.read_csv(path, dtype=float)
    except ValueError as error:  # ParserError is one
        raise StoreError(f"{path} cannot be read: {error}") from error
    if "epoch" not in table:
        raise StoreError(f"{path} has no column epoch")
    return table


def _aligned(values: Sequence[Any]) -> pd.DataFrame:
    """Series side by side, by the epochs that any of them has."""
    return pd.concat(list(values), axis=1, keys=range(len(values))).sort_index() if values else pd.DataFrame()
