"""A job ends soon after the death of its sweep, whatever launcher has started it, on this machine or another one.

A sweep says in its folder who it is and touches a file there for as long as it lives. A job finds both beside its own
folder: no environment and no parent process are needed, which Slurm, Ray and other launchers do not hand down.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from fer_lab.ledger.sweeps import HEARTBEAT, PATIENCE
from fer_lab.processes import CHECK_EVERY, is_alive
from fer_lab.storage import digest, read_json, write_json

log = logging.getLogger(__name__)
SWEEP = "sweep.json"
BEAT_EVERY = 1.0  # seconds


@contextmanager
def announced(sweep: Path) -> Iterator[None]:
    """Say in the folder of a sweep that this process runs it and lives; taken back when it ends by itself."""
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(sweep / HEARTBEAT, ended), daemon=True, name="heartbeat")
    write_json(sweep / SWEEP, _this_process())
    thread.start()
    try:
        yield
    finally:
        (sweep / SWEEP).unlink(missing_ok=True)  # first: a heart that stops with it there is dead
        ended.set()
        thread.join()
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
    here = runs_it["machine"] == _machine()
    process = _process(runs_it) if here else None
    if process and process.pid == os.getpid():
        return False
    lives = (lambda: process is not None and is_alive(process)) if here else _beats(sweep / HEARTBEAT)
    threading.Thread(target=_watch, args=(sweep, lives), daemon=True, name="end-with-sweep").start()
    return True


def _watch(sweep: Path, lives: Callable[[], bool]) -> None:
    while lives():
        time.sleep(CHECK_EVERY)
    if (sweep / SWEEP).exists():
        log.error("the sweep of this job is dead: the job ends")
        os._exit(1)


def _beat(heartbeat: Path, ended: threading.Event) -> None:
    while not ended.wait(BEAT_EVERY):
        with suppress(OSError):  # a disk that comes back; a touch needs no space
            heartbeat.touch()


def _beats(heartbeat: Path) -> Callable[[], bool]:
    """A function: has the file changed in the last ``PATIENCE`` seconds of this machine's own clock?

    Clocks of two machines are never compared.
    """
    seen, since = _changed(heartbeat), time.monotonic()

    def lives() -> bool:
        nonlocal seen, since
        if (now := _changed(heartbeat)) not in (None, seen):
            seen, since = now, time.monotonic()
        return time.monotonic() - since < PATIENCE

    return lives


def _changed(file: Path) -> int | None:
    """When a file was touched, in nanoseconds of its server's clock; opened, as network file systems then ask anew."""
    try:
        with file.open("rb") as opened:
            return os.fstat(opened.fileno()).st_mtime_ns
    except OSError:
        return None


def _this_process() -> dict[str, Any]:
    process = psutil.Process()
    return {"machine": _machine(), "pid": process.pid, "started": _started(process)}


def _process(stated: Mapping[str, Any]) -> psutil.Process | None:
    """The process of this machine that ``_this_process`` stated; None if it is gone, or its pid is another one's."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(stated["pid"])
        if abs(_started(process) - stated["started"]) < 1.0:
            return process
    return None


def _started(process: psutil.Process) -> float:
    """Seconds from the start of the machine to that of a process: setting the clock does not change them."""
    return process.create_time() - psutil.boot_time()


def _machine() -> str:
    """What tells machines apart on which a pid means the same process, naming none: also containers of one host."""
    files = ("/proc/sys/kernel/random/boot_id", "/etc/machine-id")
    known = [Path(file).read_text() for file in files if Path(file).is_file()]
    spaces = [os.readlink("/proc/self/ns/pid")] if Path("/proc/self/ns/pid").exists() else []
    return digest([platform.node(), *known, *spaces])
