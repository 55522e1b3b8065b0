"""Slurm and Ray as far as they can be tried without one: refusals before a sweep, what is handed over, lost jobs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from hydra.core.utils import JobReturn
from omegaconf import OmegaConf

from fer_lab.configs import compose_launcher
from fer_lab.engine import clusters, ray_pool, slurm
from fer_lab.engine.clusters import Books, check_launcher
from fer_lab.engine.order import Job
from fer_lab.engine.ray_pool import OBJECTS, init_settings
from fer_lab.engine.slurm import parameters
from fer_lab.errors import ConfigError
from fer_lab.ledger.sweeps import STATUS, read_jobs
from fer_lab.storage import make_folder, write_json

CELL = "cell=sase_hidden/cnn_frontal"
SLURM, RAY = "hydra/launcher=slurm", "hydra/launcher=ray_pool"
JOBS: list[Job] = [(n, [CELL, f"seed={n}"]) for n in range(3)]


@pytest.fixture
def everything_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if both extras were installed, and this machine submitted to Slurm."""
    monkeypatch.setattr(clusters, "installed", lambda package: True)
    monkeypatch.setattr(clusters.shutil, "which", lambda program: f"/usr/bin/{program}")


@pytest.mark.parametrize(
    ("launcher", "extra", "do"),
    [
        (SLURM, "slurm", "make setup"),
        (RAY, "ray", "make setup-cluster"),
        ("hydra/launcher=ray", "ray", "make setup-cluster"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(
    launcher: str, extra: str, do: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "installed", lambda package: False)
    with pytest.raises(ConfigError) as refused:
        check_launcher([CELL, launcher], sweeping=True)
    assert refused.value.expected == f"the extra `{extra}`"
    assert refused.value.do.startswith(do)


def test_whether_a_package_is_installed() -> None:
    assert clusters.installed("hydra_plugins.hydra_joblib_launcher")
    assert not clusters.installed("hydra_plugins.no_such_launcher")
    assert not clusters.installed("no_such_package.inside")


def test_a_machine_that_does_not_submit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "installed", lambda package: True)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="no sbatch here"):
        check_launcher([CELL, SLURM], sweeping=True)


@pytest.mark.usefixtures("everything_there")
def test_a_single_run_is_not_launched() -> None:
    with pytest.raises(ConfigError, match="without -m"):
        check_launcher([CELL, RAY], sweeping=False)
    check_launcher([CELL], sweeping=False)
    check_launcher([CELL, "hydra/launcher=joblib"], sweeping=False)


@pytest.mark.usefixtures("everything_there")
def test_a_limit_that_leaves_no_time_is_refused() -> None:
    check_launcher([CELL, SLURM], sweeping=True)
    check_launcher([CELL, SLURM, "hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=20"], sweeping=True)
    with pytest.raises(ConfigError, match=r"hydra.launcher.timeout_min=2: a run is to stop 120 s before") as refused:
        check_launcher([CELL, SLURM, "hydra.launcher.timeout_min=2"], sweeping=True)
    assert refused.value.expected.startswith("at least 150 s")


@pytest.mark.usefixtures("everything_there")
def test_a_mistyped_setting_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'hydra.launcher.partitio'") as refused:
        check_launcher([CELL, SLURM, "hydra.launcher.partitio=gpu"], sweeping=True)
    assert "'hydra.launcher.partition'" in refused.value.expected


def test_slurm_is_told_what_is_set(root: Path) -> None:
    given = yaml.safe_load((root / "conf" / "hydra" / "launcher" / "slurm.yaml").read_text())
    unset = {key for key, value in given.items() if value is None}
    del given["_target_"]
    told = parameters(given | {"partition": "gpu", "setup": OmegaConf.create(["module load cuda"])})
    assert told["slurm_partition"] == "gpu"
    assert told["slurm_setup"] == ["module load cuda"]
    assert told["timeout_min"] == given["timeout_min"]
    assert told["folder"] == given["submitit_folder"]
    assert not {f"slurm_{key}" for key in unset - {"partition", "setup"}} & {*told}


def test_submitit_knows_every_setting(root: Path) -> None:
    """What the launcher names is what Submitit takes, and a sweep of Slurm's own launcher could take as well."""
    config = pytest.importorskip("hydra_plugins.hydra_submitit_launcher.config", reason="the extra `slurm`")
    given = yaml.safe_load((root / "conf" / "hydra" / "launcher" / "slurm.yaml").read_text())
    assert {*given} - {"_target_"} <= {*vars(config.SlurmQueueConf())}


def test_a_ray_of_its_own_and_one_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_DATA", "/data")
    given: dict[str, Any] = compose_launcher([RAY])["ray"]["init"]
    own = init_settings(given)
    assert own["object_store_memory"] == OBJECTS
    assert own["runtime_env"]["env_vars"]["FER_LAB_DATA"] == "/data"
    assert "address" not in own
    there = init_settings(given | {"address": "auto", "runtime_env": {"env_vars": {"FER_LAB_DATA": "/other"}}})
    assert not {"object_store_memory", "num_cpus", "num_gpus"} & {*there}  # Ray refuses them of one that is there
    assert there["address"] == "auto"
    assert there["runtime_env"]["env_vars"]["FER_LAB_DATA"] == "/other"


# --- Jobs that a cluster loses ----------------------------------------------------------------------------------------


def says(books: Books, job: Job, state: str) -> None:
    about = {"cell": "sase_hidden/cnn_frontal", "seed": job[0], "started": 0.0}
    write_json(make_folder(books.sweep / str(job[0])) / STATUS, about | {"state": state})


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(make_folder(tmp_path / "sweeps" / "one"), retries=0, stop=False)


def test_what_has_ended_is_not_launched_again(books: Books) -> None:
    says(books, JOBS[0], "done")
    says(books, JOBS[1], "interrupted")
    assert [number for number, _ in books.to_do(JOBS)] == [1, 2]


def test_a_job_is_lost_only_if_it_has_not_said_how_it_ended(books: Books) -> None:
    says(books, JOBS[0], "done")
    says(books, JOBS[1], "running")
    for job in JOBS:
        books.lost(job, "the cluster has it no longer")
    states = {job.seed: (job.state, job.error) for job in read_jobs(books.sweep)}
    lost = ("failed", "the cluster has it no longer")
    assert states == {0: ("done", ""), 1: lost, 2: lost}
    assert [answer.return_value for answer in books.answers(JOBS)] == ["done", "failed", "failed"]


def test_slurm_is_asked_only_whether_a_task_is_there(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is requeued is absent for a moment; one that is absent twice is lost; no answer is no absence."""
    said = iter([{"7_0", "7_1"}, None, {"7_1"}, {"7_0", "7_1"}, {"7_1"}, None, {"7_1"}, {"7_1"}, set()])
    monkeypatch.setattr(slurm, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(slurm, "queued", lambda: next(said))
    says(books, JOBS[0], "running")
    says(books, JOBS[1], "done")
    slurm._wait({"7_0": JOBS[0], "7_1": JOBS[1]}, books)
    assert [*said] == []
    assert {job.seed: job.state for job in read_jobs(books.sweep)} == {0: "failed", 1: "done"}


def test_a_sweep_that_ends_takes_its_tasks_back(books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program, told = tmp_path / "scancel", tmp_path / "told"
    program.write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    for there in ({"7_1", "8"}, set(), None):
        monkeypatch.setattr(slurm, "queued", lambda there=there: there)
        slurm._cancel({"7_0": JOBS[0], "7_1": JOBS[1]})
    assert told.read_text().splitlines() == ["7_1", "7_0 7_1"]  # if Slurm does not say what is left: all


# --- Ray, stood in for ------------------------------------------------------------------------------------------------


class Ray(ModuleType):
    """As much of it as the launcher calls: tasks are jobs' numbers, and end in an error that is given."""

    def __init__(self, errors: Mapping[int, str], starts: int) -> None:
        super().__init__("ray")
        self.errors, self.starts, self.shut = errors, starts, 0

    def shutdown(self) -> None:
        self.shut += 1

    def start_ray(self, init: Any) -> None:
        self.starts -= 1
        if self.starts:
            raise Exception("timed out during startup")

    def wait(self, tasks: list[int], num_returns: int, timeout: float) -> tuple[list[int], list[int]]:
        return tasks[:num_returns], tasks[num_returns:]

    def get(self, task: int) -> JobReturn:
        if task in self.errors:
            raise RuntimeError(self.errors[task])
        return JobReturn(_return_value="done")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ray]:
    def put(errors: Mapping[int, str] | None = None, starts: int = 1) -> Ray:
        ray = Ray(errors or {}, starts)
        monkeypatch.setitem(sys.modules, "ray", ray)
        monkeypatch.setitem(sys.modules, "hydra_plugins.hydra_ray_launcher", ModuleType("hydra_ray_launcher"))
        monkeypatch.setitem(sys.modules, "hydra_plugins.hydra_ray_launcher._launcher_util", ray)
        return ray

    return put


def test_a_task_that_ray_loses_is_noted_and_the_others_are_waited_for(
    books: Books, stand_in: Callable[..., Ray]
) -> None:
    stand_in({0: "The worker died.\nMore of it"})
    says(books, JOBS[1], "done")
    ray_pool._wait({number: (number, own) for number, own in JOBS[:2]}, books)
    lost, done = sorted(read_jobs(books.sweep), key=lambda job: job.seed)
    assert (lost.state, lost.error) == ("failed", "Ray has lost its task: The worker died.")
    assert done.state == "done"


def test_a_ray_of_its_own_is_started_again_and_one_that_is_there_is_asked_once(
    stand_in: Callable[..., Ray], caplog: pytest.LogCaptureFixture
) -> None:
    slow = stand_in(starts=ray_pool.STARTS)
    assert ray_pool._start({})
    assert slow.shut == ray_pool.STARTS - 1
    absent = stand_in(starts=2)
    assert not ray_pool._start({"address": "nowhere:1"})
    assert absent.shut == 1
    assert "timed out during startup" in caplog.text
