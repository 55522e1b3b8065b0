"""Processes that depend on each other: who fails, or is killed, ends all."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from fer_lab.engine.together import together
from fer_lab.errors import OutOfMemoryError, TrainingError
from fer_lab.phases import Phase, heard, phase


def work(folder: Path, end: str, number: int) -> None:
    """The second of two ends in some way, for which the first would wait for ever."""
    (folder / f"{number}.pid").write_text(str(os.getpid()))
    phase("training", number, 2, f"of rank {number}")
    while number == 0 and end != "well":
        time.sleep(0.1)
    if end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if end == "refused":
        raise OutOfMemoryError("out of memory", do="buy some")
    if end == "failed":
        raise ZeroDivisionError("by zero")


def left(folder: Path) -> list[int]:
    pids = [int(path.read_text()) for path in folder.glob("*.pid")]
    return [pid for pid in pids if psutil.pid_exists(pid)]


def test_the_first_one_says_what_is_done(tmp_path: Path) -> None:
    said = list[Phase]()
    with heard(said.append):
        together(partial(work, tmp_path, "well"), 2)
    assert [one.what for one in said] == ["of rank 0"]
    assert not left(tmp_path)


@pytest.mark.parametrize(
    ("end", "kind", "words"),
    [
        ("killed", TrainingError, "rank 1 was killed"),
        ("refused", OutOfMemoryError, "buy some"),
        ("failed", TrainingError, "rank 1: ZeroDivisionError: by zero"),
    ],
)
def test_the_end_of_one_ends_all_at_once(tmp_path: Path, end: str, kind: type[TrainingError], words: str) -> None:
    with pytest.raises(kind, match=words):
        together(partial(work, tmp_path, end), 2)
    assert not left(tmp_path)
