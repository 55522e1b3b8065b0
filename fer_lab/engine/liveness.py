"""A job ends soon after the death of its sweep, whatever launcher has started it, on this machine or another one.

A sweep says in its folder who it is and touches a file there for as long as it lives. A job finds both beside its own
folder: no environment and no parent process are needed, which Slurm, Ray and other launchers do not hand down.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_lab.heartbeats import beating, is_this, pulse, this_process
from fer_lab.ledger.sweeps import HEARTBEAT, SWEEP
from fer_lab.processes import CHECK_EVERY
from fer_lab.storage import read_json, write_json

log = logging.getLogger(__name__)


@contextmanager
def announced(sweep: Path) -> Iterator[None]:
    """Say in the folder of a sweep that this process runs it and lives; taken back when it ends by itself."""
    write_json(sweep / SWEEP, this_process())
    try:
        with beating(sweep / HEARTBEAT):
            try:
                yield
            finally:
                (sweep / SWEEP).unlink(missing_ok=True)  # first: a heart that stops with it there is dead
    finally:
        (sweep / HEARTBEAT).unlink(missing_ok=True)


def end_with_sweep(sweep: Path) -> bool:
    """End this process within seconds of the death of its sweep, a SIGKILL included, but not at the sweep's normal end.

    Args:
        sweep: the sweep's folder.

    Returns:
        Whether this process works for a sweep that another process runs; without one there is nothing to end with.
    """
    if not (sweep / SWEEP).exists():
        return False
    runs_it = read_json(sweep / SWEEP)
    if is_this(runs_it):
        return False
    lives = pulse(runs_it, sweep / HEARTBEAT)
    threading.Thread(target=_watch, args=(sweep, lives), daemon=True, name="end-with-sweep").start()
    return True


def _watch(sweep: Path, lives: Callable[[], bool]) -> None:
    while lives():
        time.sleep(CHECK_EVERY)
    if (sweep / SWEEP).exists():
        log.error("the sweep of this job is dead: the job ends")
        os._exit(1)
