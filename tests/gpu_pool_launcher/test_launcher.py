"""Sweeps of a program that knows nothing of this project, on pretended devices."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydra_plugins import gpu_pool_launcher
from hydra_plugins.gpu_pool_launcher import SETTINGS, GpuPool, Hooks, Job, _asked
from hydra_plugins.gpu_pool_launcher._asked import devices_of, held_at_once, want_of
from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError
from hydra_plugins.gpu_pool_launcher._leases import Want, lease
from hydra_plugins.gpu_pool_launcher._worker import Task

PROGRAM = """
import json, os, signal, sys, time
from pathlib import Path
import hydra
from hydra.core.hydra_config import HydraConfig

class OutOfMemoryError(Exception):
    pass

def facts():
    own = {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "GPU_POOL_DEVICE", "GPU_POOL_SHARE")}
    heavy = {"torch", "numpy", "fer_lab"} & {*sys.modules}
    return own | {"heavy": sorted(heavy), "pid": os.getpid(), "jobs": HydraConfig.get().launcher.n_jobs}

@hydra.main(version_base="1.3", config_path=None)
def main(config):
    folder, begun = Path(HydraConfig.get().runtime.output_dir), time.time()
    time.sleep(0.1)
    if config.it == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if config.it == "waits":
        print("waits", flush=True)
        time.sleep(300)
    if config.it == "raises":
        raise ValueError("as it was asked to")
    if config.it == "large" and os.environ["GPU_POOL_SHARE"] != "1":
        raise OutOfMemoryError(f"on {os.environ['GPU_POOL_DEVICE']}")
    (folder / "told.json").write_text(json.dumps(facts() | {"begun": begun, "ended": time.time()}))

if __name__ == "__main__":
    main()
"""
Told = Mapping[str, Any]


class Sweep:
    """A sweep of the program that runs, and what its jobs tell."""

    def __init__(self, folder: Path, jobs: str, *settings: str) -> None:
        self.folder = folder
        script = folder.parent / "program.py"
        script.write_text(PROGRAM)
        words = ["hydra/launcher=gpus", f"hydra.launcher.leases={folder.parent / 'leases'}", *settings]
        command = [sys.executable, str(script), "-m", f"+it={jobs}", f"hydra.sweep.dir={folder}", *words]
        command += ["hydra.launcher.stagger=0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self) -> tuple[int, str]:
        """Its exit status, and what it says of errors."""
        _, said = self.process.communicate(timeout=240)
        return self.process.returncode, said

    def read(self, name: str) -> dict[int, Told]:
        """The last line of a file of each job that has it, by the job's number."""
        lines = {path.parent.name: path.read_text().splitlines()[-1] for path in self.folder.glob(f"*/{name}")}
        return {int(number): json.loads(line) for number, line in lines.items()}


def test_two_sweeps_share_a_table_and_no_device_has_two_jobs(tmp_path: Path) -> None:
    devices = "hydra.launcher.devices=[a,b]"
    sweeps = [Sweep(tmp_path / name, "1,2,3,4", devices) for name in ("first", "second")]
    assert [sweep.end() for sweep in sweeps] == [(0, ""), (0, "")]
    told = [one for sweep in sweeps for one in sweep.read("told.json").values()]
    assert len(told) == 8
    for device in "ab":
        there = sorted((one["begun"], one["ended"]) for one in told if one["GPU_POOL_DEVICE"] == device)
        assert all(before[1] <= after[0] for before, after in pairwise(there))
    assert {one["GPU_POOL_DEVICE"] for one in told} == {"a", "b"}
    assert all(one["CUDA_VISIBLE_DEVICES"] == one["GPU_POOL_DEVICE"] for one in told)
    assert all((one["heavy"], one["jobs"], one["GPU_POOL_SHARE"]) == ([], 2, "1") for one in told)


def test_what_goes_wrong_costs_its_own_job_and_a_full_device_is_tried_again_alone(tmp_path: Path) -> None:
    settings = ("hydra.launcher.devices=[a,b]", "hydra.launcher.runs_per_gpu=2")
    status, said = (sweep := Sweep(tmp_path / "sweep", "1,killed,large,raises,2,3", *settings)).end()
    assert status == 1
    assert "the process of job 1 was killed: +it=killed" in said
    told, records = sweep.read("told.json"), sweep.read("gpu_pool.jsonl")
    assert sorted(told) == [0, 2, 4, 5]
    assert sorted(records) == [0, 1, 2, 3, 4, 5]
    assert {number: (one["share"], one["attempt"]) for number, one in records.items() if number != 2} == dict.fromkeys(
        (0, 1, 3, 4, 5), ("1/2", 1)
    )
    assert (records[2]["share"], records[2]["attempt"], told[2]["jobs"]) == ("1", 2, 4)
    assert records[2]["before"].startswith("out of memory on a share of ")
    assert all(one["devices"] == told[number]["GPU_POOL_DEVICE"] for number, one in records.items() if number in told)


def test_a_job_can_have_several_devices(tmp_path: Path) -> None:
    settings = ("hydra.launcher.devices=[a,b,c]", "hydra.launcher.devices_per_run=2")
    sweep = Sweep(tmp_path / "sweep", "1,2", *settings)
    assert sweep.end() == (0, "")
    told = [*sweep.read("told.json").values()]
    assert [(one["CUDA_VISIBLE_DEVICES"], one["jobs"]) for one in told] == [("a,b", 1)] * 2
    assert len({one["pid"] for one in told}) == 1  # a process that nobody waits for goes on


