"""A search from its command line to its summary: one worker, or several beside each other on one journal."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass

from fer_lab.configs import compose
from fer_lab.engine.job import quieten
from fer_lab.errors import FerLabError
from fer_lab.labels import several
from fer_lab.processes import end_children_with, pool, usable_cores
from fer_lab.search.asked import Search, asked
from fer_lab.search.devices import devices
from fer_lab.search.shown import line, lines, read_search
from fer_lab.search.trials import claimed, do, prepare
from hydra_plugins.gpu_pool_launcher import leased

MOST_JOBS = 4
DEAD = "a worker was killed, most often for want of memory: the same command takes up its trial (jobs=1 needs less)"


@dataclass(frozen=True)
class Worker:
    """Does trials until as many are done as are wanted; its answer is what ended it before, or nothing.

    Args:
        search: what is searched.
        threads: the override that says how many a run has, or none.
    """

    search: Search
    threads: tuple[str, ...]

    def __call__(self) -> str:
        """Work; every trial that ends is a line."""
        logging.getLogger().setLevel(logging.INFO)
        quieten()
        while True:
            try:
                with claimed(self.search) as own:
                    if own is None:
                        return ""
                    do(self.search, own, self.threads)
            except FerLabError as error:
                return str(error)
            _say_trial(self.search, own.trial.number)


def run(words: Sequence[str]) -> int:
    """Search; returns the exit status: 0 where as many trials are done as are wanted, 1 where some failed or died.

    Raises:
        FerLabError: see ``asked.asked``.
    """
    search = asked(words)
    prepare(search)
    jobs, threads = _jobs(search)
    about = f"{several(search.trials, 'trial')}, {jobs} at a time"
    say(f"{search.cell}, space {search.space.name}: {about}; {search.folder}")
    work = Worker(search, threads)
    if jobs == 1:
        with leased(1):
            ends = [work()]
    else:
        end_children_with(os.getpid())
        ends = _side_by_side(work, jobs)
    shown = read_search(search.folder)
    for text in lines(shown):
        say(text)
    for end in dict.fromkeys(filter(None, ends)):
        say(f"error: {end}")
    return 1 if any(ends) else 0


def _side_by_side(work: Worker, jobs: int) -> list[str]:
    """What ended each of so many workers, in processes of their own; one that is killed takes no other along."""
    with ExitStack() as pools:
        working = [pools.enter_context(pool(1)).submit(_on_a_device, work, jobs) for _ in range(jobs)]
        return [DEAD if isinstance(one.exception(), BrokenProcessPool) else one.result() for one in working]


def _on_a_device(work: Worker, jobs: int) -> str:
    with leased(jobs):
        return work()


def _jobs(search: Search) -> tuple[int, tuple[str, ...]]:
    """How many trials train side by side, and the override that shares the cores among them."""
    config = compose(search.words)
    jobs = min(search.trials, int(config["jobs"] or (len(devices()) or min(usable_cores(), MOST_JOBS))))
    share = jobs > 1 and config["threads"] is None
    return jobs, (f"threads={max(1, usable_cores() // jobs)}",) if share else ()


def _say_trial(search: Search, number: int) -> None:
    shown = read_search(search.folder)
    for trial in shown.trials:
        if trial.number == number:
            say(line(shown, trial))


def say(text: str) -> None:
    """A line, whole: several workers share the output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
