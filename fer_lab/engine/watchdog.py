"""Every job of a sweep comes to an end that is known, whatever its launcher says or waits for.

What counts is what the jobs say in their folders. A job whose process is gone has said nothing of its end: the watchdog
sees it from the process itself on this machine, from a heart that has stopped on another one, records it, and has it
begun again. It ends a launcher that waits for jobs which are over, and outwaits one that gives up before they are.
"""

from __future__ import annotations

import logging
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from fer_lab.engine.job import KILLED, STOP, record_killed
from fer_lab.errors import StoreError
from fer_lab.heartbeats import PATIENCE, changed, is_here, pulse
from fer_lab.ledger.sweeps import HEARTBEAT, PHASE, SILENT, Job, read_jobs
from fer_lab.phases import duration
from fer_lab.processes import CHECK_EVERY, Interrupted
from fer_lab.storage import is_locked, write_json

log = logging.getLogger(__name__)
GONE = "its process is gone without a word: killed, most often for want of memory, or its machine is down"
GRACE = 2 * PATIENCE
"""Seconds that a launcher has to return once all jobs are over, and that jobs have to begin once it has returned."""
LAST = 10 * PATIENCE
"""Seconds without a beat until a job counts as lost whose run somebody holds: a killed machine may hold it on."""
TELL_EVERY = 60.0  # seconds


class _LauncherOver(BaseException):
    """The launcher is not waited for any longer; no ``Exception``, which Hydra would take for one of a job."""


def attend(sweep: Path, total: int, launch: Callable[[], None], config: Mapping[str, Any]) -> None:
    """Launch the jobs of a sweep, and again those whose process was lost, until each has ended or may not be retried.

    Args:
        sweep: its folder.
        total: its jobs.
        launch: has a launcher begin every job and wait for them; one that has ended does nothing when it is begun.
        config: ``retries``, ``watchdog`` and ``fail_fast`` count.
    """
    for attempt in range(int(config["retries"]) + 1):
        if attempt:
            log.warning("runs whose processes were lost are begun again")
        _launch(_Watch(sweep, total, config), launch)
        if not _lost_some(sweep, total):
            return
    for job in read_jobs(sweep):
        if job.state == "interrupted":
            _record(job, job.error, config, retries=0)


def _lost_some(sweep: Path, total: int) -> bool:
    """Whether a process was lost, perhaps before it said anything; where none has begun, the launcher cannot start."""
    jobs = read_jobs(sweep)
    lost = any(job.state == "interrupted" for job in jobs) or 0 < len(jobs) < total
    return lost and not (sweep / STOP).exists()


def _launch(watch: _Watch, launch: Callable[[], None]) -> None:
    returned = threading.Event()
    with _ending(watch, returned):
        thread = threading.Thread(target=watch.run, args=(returned,), daemon=True, name="watchdog")
        thread.start()
        try:
            try:
                launch()
            finally:
                returned.set()
        except _LauncherOver:
            log.warning("the launcher waits for runs that are over: the sweep ends without it")
        except Interrupted:
            raise
        except SystemExit:
            log.warning("the launcher has given up: what counts is what its runs say")
        finally:
            thread.join()
    watch.settle()


