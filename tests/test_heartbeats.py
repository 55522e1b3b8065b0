"""Whether a process lives: by its pid here, by its heart elsewhere, and by no clock but that of who looks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from fer_lab import heartbeats
from fer_lab.heartbeats import beating, is_here, is_this, living, pulse, this_process

ROOT = Path(__file__).parents[1]
SAYS_WHO = "import json; from fer_lab.heartbeats import this_process; print(json.dumps(this_process()))"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "BEAT_EVERY", 0.05)
    monkeypatch.setattr(heartbeats, "PATIENCE", 1.0)
    monkeypatch.setattr(heartbeats, "LOOK", 1.0)


def elsewhere() -> dict[str, object]:
    return this_process() | {"machine": "another one"}


def test_here_the_process_itself_is_asked(tmp_path: Path) -> None:
    own = this_process()
    other = subprocess.Popen(["sleep", "60"])
    about = own | {"pid": other.pid, "started": heartbeats._started(psutil.Process(other.pid))}
    assert (is_this(own), is_this(about)) == (True, False)
    lives = pulse(about, tmp_path / "none")
    assert lives()
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert not lives()  # a zombie: nobody has waited for it
    other.wait()
    assert living([(own, tmp_path), (about, tmp_path)]) == [True, False]


def test_a_pid_that_another_process_has_by_now_is_not_the_one_that_was_stated(tmp_path: Path) -> None:
    assert not pulse(this_process() | {"started": this_process()["started"] - 60}, tmp_path)()


@pytest.mark.parametrize("hours", [-30, 0, 30])
def test_elsewhere_a_heart_lives_as_long_as_its_file_changes(tmp_path: Path, hours: int) -> None:
    heart, ended = tmp_path / "heart", threading.Event()
    lives = pulse(elsewhere(), heart)

    def beat() -> None:
        while not ended.wait(0.05):
            heart.touch()
            os.utime(heart, (now := time.time() + hours * 3600, now))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        assert living([(elsewhere(), heart), (elsewhere(), tmp_path / "none")]) == [True, False]
        time.sleep(1.0)
        assert lives()
    finally:
        ended.set()
        thread.join()
    assert living([(elsewhere(), heart)]) == [False]
    lives()
    time.sleep(1.1)
    assert not lives()


def test_a_heart_survives_a_folder_that_is_not_there_for_a_while(tmp_path: Path) -> None:
    heart = tmp_path / "server" / "heart"
    with beating(heart):
        time.sleep(0.2)
        heart.parent.mkdir()
        last = time.monotonic() + 10
        while not heart.exists():
            assert time.monotonic() < last
            time.sleep(0.01)


def test_a_container_of_this_machine_is_another_machine() -> None:
    """Its pids mean other processes."""
    words = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", SAYS_WHO]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("root alone makes a space of pids of its own")
    assert json.loads(done.stdout)["pid"] == 1
    assert not is_here(json.loads(done.stdout))
    here = subprocess.run(words[4:], cwd=ROOT, capture_output=True, text=True, check=True)
    assert is_here(json.loads(here.stdout))
