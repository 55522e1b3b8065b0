"""Whether another process lives: here by its pid, on another machine by a file that it touches for as long as it does.

Clocks of two machines are never compared. What is seen is whether a file changes, while this machine's own clock runs.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from fer_lab.processes import is_alive
from fer_lab.storage import digest

BEAT_EVERY = 1.0  # seconds
PATIENCE = 30.0
"""Seconds without a beat until a process of another machine counts as dead."""
LOOK = 6 * BEAT_EVERY
"""Seconds within which a heart that beats is seen to."""
Stated = Mapping[str, Any]
"""What ``this_process`` says."""


@contextmanager
def beating(heartbeat: Path, every: float | None = None) -> Iterator[None]:
    """Touch a file for as long as this process lives, every ``BEAT_EVERY`` seconds or as often as said; it stays."""
    ended = threading.Event()
    pause = BEAT_EVERY if every is None else every
    thread = threading.Thread(target=_beat, args=(heartbeat, ended, pause), daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(heartbeat: Path, ended: threading.Event, pause: float) -> None:
    while True:
        with suppress(OSError):  # a disk that comes back; a touch needs no space
            heartbeat.touch()
        if ended.wait(pause):
            return


def this_process() -> dict[str, Any]:
    """What tells this process apart from any other one of any machine, naming none."""
    process = psutil.Process()
    return {"machine": _machine(), "pid": process.pid, "started": _started(process)}


def is_this(stated: Stated) -> bool:
    """Whether it is this very process that was stated."""
    process = _process(stated) if is_here(stated) else None
    return process is not None and process.pid == os.getpid()


def pulse(stated: Stated, heartbeat: Path) -> Callable[[], bool]:
    """A function that says, as often as it is called, whether a process lives.

    Args:
        stated: the process.
        heartbeat: the file that it touches, which counts on another machine: it lives as long as the file has changed
            in the last ``PATIENCE`` seconds of this machine's own clock, first counted from now.
    """
    if is_here(stated):
        process = _process(stated)
        return lambda: process is not None and is_alive(process)
    seen, since = changed(heartbeat), time.monotonic()

    def lives() -> bool:
        nonlocal seen, since
        if (now := changed(heartbeat)) not in (None, seen):
            seen, since = now, time.monotonic()
        return time.monotonic() - since < PATIENCE

    return lives


def living(processes: Sequence[tuple[Stated, Path]]) -> list[bool]:
    """Which of some processes live; for those of other machines their hearts are watched, ``LOOK`` seconds at most.

    Args:
        processes: each as it was stated, with its heartbeat.
    """
    lives = [is_here(stated) and pulse(stated, heartbeat)() for stated, heartbeat in processes]
    hearts = {n: heartbeat for n, (stated, heartbeat) in enumerate(processes) if not is_here(stated)}
    seen = {number: changed(heartbeat) for number, heartbeat in hearts.items()}
    last = time.monotonic() + LOOK
    while hearts and time.monotonic() < last:
        time.sleep(BEAT_EVERY / 4)
        for number in [n for n, heartbeat in hearts.items() if changed(heartbeat) not in (None, seen[n])]:
            lives[number] = True
            del hearts[number]
    return lives


def changed(file: Path) -> int | None:
    """When a file was touched, in nanoseconds of its server's clock; opened, as network file systems then ask anew."""
    try:
        with file.open("rb") as opened:
            return os.fstat(opened.fileno()).st_mtime_ns
    except OSError:
        return None


def is_here(stated: Stated) -> bool:
    """Whether a process that was stated is, or was, one of this machine."""
    return bool(stated["machine"] == _machine())


def _process(stated: Stated) -> psutil.Process | None:
    """The process of this machine that was stated; None if it is gone, or its pid is another one's."""
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
