"""What a job says of itself, and what is left of it where its disk is full or its time is over; nothing real trains."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from fer_lab.engine import job, run_job
from fer_lab.engine.place import place
from fer_lab.ledger import STAMP, Entry
from fer_lab.ledger.sweeps import HEARTBEAT, STATUS, Job, read_jobs
from fer_lab.phases import phase
from fer_lab.storage import locked_now, read_json, write_bytes

CONFIG: dict[str, Any] = {"seed": 0, "fail_fast": False, **{group: {"name": "none"} for group in STAMP}}
Train = Callable[[Any], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte (skips where none can be mounted)."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def offer(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a training in the place of the real one; what is finished is not looked into."""
    stub: Any = ModuleType("fer_lab.engine.ranks")
    stub.train_on_devices = lambda plan, further=(): train(plan)
    monkeypatch.setitem(sys.modules, stub.__name__, stub)
    monkeypatch.setattr(Entry, "is_finished", lambda entry: (entry.folder / "run.json").is_file())


def plan(results: Path, id: str) -> SimpleNamespace:
    return SimpleNamespace(id=id, cell="e/c", parents=(), config={}, entry=Entry(results / "runs", id))


def begin(
    results: Path, train: Train, monkeypatch: pytest.MonkeyPatch, sweep: str = "now", ids: Sequence[str] = ("own",)
) -> str:
    """A job with a run for each id, which ``train`` trains; its state."""
    offer(train, monkeypatch)
    monkeypatch.setattr(job, "make_plans", lambda *_: [plan(results, id) for id in ids])
    return run_job(CONFIG, "e/c", [], results / "sweeps" / sweep / "0")


def told(results: Path, sweep: str = "now") -> Job:
    (one,) = read_jobs(results / "sweeps" / sweep)
    return one


def finish(plan: Any) -> None:
    write_bytes(plan.entry.folder / "run.json", b"{}")


def test_a_job_says_where_it_runs_while_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_POOL_DEVICE", "GPU 3")
    seen: list[Job] = []

    def train(plan: Any) -> None:
        seen.append(told(tmp_path))
        assert (seen[0].folder / HEARTBEAT).exists()
        finish(plan)

    assert begin(tmp_path, train, monkeypatch) == "done"
    assert (seen[0].state, seen[0].at, seen[0].place) == ("running", ("own",), f"{os.uname().nodename}, GPU 3")
    assert not (seen[0].folder / HEARTBEAT).exists()
    assert told(tmp_path).place == seen[0].place


def test_a_job_that_has_ended_does_nothing_when_it_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(plan: Any) -> None:
        raise ValueError("no")

    assert begin(tmp_path, train, monkeypatch) == "failed"
    assert begin(tmp_path, finish, monkeypatch) == "failed"
    assert begin(tmp_path, finish, monkeypatch, sweep="next") == "done"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, {}),
        ({"CUDA_VISIBLE_DEVICES": "2"}, {"device": "GPU 2"}),
        ({"CUDA_VISIBLE_DEVICES": ""}, {}),  # as Ray leaves it to a task without a GPU
        ({"CUDA_VISIBLE_DEVICES": "2", "GPU_POOL_DEVICE": "a share"}, {"device": "a share"}),
        ({"SLURM_JOB_ID": "8"}, {"task": "Slurm job 8"}),
        ({"SLURM_JOB_ID": "8", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "1"}, {"task": "Slurm job 7_1"}),
    ],
)
def test_a_place_is_what_the_environment_says(environment: dict[str, str], words: dict[str, str]) -> None:
    assert place(environment) == {"node": os.uname().nodename, **words}


def test_jobs_of_sweeps_at_once_train_each_run_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads stand in for the processes of jobs, each of which tells of its own phases."""
    monkeypatch.setattr(job, "told_in", lambda _: nullcontext())
    trained: list[str] = []

    def train(plan: Any) -> None:
        trained.append(plan.id)
        time.sleep(0.05)
        finish(plan)

    offer(train, monkeypatch)
    monkeypatch.setattr(job, "make_plans", lambda config, cell, _: [plan(tmp_path, cell)])
    cells = ["a", "b", "c"]
    with ThreadPoolExecutor(12) as at_once:
        folders = [(cell, tmp_path / "sweeps" / str(sweep) / cell) for sweep in range(4) for cell in cells]
        states = [*at_once.map(lambda one: run_job(CONFIG, one[0], [], one[1]), folders)]
    assert sorted(trained) == cells
    assert (states.count("done"), states.count("kept")) == (3, 9)


# --- a full disk ------------------------------------------------------------------------------------------------------


def test_a_full_disk_fails_the_run_and_no_other(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(plan: Any) -> None:
        write_bytes(plan.entry.folder / "weights.safetensors", b"x" * 2**20)

    assert begin(disk, train, monkeypatch) == "failed"
    assert "No space left" in told(disk).error
    with locked_now(disk / "runs" / "own"):
        pass  # it is given back
    assert begin(disk, finish, monkeypatch, sweep="next") == "done"


def test_where_not_even_the_failure_can_be_kept_the_sweep_is_told_so(
    disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Something fills the disk to its last byte while the run trains; once there is room, the next sweep goes on."""
    filler = disk / "filler"

    def train(plan: Any) -> None:
        with filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096) == 4096:
                pass

    assert begin(disk, train, monkeypatch) == "failed"
    assert "No space left" in caplog.text
    filler.unlink()
    assert begin(disk, finish, monkeypatch, sweep="next") == "done"


# --- a time limit -----------------------------------------------------------------------------------------------------


def ended_in(epoch: int) -> Train:
    """A training that its time limit ends (as Submitit's handler does) after so many whole epochs."""

    def train(plan: Any) -> None:
        phase("training")
        for number in range(epoch):
            write_bytes(plan.entry.folder / "scores" / f"epoch-{number:03d}.parquet", b"")
        raise SystemExit(-1)

    return train


def test_a_job_that_met_its_time_limit_waits_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for epoch in (1, 2, 4):
        with pytest.raises(SystemExit):
            begin(tmp_path, ended_in(epoch), monkeypatch)
        assert told(tmp_path).state == "waiting"
        assert Entry(tmp_path / "runs", "own").state() == "interrupted"
    assert begin(tmp_path, finish, monkeypatch) == "done"


def test_a_time_limit_shorter_than_an_epoch_is_said_and_not_met_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with pytest.raises(SystemExit):
            begin(tmp_path, ended_in(3), monkeypatch)
    assert begin(tmp_path, finish, monkeypatch) == "failed"
    assert "its time limit ended it twice at training after 3 whole epochs" in told(tmp_path).error
    assert read_json(tmp_path / "sweeps" / "now" / "0" / STATUS)["limits"] == [[3, "training"]] * 2


def test_what_a_job_takes_no_clock_that_is_set_back_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(plan: Any) -> None:
        monkeypatch.setattr(time, "time", lambda: 0.0)
        finish(plan)

    assert begin(tmp_path, train, monkeypatch) == "done"
    assert 0 <= told(tmp_path).seconds < 60
