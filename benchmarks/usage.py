"""A command measured as a whole: its seconds, CPU and memory, its workers' too, and how busy the machine was."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence

import psutil

EVERY = 0.2
"""Seconds between two looks at the memory."""


def usage(command: Sequence[str], environment: Mapping[str, str] | None = None) -> dict[str, float]:
    """What a command took.

    Returns:
        ``seconds``; ``cpu_seconds``, of its workers too; ``memory_gb``, the most that it and its workers held at once
        and shared with no other process; ``load``, the machine's mean over a minute when it began.

    Raises:
        CalledProcessError: it failed.
    """
    load, began = os.getloadavg()[0], time.perf_counter()
    process = psutil.Popen(
        list(command), env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    peak, status, used = 0, 0, None
    while used is None:
        peak = max(peak, memory(process))
        pid, status, found = os.wait4(process.pid, os.WNOHANG)
        used = found if pid else None
        time.sleep(0 if pid else EVERY)
    if status:
        raise subprocess.CalledProcessError(status, command, stderr=process.stderr.read())
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "memory_gb": round(peak / 1e9, 3),
        "load": round(load, 1),
    }


def memory(process: psutil.Process) -> int:
    """Bytes of a process and its children that no other process shares with them."""
    try:
        return sum(one.memory_full_info().uss for one in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0
