"""What the jobs of a sweep say of themselves, each in its own folder: its state, and while it runs what it is at.

<results>/sweeps/<sweep>/heartbeat    touched every second while the sweep lives
<results>/sweeps/<sweep>/<job>/
    job.json      cell, seed, stamp, state, start; at its end how long it took, the ids of its runs or its error
    phase.json    what is being done and how far it is (``phases.Phase``), written anew about once a second
    took.json     at its end: name of each phase -> seconds
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from fer_lab.errors import StoreError
from fer_lab.phases import Phase, heard
from fer_lab.storage import read_json, write_json

STATUS, PHASE, TOOK, HEARTBEAT = "job.json", "phase.json", "took.json", "heartbeat"
PATIENCE = 30.0
"""Seconds without a beat until a sweep counts as dead."""
STARTING = Phase("starting")
FINAL = ("done", "kept", "failed", "stopped")


@dataclass(frozen=True)
class Job:
    """A job that has begun.

    Attributes:
        state: ``running``, or one of ``FINAL``.
        stamp: its source, profile and protocol.
        started: seconds since 1970.
        seconds: that it took; 0 while it runs.
        ids: of its runs, one a fold, once it has ended well.
        error, log: what went wrong, and the file with the rest.
        phase: what a running job is at, as far as it has said.
    """

    folder: Path
    cell: str
    seed: int
    state: str
    started: float
    stamp: tuple[str, ...] = ()
    seconds: float = 0.0
    ids: tuple[str, ...] = ()
    error: str = ""
    log: str = ""
    phase: Phase = STARTING

    @property
    def name(self) -> str:
        """``sase_hidden/cnn_frontal seed 0``."""
        return f"{self.cell} seed {self.seed}"

    @property
    def well(self) -> bool:
        """Whether it ended with a finished run."""
        return self.state in ("done", "kept")


@contextmanager
def told_in(folder: Path) -> Iterator[None]:
    """Keep in a job's folder what is being done, as ``phases.phase`` says it, and at the end how long it took."""
    began: list[tuple[str, float]] = []

    def tell(phase: Phase) -> None:
        began.append((phase.name, time.time()))
        write_json(folder / PHASE, asdict(phase))

    with heard(tell):
        yield
    took: dict[str, float] = {}
    for (name, start), (_, end) in pairwise([*began, ("", time.time())]):
        took[name] = took.get(name, 0.0) + end - start
    write_json(folder / TOOK, {name: round(seconds, 1) for name, seconds in took.items()})


def read_jobs(sweep: Path) -> list[Job]:
    """Every job of a sweep that has begun, in the order in which they began."""
    jobs = [_read(path) for path in sweep.glob(f"*/{STATUS}")]
    return sorted(jobs, key=lambda job: (job.started, job.folder.name))


def _read(path: Path) -> Job:
    about: dict[str, Any] = read_json(path)
    known = {key: about[key] for key in ("cell", "seed", "state", "started", "seconds", "error", "log") if key in about}
    ids, stamp = tuple(str(about.get("id", "")).split()), tuple(about.get("stamp", ()))
    return Job(path.parent, stamp=stamp, ids=ids, phase=_phase(path.parent), **known)


def _phase(folder: Path) -> Phase:
    try:
        return Phase(**read_json(folder / PHASE))
    except StoreError:
        return STARTING  # it has said nothing yet


def newest_jobs(sweeps: Path, stamp: tuple[str, ...]) -> dict[tuple[str, int], Job]:
    """The last job of each cell and seed in all sweeps of a stamp; one whose sweep is dead is ``interrupted``.

    Args:
        sweeps: the folder ``results/sweeps``.
        stamp: source, profile and protocol.
    """
    found: dict[tuple[str, int], Job] = {}
    for sweep in sweeps.glob("*/"):
        lives = _lives(sweep)
        for job in read_jobs(sweep):
            state = "interrupted" if job.state == "running" and not lives else job.state
            before = found.get((job.cell, job.seed))
            if job.stamp == stamp and (before is None or before.started < job.started):
                found[job.cell, job.seed] = replace(job, state=state)
    return found


def _lives(sweep: Path) -> bool:
    try:
        return time.time() - (sweep / HEARTBEAT).stat().st_mtime < PATIENCE
    except OSError:
        return False  # it has ended by itself


def longest_phases(sweeps: Path, stamp: tuple[str, ...]) -> dict[str, float]:
    """The longest that a job of a stamp took in each phase, seconds: who waits for another takes no less."""
    longest: dict[str, float] = {}
    for path in sweeps.glob(f"*/*/{TOOK}"):
        if _read(path.parent / STATUS).stamp == stamp:
            longest |= {name: max(float(seconds), longest.get(name, 0.0)) for name, seconds in read_json(path).items()}
    return longest
