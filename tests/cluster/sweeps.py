"""A sweep as people start it, looked at from outside: its process, what its jobs say, the tables it gives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from fer_lab.cli.reproduce import _render
from fer_lab.ledger.sweeps import Job, read_jobs
from fer_lab.runs import other_protocol

ROOT = Path(__file__).parents[2]
SMOKE = ("profile=smoke", "seed=0", "threads=1")
PATIENCE = 1200.0  # seconds
Found = TypeVar("Found")


@dataclass
class Sweeps:
    """Sweeps into one folder of results.

    Attributes:
        results: the folder.
        environment: of their processes.
        launcher: words that choose and set it.
    """

    results: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    launcher: tuple[str, ...] = ()

    @contextmanager
    def begun(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A sweep that has been started, and what it says; killed at the end if it still runs."""
        command = [sys.executable, "run.py", "-m", *words, *SMOKE, *self.launcher, f"paths.results={self.results}"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def run(self, *words: str) -> tuple[int, str]:
        """The exit status of a sweep, and what it says."""
        with self.begun(*words) as process:
            return end_of(process)

    def jobs(self) -> list[Job]:
        """Those of all sweeps that have begun."""
        return [job for sweep in sorted((self.results / "sweeps").glob("*")) for job in read_jobs(sweep)]

    def table(self) -> dict[str, bytes]:
        """Every file of Table 7.8 as rendered from the finished runs, but pictures; by its name."""
        overrides = [SMOKE[0], f"paths.results={self.results}"]
        assert _render("garcia_zapata_2018-7.8", overrides, {}, other_protocol(overrides), make=False)
        return {path.name: path.read_bytes() for path in sorted(self.results.glob("tables/*/7.8/table.*"))}


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status of a sweep, and what it has said."""
    said = process.communicate(timeout=PATIENCE)[1]
    return process.returncode, said


def kill_one(sweeps: Sweeps) -> str:
    """Kill the process of the first job that trains; the name of its cell."""
    trains = wait_for(lambda: [job for job in sweeps.jobs() if job.state == "running" and job.phase.name == "training"])
    os.kill(int(trains[0].process["pid"]), signal.SIGKILL)
    return trains[0].cell


def wait_for(look: Callable[[], Found]) -> Found:
    """What a look finds once there is something."""
    last = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < last
        time.sleep(0.1)
    return found