@contextmanager
def _ending(watch: _Watch, returned: threading.Event) -> Iterator[None]:
    """Within, ``watch.end`` ends what the main thread does; a launcher in another thread cannot be ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        if not returned.is_set():
            raise _LauncherOver

    before, main = signal.signal(signal.SIGUSR1, end), threading.main_thread().ident or 0
    watch.end = lambda: signal.pthread_kill(main, signal.SIGUSR1)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def _record(job: Job, reason: str, config: Mapping[str, Any], retries: int) -> None:
    about = [f"cell={job.cell}", f"seed={job.seed}"]
    record_killed(job.folder, about, stop=bool(config["fail_fast"]), reason=reason, retries=retries)


@dataclass
class _Watch:
    """What is known of the jobs of a sweep while a launcher runs them; all times are by the clock of this machine.

    Attributes:
        sweep, total, config: see ``attend``.
        end: ends the launcher.
        pulses: of each process: whether it lives.
        stopped: when the heart of a process had stopped.
        unkept: processes whose death could not be written down.
        words: of each job: what it said last, by its file, and when that was new.
        news: the states of all jobs, and when one of them was new.
    """

    sweep: Path
    total: int
    config: Mapping[str, Any]
    end: Callable[[], None] = lambda: None
    pulses: dict[Any, Callable[[], bool]] = field(default_factory=dict)
    stopped: dict[Any, float] = field(default_factory=dict)
    unkept: set[Any] = field(default_factory=set)
    words: dict[Path, tuple[int | None, float]] = field(default_factory=dict)
    news: tuple[Any, float] = (None, 0.0)

    def run(self, returned: threading.Event) -> None:
        """Look again and again; end the launcher where it waits for nothing."""
        hours = self.config["watchdog"]["queue_hours"]
        while not returned.wait(CHECK_EVERY):
            running, to_come = self.look()
            patience = (math.inf if hours is None else hours * 3600) if to_come else GRACE
            if not running and self._quiet() > patience:
                self.end()
                return

    def settle(self) -> None:
        """Once the launcher has returned: wait for what runs on without it, or is still to begin, as in a queue."""
        while True:
            running, to_come = self.look()
            begins = to_come and to_come < self.total and not (self.sweep / STOP).exists()
            if not running and (not begins or self._quiet() > GRACE):
                return
            time.sleep(CHECK_EVERY)

    def look(self) -> tuple[int, int]:
        """Record what has died; how many jobs run, and how many have yet to begin or to go on."""
        try:
            jobs = read_jobs(self.sweep)
            running = [job for job in jobs if job.state == "running" and self._lives(job)]
            for job in running:
                self._listen(job)
        except (OSError, StoreError) as error:  # a network file system that comes back
            log.debug("the jobs cannot be looked at: %s", error)
            return 1, 0
        states = tuple(sorted((job.folder.name, job.state, job.lost) for job in jobs))
        if states != self.news[0]:
            self.news = states, time.monotonic()
        return len(running), self.total - len(jobs) + sum(job.state == "waiting" for job in jobs)

    def _quiet(self) -> float:
        return time.monotonic() - self.news[1]

    def _lives(self, job: Job) -> bool:
        if not job.process:
            return True
        key = job.folder, *job.process.values()
        if key not in self.pulses:
            self.pulses[key] = pulse(job.process, job.folder / HEARTBEAT)
        if self.pulses[key]():
            self.stopped.pop(key, None)
            return True
        since = self.stopped.setdefault(key, time.monotonic())
        if not is_here(job.process) and self._held(job) and time.monotonic() - since < LAST:
            return True
        try:
            _record(job, KILLED if is_here(job.process) else GONE, self.config, int(self.config["retries"]))
        except StoreError as error:  # the disk is full: tried again as long as others run
            if key not in self.unkept:
                log.error("%s is lost, which cannot be kept: %s", job.name, error)
            self.unkept.add(key)
        return False

    def _held(self, job: Job) -> bool:
        """Whether somebody holds one of the runs that a job is at: it may be the job, whose machine does not answer."""
        return any(is_locked(self.sweep.parents[1] / "runs" / id) for id in job.at)

    def _listen(self, job: Job) -> None:
        """Say of a job that says nothing new that it may hang."""
        said, now = changed(job.folder / PHASE), time.monotonic()
        before, since = self.words.get(job.folder, (None, now))
        if said != before or job.folder not in self.words:
            self.words[job.folder] = said, now
            (job.folder / SILENT).unlink(missing_ok=True)
        elif now - since > self.config["watchdog"]["silent_hours"] * 3600 and now - since > job.silent + TELL_EVERY:
            write_json(job.folder / SILENT, round(now - since, 1))
            if not job.silent:
                log.warning("%s has said nothing new for %s: it may hang", job.name, duration(now - since))
