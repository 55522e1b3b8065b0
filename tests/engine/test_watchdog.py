"""Every job of a sweep comes to a known end, whatever its launcher: launchers are stood in for by what they do wrong.

A job is a process of this machine, or is said to be of another one, and then known by its heart alone.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from fer_lab import heartbeats
from fer_lab.engine import watchdog
from fer_lab.engine.job import KILLED, STOP
from fer_lab.engine.watchdog import GONE, attend
from fer_lab.errors import StoreError
from fer_lab.ledger import Entry
from fer_lab.ledger.sweeps import HEARTBEAT, PHASE, STATUS, Job, read_jobs
from fer_lab.storage import locked, make_folder, write_json

CONFIG: dict[str, Any] = {
    "retries": 1,
    "fail_fast": False,
    "watchdog": {"silent_hours": 1, "queue_hours": 1},
}
FOREVER = 600.0  # seconds
PATIENCE = 1.0  # seconds


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that takes a minute takes a second."""
    monkeypatch.setattr(heartbeats, "PATIENCE", PATIENCE)
    monkeypatch.setattr(watchdog, "CHECK_EVERY", 0.05)
    monkeypatch.setattr(watchdog, "GRACE", 0.5)


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "sweeps" / "now")


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing for long."""
    started = subprocess.Popen(["sleep", str(FOREVER)])
    yield started
    started.kill()
    started.wait()


def stated(pid: int, machine: str | None = None) -> dict[str, Any]:
    return heartbeats.this_process() | {
        "pid": pid,
        "started": heartbeats._started(psutil.Process(pid)),
        **({"machine": machine} if machine else {}),
    }


def begin(sweep: Path, number: int, state: str = "running", **more: Any) -> Path:
    folder = make_folder(sweep / str(number))
    status = {"cell": "e/c", "seed": number, "started": time.time(), "state": state, **more}
    write_json(folder / STATUS, status)
    return folder


def states(sweep: Path) -> list[str]:
    return [job.state for job in sorted(read_jobs(sweep), key=lambda job: job.seed)]


def only(sweep: Path) -> Job:
    (job,) = read_jobs(sweep)
    return job


def waiting_for(process: subprocess.Popen[bytes], begun: Callable[[], object]) -> Callable[[], None]:
    """A launcher that first begins jobs, whose process is killed, and waits for ever for them; then does nothing."""
    rounds: list[float] = []

    def launch() -> None:
        rounds.append(time.monotonic())
        begun()
        if len(rounds) == 1:
            process.kill()
            time.sleep(FOREVER)

    return launch


@pytest.mark.parametrize("machine", [None, "another one"])
def test_a_job_that_died_without_a_word_is_begun_again_though_its_launcher_waits_for_ever(
    sweep: Path, process: subprocess.Popen[bytes], machine: str | None
) -> None:
    about = {"process": stated(process.pid, machine), "at": ["own"]}
    found: list[Job] = []

    def begun() -> None:
        found.extend(read_jobs(sweep))
        begin(sweep, 0, "done" if found else "running", **about)

    attend(sweep, 1, waiting_for(process, begun), CONFIG)
    assert [(job.state, job.lost) for job in found] == [("interrupted", 1)]
    assert found[0].error == (GONE if machine else KILLED)
    assert states(sweep) == ["done"]


def test_what_is_lost_again_is_failed_with_its_run_and_the_others_go_on(
    sweep: Path, process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    make_folder(tmp_path / "runs" / "own")
    launched: list[int] = []

    def launch() -> None:
        lost = read_jobs(sweep)[0].lost if launched else 0
        launched.append(lost)
        begin(sweep, 0, process=stated(process.pid, "another one"), at=["own"], lost=lost)
        begin(sweep, 1, "done")

    attend(sweep, 2, launch, CONFIG)
    assert launched == [0, 1]
    assert states(sweep) == ["failed", "done"]
    assert Entry(tmp_path / "runs", "own").state() == "failed"


def test_where_one_failure_is_enough_nothing_is_begun_again(sweep: Path, process: subprocess.Popen[bytes]) -> None:
    rounds: list[int] = []

    def launch() -> None:
        rounds.append(0)
        begin(sweep, 0, process=stated(process.pid, "another one"))

    attend(sweep, 3, launch, CONFIG | {"retries": 0, "fail_fast": True})
    assert len(rounds) == 1
    assert states(sweep) == ["failed"]
    assert (sweep / STOP).exists()


def test_a_launcher_that_gives_up_is_outwaited(sweep: Path, process: subprocess.Popen[bytes]) -> None:
    """As Submitit's does at the first job that Slurm calls failed, while others run on."""

    def launch() -> None:
        folder = begin(sweep, 0, process=stated(process.pid))
        end = [f"import json,time\ntime.sleep(1.5)\nopen({str(folder / STATUS)!r}, 'w').write({DONE!r})"]
        subprocess.Popen(["python3", "-c", *end])
        raise SystemExit(1)

    attend(sweep, 1, launch, CONFIG)
    assert states(sweep) == ["done"]


