"""The command that says how far experiments are: what exists first."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.words import asked, numbers, results_of, stamp_of
from fer_lab.labels import several
from fer_lab.ledger import STAMP
from fer_lab.phases import duration

if TYPE_CHECKING:
    from fer_lab.ledger.sweeps import Job

STATES = ("running", "waiting", "failed", "interrupted", "done", "missing")
CAMPAIGNS = ("experiment", "table", "cell")
Runs = dict[tuple[str, int], str]


@app.command()
def status(overrides: Overrides = None) -> None:
    """What runs, failed, was interrupted, is done, and what is missing, of every experiment or of one.

    It reads the ledger and the sweeps' folders: a finished run counts whatever version of the code made it. A sweep
    with dry_run=true says whether it would train it again.
    """
    from fer_lab.ledger import by_stamp, readable
    from fer_lab.ledger.sweeps import newest_jobs
    from fer_lab.tables import stamp_words, under_every_name

    words = asked(overrides or [], (*STAMP, *CAMPAIGNS, "seed"))
    stamp, results = stamp_of(words), results_of(words)
    found, excluded = readable(results / "runs")
    ledgers = by_stamp(found, excluded)
    key = tuple(stamp.values())
    done = under_every_name(ledgers[key].runs) if key in ledgers else {}
    jobs = newest_jobs(results / "sweeps", key)
    states: Runs = {run: "done" if run in done else _state(jobs.get(run)) for run in _runs(words)}
    say(stamp_words(stamp))
    for line in _lines(states, jobs, whole=any(name in words for name in CAMPAIGNS)):
        say(line)
    for other in ledgers:
        if other != key:
            say(f"beside   {' '.join(other)}: {several(len(ledgers[other].runs), 'run')}")
    counts = Counter(states.values())
    say(", ".join(f"{counts[state]} {state}" for state in STATES if counts[state]) or "nothing is asked for")


def _runs(words: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Every cell and seed that is asked for."""
    from fer_lab import tables

    seeds = numbers("seed", words["seed"]) if "seed" in words else None
    if "cell" in words:
        yield from ((tables.find_cell(c).key, seed) for c in words["cell"].split(",") for seed in seeds or [0])
        return
    named = [(kind, words[kind]) for kind in ("experiment", "table") if kind in words]
    for kind, name in named or [("experiment", name) for name in tables.experiments()]:
        campaign = tables.campaign(kind, name)
        yield from ((cell, seed) for cell in campaign.cells for seed in seeds or campaign.seeds)


def _state(job: Job | None) -> str:
    return job.state if job and job.state in STATES else "missing"


def _lines(states: Runs, jobs: Mapping[tuple[str, int], Job], whole: bool) -> Iterator[str]:
    """What exists, then what is missing: cell by cell where a campaign is asked for, else by experiment."""
    for state in STATES:
        chosen = [run for run, own in states.items() if own == state]
        if state in ("running", "waiting", "failed", "interrupted"):
            yield from (f"{state:<8} {jobs[run].name}{_place(jobs[run])}: {_about(jobs[run])}" for run in chosen)
        elif state == "missing" and not whole:
            yield from _missing(chosen)
        else:
            cells = {cell: [seed for other, seed in chosen if other == cell] for cell, _ in chosen}
            yield from (f"{state:<8} {cell} seed {', '.join(map(str, seeds))}" for cell, seeds in cells.items())


def _place(job: Job) -> str:
    return f" on {job.place}" if job.place else ""


def _about(job: Job) -> str:
    if job.state == "failed":
        return f"{job.error} (log: {job.log})"
    if job.state == "running":
        silent = f" (it has said nothing new for {duration(job.silent)}: it may hang)" if job.silent else ""
        return job.phase.words(time.time()) + silent
    limit = "its time limit; it goes on where it was" if job.state == "waiting" else ""
    why = job.error or limit
    return f"at {job.phase.words(job.phase.began)}" + (f" ({why})" if why else "")


def _missing(chosen: Sequence[tuple[str, int]]) -> Iterator[str]:
    runs = Counter(cell.split("/")[0] for cell, _ in chosen)
    cells = Counter(cell.split("/")[0] for cell in {cell for cell, _ in chosen})
    for name, number in runs.items():
        yield f"missing  {name}: {several(number, 'run')} of {several(cells[name], 'cell')}"
