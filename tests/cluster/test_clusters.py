"""Slurm and Ray for real, on this machine: ``make test-cluster`` (minutes; Debian's packages are named in daemons.py).

An experiment at smoke scale through each, a run killed in the middle, the sweep repeated: the tables are those of a
sweep without a cluster, byte for byte, and of all that was started nothing is left.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from fer_lab.ledger import read_runs
from fer_lab.processes import end_children_with
from tests.cluster.daemons import missing, one_node_slurm
from tests.cluster.sweeps import Sweeps, end_of, kill_one, wait_for

ASKED = "FER_LAB_TEST_CLUSTER"
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(ASKED not in os.environ, reason="make test-cluster: starts Slurm and Ray, takes minutes"),
]
CAMPAIGN = "experiment=sase_hidden"
FEW = "cell=sase_hidden/cnn_frontal,sase_hidden/cnn_geometry"
SLURM = ("hydra/launcher=slurm", "hydra.launcher.mem_gb=3", "hydra.launcher.array_parallelism=2")
RAY = ("hydra/launcher=ray_pool", "hydra.launcher.ray.init.num_cpus=2")
DAEMONS = ("munged", "mariadbd", "slurmdbd", "slurmctld", "slurmd", "slurmstepd", "raylet", "gcs_server")


def left() -> list[str]:
    """The daemons of either cluster that run on this machine."""
    return sorted(process.name() for process in psutil.process_iter() if process.name() in DAEMONS)


@pytest.fixture(scope="module", autouse=True)
def nothing_else() -> Iterator[None]:
    """No daemon before and none afterwards."""
    assert not missing(), (
        f"apt-get install -y --no-install-recommends slurm-wlm munge mariadb-server slurmdbd: {missing()}"
    )
    assert find_spec("ray"), "make setup-cluster"
    assert left() == []
    end_children_with(os.getpid())  # also if the tests are killed
    yield
    assert left() == []


@pytest.fixture(scope="module")
def slurm() -> Iterator[Mapping[str, str]]:
    with one_node_slurm() as environment:
        yield environment


@pytest.fixture(scope="module")
def ray(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Ray keeps a token in the home folder: here in one of its own."""
    return {**os.environ, "HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Its table without a cluster."""
    sweeps = Sweeps(tmp_path_factory.mktemp("plain"), launcher=("jobs=2",))
    assert sweeps.run(CAMPAIGN)[0] == 0
    table = sweeps.table()
    assert b"0.320647" in table["table.md"]  # printed; what is measured stands beside it
    return table


def test_slurm_loses_a_run_and_the_sweep_is_repeated(
    slurm: Mapping[str, str], plain: Mapping[str, bytes], tmp_path: Path
) -> None:
    sweeps = Sweeps(tmp_path, slurm, SLURM)
    with sweeps.begun(CAMPAIGN, "retries=0") as process:
        killed = kill_one(sweeps)
        status, said = end_of(process)
    assert status == 1
    assert [job.cell for job in sweeps.jobs() if job.state == "failed"] == [killed], said
    finished = {run.id for run in read_runs(tmp_path / "runs")}
    assert sweeps.run(CAMPAIGN, "retries=0")[0] == 0
    again = Counter(job.state for job in sweeps.jobs()[len(sweeps.jobs()) // 2 :])
    assert again["done"] == 1
    assert finished < {run.id for run in read_runs(tmp_path / "runs")}
    assert sweeps.table() == plain


def test_ray_loses_a_run_and_begins_it_again(
    ray: Mapping[str, str], plain: Mapping[str, bytes], tmp_path: Path
) -> None:
    sweeps = Sweeps(tmp_path, ray, RAY)
    with sweeps.begun(CAMPAIGN) as process:
        killed = kill_one(sweeps)
        status, said = end_of(process)
    assert status == 0, said
    assert [job.cell for job in sweeps.jobs() if job.lost] == [killed]
    assert sweeps.table() == plain


def test_a_sweep_that_is_killed_goes_on_with_the_other_launcher(
    slurm: Mapping[str, str], ray: Mapping[str, str], tmp_path: Path
) -> None:
    first, second = Sweeps(tmp_path, ray, RAY), Sweeps(tmp_path, slurm, SLURM)
    with first.begun(FEW) as process:
        wait_for(lambda: [job for job in first.jobs() if job.phase.name == "training"])
        process.send_signal(signal.SIGKILL)
    assert second.run(FEW)[0] == 0
    assert {run.cell for run in read_runs(tmp_path / "runs")} >= {"sase_hidden/cnn_frontal", "sase_hidden/cnn_geometry"}


def test_two_sweeps_at_once_train_each_run_once(
    slurm: Mapping[str, str], ray: Mapping[str, str], tmp_path: Path
) -> None:
    first, second = Sweeps(tmp_path, slurm, SLURM), Sweeps(tmp_path, ray, RAY)
    with first.begun(FEW) as one, second.begun(FEW) as other:
        for process in (one, other):
            status, said = end_of(process)
            assert status == 0, said
    ends = Counter((job.cell, job.state) for job in first.jobs())
    assert ends == {(cell, state): 1 for cell in FEW.removeprefix("cell=").split(",") for state in ("done", "kept")}


def test_a_run_at_its_time_limit_goes_on_from_its_last_whole_epoch(slurm: Mapping[str, str], tmp_path: Path) -> None:
    """It is told as Slurm tells it ``signal_delay_s`` before the limit; how fast this machine is does not matter."""
    sweeps = Sweeps(tmp_path, slurm, (*SLURM, "hydra.launcher.timeout_min=10"))
    with sweeps.begun("cell=sase_hidden/cnn_frontal", "epochs=40") as process:
        wait_for(lambda: [*tmp_path.glob("runs/*/scores/epoch-001.parquet")])
        (job,) = sweeps.jobs()
        subprocess.run(["scancel", "--signal=USR2", job.task.split()[-1]], env=slurm, check=True)
        wait_for(lambda: [job for job in sweeps.jobs() if job.state == "waiting"])
        status, said = end_of(process)
    assert status == 0, said
    (run,) = read_runs(tmp_path / "runs")
    assert run.epochs == 40
    assert (tmp_path / "runs" / run.id / "log.txt").read_text().count("goes on from its last whole epoch") == 1


def test_a_cluster_that_refuses_is_quoted(slurm: Mapping[str, str], tmp_path: Path) -> None:
    status, said = Sweeps(tmp_path, slurm, (*SLURM, "hydra.launcher.partition=nowhere")).run(FEW)
    assert status == 1
    assert "Slurm refuses the sweep" in said
    assert "invalid partition" in said
    assert not (tmp_path / "runs").exists()
