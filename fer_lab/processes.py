"""Worker processes that never outlive their parent."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress

import psutil

log = logging.getLogger(__name__)
CHECK_EVERY = 2.0  # seconds


def usable_cores() -> int:
    """CPUs that this process may use: what affinity and, within a Slurm job, the allocation leave of the machine's."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, int(os.environ.get("SLURM_CPUS_PER_TASK", cores)))


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs: it has not ended, and is no zombie that nobody has waited for."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def exit_with_parent(parent: int) -> None:
    """End this process within ``CHECK_EVERY`` seconds of the death of its parent (its pid), a SIGKILL included."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(CHECK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="exit-with-parent").start()


def end_children_with(parent: int) -> None:
    """See to it that no descendant of a process outlives its SIGKILL: a process of its own watches, and ends them.

    Workers of a parallel launcher are not ours to equip with ``exit_with_parent`` before their first job.

    Args:
        parent: its pid.
    """
    subprocess.Popen(
        [sys.executable, "-m", "fer_lab.processes", str(parent)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _watch(pid: int) -> None:
    """Remember the descendants of a process while it lives; kill what is left of them once it does not."""
    known: dict[int, psutil.Process] = {}
    try:
        parent = psutil.Process(pid)
        while is_alive(parent):
            known |= {child.pid: child for child in parent.children(recursive=True) if child.pid != os.getpid()}
            time.sleep(CHECK_EVERY / 2)
    except psutil.NoSuchProcess:
        log.debug("process %d has ended: its children are looked after now", pid)
    for child in known.values():
        with suppress(psutil.NoSuchProcess):
            child.kill()  # psutil knows a pid that another process has by now


@contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of spawned processes (no fork: detectors and thread pools do not survive one)."""
    if multiprocessing.get_start_method() not in multiprocessing.get_all_start_methods():
        # In a worker of joblib: its start method is handed down to processes that do not know it.
        multiprocessing.set_start_method("spawn", force=True)
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=exit_with_parent, initargs=(os.getpid(),))
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