def test_a_killed_sweep_gives_back_all_that_its_jobs_held(tmp_path: Path) -> None:
    settings = ("hydra.launcher.devices=[a,b]", "hydra.launcher.runs_per_gpu=2")
    sweep = Sweep(tmp_path / "sweep", "waits,waits,waits", *settings)
    assert sweep.process.stdout
    begun = 0
    while begun < 3:
        begun += sweep.process.stdout.readline() == "waits\n"
    assert next(lease(tmp_path / "leases", [Device("a"), Device("b")], Want(2), "another")) is None
    sweep.process.kill()
    waits = lease(tmp_path / "leases", [Device("a"), Device("b")], Want(2), "another")
    deadline = time.monotonic() + 60
    while not (got := next(waits)):
        assert time.monotonic() < deadline
    assert [device.name for device in got.devices] == ["a", "b"]
    sweep.process.communicate()


# --- settings ---------------------------------------------------------------------------------------------------------


class Known(Hooks):
    """Every job takes 30 GiB."""

    def memory(self, job: Job) -> int:
        return 30 * 2**30


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "no GPU: nvidia-smi and the driver list none"),
        ({"devices": ["a"], "devices_per_run": 2}, "2 devices for a job. Expected: at most 1: a"),
        ({"devices": ["a", "a"]}, "each once"),
        ({"devices": ["a"], "devices_per_run": [0]}, "Expected: a whole number from 1 on, or auto"),
        ({"devices": [""]}, "names of letters"),
        ({"devices": "0,1"}, "names of letters"),
        ({"devices": ["a"], "runs_per_gpu": 0}, "runs_per_gpu=0. Expected: a whole number from 1 on, or auto"),
        ({"devices": ["a"], "runs_per_gpu": "many"}, "runs_per_gpu=many"),
        ({"devices": ["a"], "n_jobs": -1}, "n_jobs=-1. Expected: a whole number from 1 on, or null"),
        (
            {"devices": ["a"], "devices_per_run": 0.5},
            "devices_per_run=0.5. Expected: a whole number from 1 on, or auto",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    settings: Mapping[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_asked, "visible", lambda: ())
    with pytest.raises(PoolError, match=said):
        devices_of(GpuPool(**settings))


@pytest.mark.parametrize(
    ("device", "settings", "said"),
    [
        (Device("MIG-1"), {"devices_per_run": 2}, "CUDA shows a process one MIG slice at most"),
        (Device("GPU-1", exclusive=True), {"runs_per_gpu": 2}, "GPU-1 lets one process in at a time"),
    ],
)
def test_devices_that_do_not_allow_a_setting_are_named(
    device: Device, settings: Mapping[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_asked, "visible", lambda: (device, Device("GPU-2")))
    with pytest.raises(PoolError, match=said):
        devices_of(GpuPool(**settings))
    assert [one.name for one in devices_of(GpuPool(runs_per_gpu=1))] == [device.name, "GPU-2"]


def test_a_device_that_lets_in_one_process_is_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_asked, "visible", lambda: (Device("GPU-1", 80 * 2**30, exclusive=True),))
    launcher = GpuPool(hooks=Known())
    (device,) = devices_of(launcher)
    want = want_of(launcher, [device], (0, ["x=1"]))
    assert want
    assert want.of(device) == 1


def test_more_jobs_than_memory_holds_are_refused_with_the_number_that_it_holds() -> None:
    launcher = GpuPool(devices=["a"], memory_gb=80, runs_per_gpu=3, hooks=Known())
    with pytest.raises(
        PoolError, match=r"runs_per_gpu=3: x=1 takes 30.0 GiB, and a device has 80.0. Do: set runs_per_gpu=2"
    ):
        want_of(launcher, devices_of(launcher), (0, ["x=1"]))


@pytest.mark.parametrize(
    ("settings", "want", "at_once"),
    [
        ({"runs_per_gpu": 2, "memory_gb": 80}, Want(1, Fraction(1, 2)), 8),
        ({"runs_per_gpu": "auto", "memory_gb": 80}, Want(1, Fraction(1, 8), 30 * 2**30), 8),  # two a device
        ({"runs_per_gpu": "auto"}, Want(1, Fraction(1, 8), 30 * 2**30), 4),  # of unknown memory: whole ones
        ({"runs_per_gpu": "auto", "hooks": Hooks()}, Want(), 4),
        ({"runs_per_gpu": 2, "devices_per_run": 2}, Want(2, Fraction(1, 2)), 4),
        ({"runs_per_gpu": 1, "devices_per_run": "auto"}, Want(4), 1),
        ({"runs_per_gpu": 1, "devices_per_run": -1}, Want(4), 1),
        ({"devices": []}, None, 64),
    ],
)
def test_what_a_job_leases_and_how_many_the_devices_hold(
    settings: Mapping[str, Any], want: Want | None, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(64), raising=False)
    launcher = GpuPool(**{"devices": ["a", "b", "c", "d"], "hooks": Known(), **settings})
    devices = devices_of(launcher)
    assert want_of(launcher, devices, (0, ["x=1"])) == want
    assert held_at_once(launcher, devices, [Task(0, [], want)]) == at_once


def test_every_setting_can_be_set(root: Path) -> None:
    arguments = {*inspect.signature(GpuPool.__init__).parameters} - {"self"}
    assert {*SETTINGS} == arguments | {"_target_"}
    page = yaml.safe_load((root / "conf" / "hydra" / "launcher" / "gpu_pool.yaml").read_text())
    assert {*page} == {*SETTINGS}
    readme = (Path(gpu_pool_launcher.__file__).parent / "README.md").read_text()
    assert [name for name in arguments if f"| `{name}` |" not in readme] == []
