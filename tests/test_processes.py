"""Nothing outlives who started it, a SIGKILL included; a worker that is killed costs what it was at, no more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from fer_lab.processes import side_by_side

PARENT = """
import os, subprocess, sys, time
from fer_lab.processes import end_children_with
end_children_with(os.getpid())
sleep = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(300)"]
lost = f"import subprocess; subprocess.Popen({sleep!r}, start_new_session=True)"  # its parent ends at once
subprocess.Popen(sleep)
subprocess.run([sys.executable, "-c", lost])
time.sleep(300)
"""
INTERRUPTED = """
import faulthandler, sys, time
from fer_lab.processes import Interrupted, ended_by_signals, side_by_side

def work(number):
    print(number, flush=True)
    time.sleep(300)

if __name__ == "__main__":
    faulthandler.dump_traceback_later(50, exit=True)  # where it waits, should it ever
    try:
        with ended_by_signals():
            side_by_side(work, [1, 2, 3], 2, None)
    except Interrupted as end:
        sys.exit(end.status)
"""


def test_what_was_just_started_ends_with_its_killed_parent_whoever_its_parent_is_by_then() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert psutil.wait_procs(children, timeout=30)[1] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_interrupted_ends_its_workers_first_and_says_no_more_than_its_status(
    tmp_path: Path, number: signal.Signals
) -> None:
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # the tests may run where a shell has it ignored
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(
        [sys.executable, str(script)], text=True, preexec_fn=heard, start_new_session=True, **pipes
    )
    assert process.stdout is not None
    assert {process.stdout.readline() for _ in range(2)} == {"1\n", "2\n"}
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, number)  # as a terminal does: to all that belong together
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + number, "")
    assert psutil.wait_procs(workers, timeout=30)[1] == []


def work(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
    return number


def test_a_killed_worker_costs_its_own_item_only() -> None:
    assert side_by_side(work, range(4), 2, lambda number: -number) == [0, -1, 2, 3]


def begun(item: tuple[str, Path]) -> str:
    """Note when an item is begun and ended, in a file that all workers share."""
    name, log = item
    with log.open("a") as file:
        file.write(f"+{name} ")
    time.sleep(0.3)
    with log.open("a") as file:
        file.write(f"-{name} ")
    return name


def test_items_that_would_wait_for_each_other_are_not_begun_together_if_there_are_others(tmp_path: Path) -> None:
    items = [(name, tmp_path / "log") for name in ("a1", "a2", "b1", "b2")]
    found = side_by_side(begun, items, 2, lambda item: "", lambda one, other: one[0][0] == other[0][0])
    assert found == ["a1", "a2", "b1", "b2"]  # whatever the order in which they were done
    assert set((tmp_path / "log").read_text().split()[:2]) == {"+a1", "+b1"}