DONE = '{"cell": "e/c", "seed": 0, "started": 0, "state": "done"}'


def test_a_sweep_ends_though_the_disk_has_no_room_for_what_was_lost(
    sweep: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> str:
        raise StoreError("No space left on device")

    monkeypatch.setattr(watchdog, "record_killed", full)
    begin(sweep, 0, process=stated(process.pid))
    attend(sweep, 1, process.kill, CONFIG)
    assert states(sweep) == ["running"]
    assert caplog.text.count("No space left on device") == 1


def test_a_job_that_never_began_is_begun_with_those_that_were_lost(sweep: Path) -> None:
    rounds: list[int] = []

    def launch() -> None:
        rounds.append(0)
        begin(sweep, len(rounds) - 1, "done")

    attend(sweep, 2, launch, CONFIG)
    assert states(sweep) == ["done", "done"]


def test_a_launcher_that_cannot_begin_anything_is_not_asked_twice(sweep: Path) -> None:
    rounds: list[int] = []
    attend(sweep, 2, lambda: rounds.append(0), CONFIG)
    assert rounds == [0]


def test_a_queue_that_begins_nothing_is_not_waited_for_for_ever(sweep: Path) -> None:
    config = CONFIG | {"retries": 0, "watchdog": {"silent_hours": 1, "queue_hours": 0.5 / 3600}}
    begin(sweep, 0, "done")
    attend(sweep, 2, lambda: time.sleep(FOREVER), config)
    assert states(sweep) == ["done"]


def test_a_sweep_of_which_nothing_has_begun_has_only_just_begun_itself(sweep: Path) -> None:
    watch = watchdog._Watch(sweep, 2, CONFIG)
    assert watch.look() == (0, 2)
    assert watch._quiet() < 60  # and not since the machine was started


def test_a_machine_that_does_not_answer_keeps_the_run_that_it_holds(
    sweep: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The heart of a job has stopped, and its run's lock is held: it is not lost yet, nor waited for for ever."""
    monkeypatch.setattr(watchdog, "LAST", 2 * PATIENCE)
    begin(sweep, 0, process=stated(process.pid, "another one"), at=["own"])
    watch = watchdog._Watch(sweep, 1, CONFIG)
    with locked(tmp_path / "runs" / "own"):
        end = time.monotonic() + 1.5 * PATIENCE
        while time.monotonic() < end:
            assert watch.look() == (1, 0)
        time.sleep(2.5 * PATIENCE)
        assert watch.look() == (0, 0)
    assert only(sweep).state == "interrupted"


def test_a_heart_that_beats_is_heard_whatever_its_clock_says(
    sweep: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file server, or a node, whose clock is hours off: what counts is that the file changes."""
    folder = begin(sweep, 0, process=stated(process.pid, "another one"))
    watch, off = watchdog._Watch(sweep, 1, CONFIG), time.time() - 5 * 3600
    for beat in range(30):
        (folder / HEARTBEAT).touch()
        os.utime(folder / HEARTBEAT, (off + beat, off + beat))
        assert watch.look() == (1, 0)
        time.sleep(PATIENCE / 10)


def test_a_job_that_says_nothing_new_is_told_of_until_it_speaks(
    sweep: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "TELL_EVERY", 0.0)
    folder = begin(sweep, 0, process=stated(process.pid))
    watch = watchdog._Watch(sweep, 1, CONFIG | {"watchdog": {"silent_hours": 0.5 / 3600, "queue_hours": None}})
    watch.look()
    assert only(sweep).silent == 0
    time.sleep(0.6)
    watch.look()
    assert only(sweep).silent > 0.5
    write_json(folder / PHASE, {"name": "training"})
    watch.look()
    assert only(sweep).silent == 0
    assert only(sweep).state == "running"
