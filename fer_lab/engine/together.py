"""Processes that do one thing together: none of them outlives another one that failed, nor who has started them."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from fer_lab.errors import FerLabError, TrainingError, refusal
from fer_lab.phases import Phase, heard, phase
from fer_lab.processes import GRACE, exit_with_parent

log = logging.getLogger(__name__)
Work = Callable[[int], Any]
Running = dict[Connection, SpawnProcess]


def together(work: Work, count: int) -> None:
    """Do work in ``count`` spawned processes at a time, each given its number; the first one's phases are said here.

    Args:
        work: what can be pickled; called with 0 to ``count - 1``.
        count: how many.

    Raises:
        FerLabError: what one of them has raised; the others are ended, as they would wait for it for ever.
        TrainingError: one of them has failed in another way, or was killed.
    """
    with _started(work, count) as processes:
        running = dict(processes)
        while running:
            for connection in wait([*running]):
                if isinstance(connection, Connection) and _is_through(connection, running):
                    del running[connection]


def _is_through(connection: Connection, running: Running) -> bool:
    """Take in what a process says: a phase, that it is through (None), or what it has raised."""
    try:
        said = connection.recv()
    except EOFError:
        said = f"{running[connection].name} was killed"
    if isinstance(said, Phase):
        phase(said.name, said.done, said.total, said.what)
    elif isinstance(said, FerLabError):
        raise said
    elif said is not None:
        killed = [process.name for process in running.values() if _has_died(process)]
        what = f"{', '.join(killed)} was killed" if killed else said
        do = "see the logs in the run's folder; the same command goes on from its last whole epoch"
        raise TrainingError(f"{what}: the other ranks were ended with it", do=do)
    return said is None


def _has_died(process: SpawnProcess) -> bool:
    """Whether a process has ended by a signal; others notice it as soon, and say that it does not answer them."""
    process.join(1.0)
    return (process.exitcode or 0) < 0


@contextmanager
def _started(work: Work, count: int) -> Iterator[Running]:
    context, processes = multiprocessing.get_context("spawn"), Running()
    try:
        for number in range(count):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_do, args=(work, number, theirs, os.getpid()), name=f"rank {number}")
            process.start()
            theirs.close()  # so that its end is heard
            processes[ours] = process
        yield processes
        for process in processes.values():
            process.join(GRACE)
    finally:
        for connection, process in processes.items():
            process.kill()
            process.join()
            connection.close()


def _do(work: Work, number: int, connection: Connection, parent: int) -> None:
    exit_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends its children itself
    said: FerLabError | str | None = None
    try:
        with heard(connection.send) if number == 0 else nullcontext():
            work(number)
    except Exception as error:  # told at once, before those who wait for this one notice that it does not answer
        log.exception("rank %d failed", number)
        said = refusal(error) or f"rank {number}: {type(error).__name__}: {error}"
    connection.send(said)
