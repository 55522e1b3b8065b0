"""The one display of a sweep, whatever the launcher: it reads the jobs' own files from another thread."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fer_lab.engine.job import STATUS

INTERVAL = 0.5  # seconds between two looks
FINAL = ("done", "kept", "failed", "stopped")


def read_jobs(sweep: Path) -> list[dict[str, Any]]:
    """The status of every job of a sweep that has begun, in the order in which they began."""
    jobs = [json.loads(path.read_text()) | {"folder": str(path.parent)} for path in sweep.glob(f"*/{STATUS}")]
    return sorted(jobs, key=lambda job: float(job["started"]))


@contextmanager
def show(sweep: Path, total: int, console: Console) -> Iterator[None]:
    """Show done, running, failed and time left while the sweep runs; without a terminal a line a finished run."""
    ended = threading.Event()
    display = _Display(sweep, total, console)
    thread = threading.Thread(target=display.run, args=(ended,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _Display:
    """State of the display: which finished jobs were told already."""

    def __init__(self, sweep: Path, total: int, console: Console) -> None:
        self.sweep, self.total, self.console = sweep, total, console
        self.told: set[str] = set()
        self.began = time.time()
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn(),
            console=console, disable=not console.is_terminal, transient=True,
        )  # fmt: skip

    def run(self, ended: threading.Event) -> None:
        with self.bar:
            task = self.bar.add_task("cells", total=self.total, state="")
            while True:
                last = ended.wait(INTERVAL)
                jobs = read_jobs(self.sweep)
                finished = [job for job in jobs if job["state"] in FINAL]
                self.bar.update(task, completed=len(finished), state=self.summary(jobs))
                self.tell(finished)
                if last:
                    return

    def summary(self, jobs: list[dict[str, Any]]) -> str:
        states = Counter(job["state"] for job in jobs)
        words = [f"{states['done'] + states['kept']}/{self.total} done", f"{states['running']} running"]
        words += [f"[red]{states['failed']} failed[/red]"] if states["failed"] else []
        trained = states["done"] + states["failed"]
        if trained:
            left = (time.time() - self.began) / trained * (self.total - trained - states["kept"])
            words.append(f"about {max(0.0, left) / 60:.0f} min left")
        return ", ".join(words)

    def tell(self, finished: list[dict[str, Any]]) -> None:
        for job in finished:
            name = f"{job['cell']} seed {job['seed']}"
            if job["folder"] in self.told:
                continue
            self.told.add(job["folder"])
            count = f"[{len(self.told)}/{self.total}]"
            if job["state"] == "failed":
                self.console.print(f"{count} {name}: FAILED: {job['error']}\n  log: {job['log']}", markup=False)
            else:
                self.console.print(f"{count} {name}: {job['state']} in {job['seconds']:.1f} s", markup=False)
