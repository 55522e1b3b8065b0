"""What a sweep came to, said at its end: the result of each cell, where it lies, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from fer_lab import evaluation, tables
from fer_lab.configs.sweep import CAMPAIGNS
from fer_lab.evaluation import FEW_SUBJECTS, Interval
from fer_lab.labels import several
from fer_lab.ledger import STAMP, Run, main_score, merge_folds, read_run
from fer_lab.ledger.identity import NOT_IDENTITY
from fer_lab.ledger.sweeps import FINAL, Job
from fer_lab.tables import stamp_words
from fer_lab.tables.grid import FEW, interval_text, metric_words, number

MOST = 3
"""How many tables are named to be shown; beyond, all of them are."""


def run_of(runs: Path, job: Job) -> Run:
    """The run of a job that ended well, its folds as one.

    Raises:
        StoreError: it was damaged since.
    """
    return merge_folds([read_run(runs / id) for id in job.ids])


def score_words(runs: Path, job: Job) -> str:
    """``accuracy 0.241``: the main metric of a job's run on the test part, at its selected epoch."""
    return _score(run_of(runs, job), "test")


def last_lines(jobs: Sequence[Job], total: int, runs: Path, overrides: Sequence[str]) -> Iterator[str]:
    """What is said once a sweep has ended.

    Args:
        jobs: those that began.
        total: all jobs that there were to be.
        runs: the ledger.
        overrides: of the command line, for the next one.
    """
    well = sorted((job for job in jobs if job.well), key=lambda job: (job.cell, job.seed))
    cells = [list(group) for _, group in groupby(well, key=lambda job: job.cell)]
    if len(cells) == 1:
        yield from result_lines([run_of(runs, job) for job in cells[0]])
    trained, kept = (sum(job.state == state for job in jobs) for state in ("done", "kept"))
    states = [f"{trained} trained", f"{kept} there already", f"{total - len(well)} not done"]
    states += [f"{total - len(jobs)} of them never begun"] if len(jobs) < total else []
    yield f"{several(total, 'run')}: {', '.join(states)}"
    for job in jobs:
        if job.state == "failed":
            yield f"  failed: {job.name}: {job.error} (log: {job.log})"
        elif job.state not in FINAL:
            yield f"  {job.name} has not said how it ended (log: {job.folder / 'log.txt'})"
    if not well:
        yield "next: mend what is said above; then the same command goes on from what is whole"
        return
    yield f"next: {' '.join(['fer-lab', *_shown_by([group[0].cell for group in cells], overrides)])}"


def _shown_by(cells: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """The command that shows the runs: in the tables that have their cell, with the settings that they were given; of
    several cells or settings, or of a cell that no table has, as a list.
    """
    shown = [table.slug for table in tables.tables().values() if len(cells) == 1 and cells[0] in table.cells]
    settings = [item for item in overrides if _is_setting(item)]
    stamps = [item for item in overrides if item.startswith((*STAMP, "paths."))]
    if not shown or any("," in item for item in settings):
        return ["runs", *stamps]
    return ["tables", *([f"table={','.join(shown)}"] if len(shown) <= MOST else []), *stamps, *settings]


def _is_setting(override: str) -> bool:
    """Whether it makes another run of a cell, stamps aside."""
    key = override.split("=")[0].lstrip("+")
    chooses = {*STAMP, *CAMPAIGNS, "cell", "seed", *NOT_IDENTITY}
    return {key, re.split(r"[./]", key)[0]}.isdisjoint(chooses)


def result_lines(runs: Sequence[Run]) -> list[str]:
    """The result of a cell over its seeds: each metric with its interval, chance, the selected epochs, the places."""
    first = runs[0]
    target, scores = first.target, [run.scores("test") for run in runs]
    found = evaluation.intervals(scores, target.overall)
    head = f"{first.cell}, seed{'s' if len(runs) > 1 else ''} {', '.join(str(run.seed) for run in runs)}"
    stamp = stamp_words({key: getattr(first, key) for key in STAMP})
    people = evaluation.n_subjects(scores[0])
    who = "1 person" if people == 1 else f"{people or 'no'} people"
    tested = f"{several(len(scores[0]), 'test item')}, {who} named"
    few = f"; {FEW} fewer than {FEW_SUBJECTS}" if any(one.few_subjects for one in found.values()) else ""
    return [
        f"{head} ({stamp})",
        *_metric_lines(found, target.chance),
        f"  measured    on {tested}{few}; 95 % intervals",
        *(f"  epoch       {_epoch(run)}, the best in validation: {_score(run, 'val')}" for run in runs),
        *(f"  lies in     {single.folder}" for run in runs for single in run.singles),
    ]


def _metric_lines(found: Mapping[str, Interval], chance: float | None) -> Iterator[str]:
    for place, (name, interval) in enumerate(found.items()):
        guess = f"   chance {number(chance)}" if place == 0 and chance is not None else ""
        yield f"  {metric_words(name):<11} {interval_text(interval)}{guess}"


def _score(run: Run, part: str) -> str:
    return f"{metric_words(run.target.main)} {number(main_score(run, part))}"


def _epoch(run: Run) -> str:
    return " and ".join(f"{single.selected_epoch + 1} of {single.epochs}" for single in run.singles)
