"""A job ends with its sweep, and has its share of the cores, whichever launcher has started it.

The launchers are stood in for by how their jobs come to be: joblib's are children of the sweep, Submitit's no longer
(forked twice, in a session of their own), Slurm's and Ray's are started by a service, perhaps on another machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hydra import compose, initialize
from hydra.core.hydra_config import HydraConfig

from fer_lab.engine import train
from fer_lab.engine.launchers import threads_of_run
from fer_lab.engine.liveness import announced, end_with_sweep
from fer_lab.processes import is_alive, usable_cores

PATIENCE = 3.0  # seconds
KINDS = ("child", "detached", "service", "other machine")

SWEEP = """
import subprocess, sys
from pathlib import Path
from fer_lab import heartbeats
from fer_lab.engine import liveness
heartbeats.BEAT_EVERY = .1
with liveness.announced(Path(sys.argv[1])):
    print("announced", flush=True)
    for kind in ("child", "detached"):
        subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1], kind], stdin=subprocess.DEVNULL)
    sys.stdin.read()  # until its input is closed
"""

JOB = f"""
import os, sys, time
from pathlib import Path
sweep, kind = Path(sys.argv[1]), sys.argv[2]
if kind == "detached":
    os.fork() and os._exit(0)
    os.setsid()
    os.fork() and os._exit(0)
from fer_lab import heartbeats
from fer_lab.engine import liveness, run_job
liveness.CHECK_EVERY, heartbeats.PATIENCE = .1, {PATIENCE}
if kind == "other machine":
    heartbeats._machine = lambda: "another one"
stamp = {{group: {{"name": "none"}} for group in ("source", "profile", "protocol")}}
run_job({{"seed": 0, "fail_fast": False, **stamp}}, "no/cell", [], sweep / kind)
os.write(1, f"{{kind}}:{{os.getpid()}}\\n".encode())  # in one piece, whatever the others write meanwhile
time.sleep(300)
"""

Started = tuple[subprocess.Popen[str], dict[str, psutil.Process]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """A sweep, and its jobs by the kind of their start."""
    python = [sys.executable, "-c"]
    read, write = os.pipe()
    sweep = subprocess.Popen([*python, SWEEP, str(tmp_path), JOB], stdin=subprocess.PIPE, stdout=write, text=True)
    with os.fdopen(read) as said:
        assert said.readline() == "announced\n"
        service = [subprocess.Popen([*python, JOB, str(tmp_path), kind], stdout=write) for kind in KINDS[2:]]
        pids = dict(said.readline().strip().split(":") for _ in KINDS)
    os.close(write)
    jobs = {kind: psutil.Process(int(pid)) for kind, pid in pids.items()}
    yield sweep, jobs
    sweep.kill()
    for job in filter(is_alive, jobs.values()):
        job.kill()
    for process in (sweep, *service):
        process.wait()


def alive_after(seconds: float, jobs: dict[str, psutil.Process]) -> list[str]:
    """The kinds of job that live on for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(map(is_alive, jobs.values())):
        time.sleep(0.05)
    return sorted(kind for kind, job in jobs.items() if is_alive(job))


def test_jobs_live_with_their_sweep_and_end_when_it_is_killed(started: Started) -> None:
    sweep, jobs = started
    assert alive_after(PATIENCE + 1, jobs) == sorted(KINDS)
    sweep.kill()
    sweep.wait()
    assert alive_after(PATIENCE + 10, jobs) == []


def test_jobs_are_not_ended_by_a_sweep_that_ends_by_itself(started: Started, tmp_path: Path) -> None:
    sweep, jobs = started
    sweep.communicate(timeout=30)
    assert sweep.returncode == 0
    assert alive_after(PATIENCE + 1, jobs) == sorted(KINDS)
    assert not list(tmp_path.glob("*.json"))


def test_the_process_of_a_sweep_is_no_worker_of_its_own(tmp_path: Path) -> None:
    assert not end_with_sweep(tmp_path)
    with announced(tmp_path):
        assert not end_with_sweep(tmp_path)


def test_a_sweep_does_not_name_its_machine(tmp_path: Path) -> None:
    with announced(tmp_path):
        assert os.uname().nodename not in (tmp_path / "sweep.json").read_text()


# --- threads ----------------------------------------------------------------------------------------------------------

BASIC: dict[str, Any] = {"_target_": "hydra._internal.core_plugins.basic_launcher.BasicLauncher"}


@pytest.mark.parametrize(
    ("asked", "launcher", "threads"),
    [
        (None, {}, 16),
        (None, BASIC, 16),
        (3, {"n_jobs": 2}, 3),
        (None, {"n_jobs": 1}, 16),
        (None, {"n_jobs": 3}, 5),
        (None, {"n_jobs": 64}, 1),
        (None, {"n_jobs": -1}, 1),  # as many as there are cores
        (None, {"n_jobs": -9}, 2),  # eight fewer
        (None, {"n_jobs": -99}, 16),
        (None, {"cpus_per_task": 4, "nodes": 1}, 4),
        (None, {"cpus_per_task": None, "nodes": 1}, 16),
        (2, {"cpus_per_task": 4}, 2),
        (None, {"ray": {"init": {}, "remote": {"num_cpus": 4}}}, 4),
        (None, {"ray": {"init": {}, "remote": {"num_cpus": 0.5}}}, 1),
        (None, {"ray": {"init": {}, "remote": {}}}, 1),
    ],
)
def test_threads_come_from_the_launcher(asked: int | None, launcher: dict[str, Any], threads: int) -> None:
    assert threads_of_run(asked, launcher, cores=16) == threads


def test_a_run_asks_the_launcher_that_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "usable_cores", lambda: 16)
    with initialize(None, version_base="1.3"):
        launcher = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=4", "hydra.job.num=0"]
        monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
        HydraConfig.instance().set_config(compose(overrides=launcher, return_hydra_config=True))
    assert train.threads_of({"threads": None}) == 4
    assert train.threads_of({"threads": 2}) == 2


def test_only_cores_that_may_be_used_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5, 7}, raising=False)
    assert usable_cores() == 4
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "2")
    assert usable_cores() == 2
