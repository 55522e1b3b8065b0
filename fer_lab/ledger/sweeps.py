"""What the jobs of a sweep say of themselves, each in its own folder: its state, and while it runs what it is at.

<results>/sweeps/<sweep>/sweep.json   which process runs the sweep; there while it does
<results>/sweeps/<sweep>/heartbeat    touched every second while the sweep lives
<results>/sweeps/<sweep>/<job>/
    job.json      cell, seed, stamp, state, start, node, device, process; how often that was lost, or met its time
                  limit; at its end how long it took, the ids of its runs or its error
    heartbeat     touched every few seconds while the job lives
    phase.json    what is being done and how far it is (``phases.Phase``), written anew about once a second
    silent.json   seconds for which that has not changed, once they are many (``engine.watchdog``)
    took.json     at its end: name of each phase -> seconds
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from fer_lab.errors import StoreError
from fer_lab.heartbeats import changed, living
from fer_lab.phases import Phase, heard
from fer_lab.storage import read_json, write_json

STATUS, PHASE, TOOK, SILENT = "job.json", "phase.json", "took.json", "silent.json"
SWEEP, HEARTBEAT = "sweep.json", "heartbeat"
STARTING = Phase("starting")
FINAL = ("done", "kept", "failed", "stopped")


@dataclass(frozen=True)
class Job:
    """A job that has begun.

    Attributes:
        state: ``running``; ``interrupted``, its process lost; ``waiting``, stopped at its time limit; or of ``FINAL``.
        stamp: its source, profile and protocol.
        started: seconds since 1970.
        seconds: that it took; 0 while it runs.
        ids: of its runs, one a fold, once it has ended well.
        error, log: what went wrong, and the file with the rest.
        phase: what a running job is at, as far as it has said.
        node, device, task: where it runs, and its name with Slurm or Ray, as far as they are known.
        process: that runs it (``heartbeats.this_process``).
        at: ids of the runs, parents first, that it is at.
        lost: how often its process was lost.
        silent: seconds for which it has said nothing new, once they are many.
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
    node: str = ""
    device: str = ""
    task: str = ""
    process: Mapping[str, Any] = field(default_factory=dict)
    at: tuple[str, ...] = ()
    lost: int = 0
    silent: float = 0.0

    @property
    def name(self) -> str:
        """``sase_hidden/cnn_frontal seed 0``."""
        return f"{self.cell} seed {self.seed}"

    @property
    def place(self) -> str:
        """``n1, GPU 0, Slurm job 7_2``; nothing of a job that has not said where it runs."""
        return ", ".join(filter(None, (self.node, self.device, self.task)))

    @property
    def well(self) -> bool:
        """Whether it ended with a finished run."""
        return self.state in ("done", "kept")


@contextmanager
def told_in(folder: Path) -> Iterator[None]:
    """Keep in a job's folder what is being done, as ``phases.phase`` says it, and at the end how long it took.

    A disk that is full keeps neither; that costs no run.
    """
    began: list[tuple[str, float]] = []

    def tell(phase: Phase) -> None:
        began.append((phase.name, time.monotonic()))
        with suppress(StoreError):
            write_json(folder / PHASE, asdict(phase))

    with heard(tell):
        yield
    took: dict[str, float] = {}
    for (name, start), (_, end) in pairwise([*began, ("", time.monotonic())]):
        took[name] = took.get(name, 0.0) + end - start
    with suppress(StoreError):
        write_json(folder / TOOK, {name: round(seconds, 1) for name, seconds in took.items()})


def read_jobs(sweep: Path) -> list[Job]:
    """Every job of a sweep that has begun, in the order in which they began."""
    jobs = [_read(path) for path in sweep.glob(f"*/{STATUS}")]
    return sorted(jobs, key=lambda job: (job.started, job.folder.name))


SAID = ("cell", "seed", "state", "started", "seconds", "error", "log", "node", "device", "task", "process", "lost")


def _read(path: Path) -> Job:
    about: dict[str, Any] = read_json(path)
    known = {key: about[key] for key in SAID if key in about}
    lists = {"ids": str(about.get("id", "")).split(), "at": about.get("at", ()), "stamp": about.get("stamp", ())}
    known |= {key: tuple(value) for key, value in lists.items()}
    return Job(path.parent, phase=_phase(path.parent), silent=_silent(path.parent), **known)


def _phase(folder: Path) -> Phase:
    try:
        return Phase(**read_json(folder / PHASE))
    except StoreError:
        return STARTING  # it has said nothing yet


def _silent(folder: Path) -> float:
    try:
        return float(read_json(folder / SILENT))
    except StoreError:
        return 0.0


def newest_jobs(sweeps: Path, stamp: tuple[str, ...]) -> dict[tuple[str, int], Job]:
    """The job of each cell and seed that is told of: one that runs, else the last one in all sweeps of a stamp.

    One whose sweep is dead is ``interrupted``. Which is the last one the file server's clock says, as those of the
    machines that run them may be off.

    Args:
        sweeps: the folder ``results/sweeps``.
        stamp: source, profile and protocol.
    """
    jobs = [job for sweep in sweeps.glob("*/") for job in read_jobs(sweep) if job.stamp == stamp]
    open_ones = {job.folder.parent for job in jobs if job.state in ("running", "waiting")}
    alive = _living(open_ones)
    found: dict[tuple[str, int], tuple[tuple[bool, int], Job]] = {}
    for job in jobs:
        runs = job.folder.parent in alive and job.state == "running"
        over = job.folder.parent in open_ones - alive and job.state in ("running", "waiting")
        order = runs, changed(job.folder / STATUS) or 0
        before = found.get((job.cell, job.seed))
        if before is None or before[0] < order:
            found[job.cell, job.seed] = order, replace(job, state="interrupted") if over else job
    return {key: job for key, (_, job) in found.items()}


def _living(sweeps: Iterable[Path]) -> set[Path]:
    """Those whose process lives; one that has ended by itself says no longer which that was."""
    stated = [sweep for sweep in sweeps if (sweep / SWEEP).is_file()]
    lives = living([(read_json(sweep / SWEEP), sweep / HEARTBEAT) for sweep in stated])
    return {sweep for sweep, is_so in zip(stated, lives, strict=True) if is_so}


def longest_phases(sweeps: Path, stamp: tuple[str, ...]) -> dict[str, float]:
    """The longest that a job of a stamp took in each phase, seconds: who waits for another takes no less."""
    longest: dict[str, float] = {}
    for path in sweeps.glob(f"*/*/{TOOK}"):
        if _read(path.parent / STATUS).stamp == stamp:
            longest |= {name: max(float(seconds), longest.get(name, 0.0)) for name, seconds in read_json(path).items()}
    return longest
