"""The one display of a sweep, whatever the launcher: it reads the jobs' own files from another thread.

In a terminal a bar and what each run is at, in place; in a file or a pipe a line whenever a run comes to another phase
or ends, and a line a minute of each that runs.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from fer_lab.engine.results import score_words
from fer_lab.labels import several
from fer_lab.ledger.sweeps import FINAL, Job, read_jobs
from fer_lab.phases import duration

INTERVAL = 0.5  # seconds between two looks
REPEAT = 60.0
"""Seconds after which a running run is told of again where there is no terminal."""
BAR = 12  # characters


@contextmanager
def show(sweep: Path, total: int, runs: Path, console: Console) -> Iterator[None]:
    """Show what a sweep is at while it runs.

    Args:
        sweep: its folder.
        total: its jobs.
        runs: the ledger, which says what finished runs came to.
        console: where.
    """
    ended = threading.Event()
    display = _Display(sweep, total, runs, console)
    thread = threading.Thread(target=display.run, args=(ended,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _Display:
    """State of the display: what was told already."""

    def __init__(self, sweep: Path, total: int, runs: Path, console: Console) -> None:
        self.sweep, self.total, self.runs, self.console = sweep, total, runs, console
        self.finished: set[tuple[Path, str, int]] = set()
        self.told: dict[Path, tuple[tuple[str, str], float]] = {}
        self.began = time.monotonic()
        self.jobs: Sequence[Job] = ()

    def run(self, ended: threading.Event) -> None:
        live = Live(get_renderable=self.view, console=self.console, refresh_per_second=2, transient=True)
        with live if self.console.is_terminal else nullcontext():
            self.look(ended)

    def look(self, ended: threading.Event) -> None:
        if not self.console.is_terminal:
            self.say(f"starting {several(self.total, 'run')}")
        while True:
            last = ended.wait(INTERVAL)
            self.jobs = read_jobs(self.sweep)
            self.tell_finished()
            if not self.console.is_terminal:
                self.tell_running()
            if last:
                return

    def view(self) -> RenderableType:
        """A bar over all runs, and two lines for each that runs; none is wider than the terminal."""
        done = sum(job.state in FINAL for job in self.jobs)
        head = Table.grid(padding=(0, 1))
        head.add_row(ProgressBar(self.total, done, width=BAR), self.summary())
        running = [job for job in self.jobs if job.state == "running"]
        lines = [line for job in running for line in (f"  {job.name}", f"    {job.phase.words(time.time())}")]
        return Group(head, *(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))

    def summary(self) -> str:
        """``3 of 36 runs, 2 running, 1 failed, about 14 min left, 2 min so far``."""
        states, now = Counter(job.state for job in self.jobs), time.monotonic()
        ended, trained = sum(states[state] for state in FINAL), states["done"] + states["failed"]
        words = [f"{ended} of {self.total} runs", f"{states['running']} running" if self.jobs else "starting"]
        words += [f"{states['failed']} failed"] if states["failed"] else []
        if trained and ended < self.total:
            words.append(f"about {duration((now - self.began) / trained * (self.total - ended))} left")
        return ", ".join([*words, f"{duration(now - self.began)} so far"])

    def tell_finished(self) -> None:
        """A line a run that has ended since the last look, or whose process was lost."""
        for job in self.jobs:
            end = job.folder, job.state, job.lost
            if job.state in (*FINAL, "interrupted") and end not in self.finished:
                self.finished.add(end)
                ended = sum(state in FINAL for _, state, _ in self.finished)
                self.say(f"[{ended}/{self.total}] {job.name}: {_end(job, self.runs)}")

    def tell_running(self) -> None:
        """A line a run that has come to another phase, or of which nothing was said for a minute."""
        now = time.monotonic()
        for job in self.jobs:
            before, when = self.told.get(job.folder, (("", ""), 0.0))
            at = job.phase.parent, job.phase.name
            if job.state == "running" and (at != before or now - when >= REPEAT):
                self.told[job.folder] = at, now
                self.say(f"{job.name}: {job.phase.words(time.time())}")

    def say(self, line: str) -> None:
        at = time.strftime("%H:%M:%S ") if not self.console.is_terminal else ""
        self.console.print(f"{at}{line}", markup=False, highlight=False, soft_wrap=True)


def _end(job: Job, runs: Path) -> str:
    if job.state == "failed":
        return f"FAILED: {job.error}\n  log: {job.log}"
    if job.state == "interrupted":
        return f"INTERRUPTED, it is begun again: {job.error}"
    if job.state == "kept":
        return f"there already, {score_words(runs, job)}"
    return f"{score_words(runs, job)}, {duration(job.seconds)}" if job.well else job.state
