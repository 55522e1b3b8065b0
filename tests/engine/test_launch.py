"""What the launcher of one machine is told of a sweep's jobs, and which launcher a sweep has."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from omegaconf import DictConfig

from fer_lab.configs import compose, expand, parse
from fer_lab.engine import launch
from fer_lab.engine.launch import BESIDE, ROOM, JobsOfSweep
from fer_lab.engine.order import Job
from fer_lab.errors import ConfigError
from fer_lab.ledger.sweeps import STATUS
from fer_lab.runs import has_gpu, peak_memory, precision
from fer_lab.storage import make_folder, read_json, write_json
from hydra_plugins.gpu_pool_launcher import _devices
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

start = import_module("fer_lab.engine.start")  # its package has a function of that name
GIB = 2**30
PARENT, CHILD = "sase_hidden/cnn_frontal", "sase_hidden/cnn_gru_features"


def job(number: int, cell: str) -> Job:
    return number, (f"cell={cell}", "seed=0", "profile=smoke")


@pytest.fixture
def hooks(tmp_path: Path) -> JobsOfSweep:
    """Those of a sweep that has begun."""
    sweep = tmp_path / "sweeps" / "now"
    told = JobsOfSweep()
    told.begin(DictConfig({"hydra": {"sweep": {"dir": str(sweep)}}, "fail_fast": False, "retries": 0}))
    return told


def test_a_job_needs_what_such_a_run_or_its_parent_took_most(
    hooks: JobsOfSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "peak_memory", lambda stamp, results: {PARENT: 3 * GIB, CHILD: 2 * GIB})
    assert hooks.memory(job(0, CHILD)) == hooks.memory(job(1, PARENT)) == int(3 * GIB * ROOM) + BESIDE
    assert hooks.memory(job(2, "sase_hidden/c3d")) is None


def test_memory_stands_in_the_records_of_runs(tmp_path: Path) -> None:
    for seed, facts in enumerate(({"gpu_memory": 2 * GIB}, {"gpu_memory": GIB}, {})):
        write_run(tmp_path, "classes", [make_scores("classes")], seed=seed, facts=facts)
    write_run(tmp_path, "classes", [make_scores("classes")], seed=3, facts={"gpu_memory": 9 * GIB}, profile="paper")
    assert peak_memory({"source": "embedded", "profile": "smoke"}, tmp_path) == {"e/classes": 2 * GIB}


@pytest.mark.parametrize(
    ("error", "again"),
    [
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", True),
        ("out of memory: a step of 1 item does not fit the device", True),
        ("RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED", False),
        ("", False),
    ],
)
def test_who_is_out_of_memory_waits_to_be_begun_again(hooks: JobsOfSweep, error: str, again: bool) -> None:
    status = make_folder(hooks.books.sweep / "0") / STATUS
    write_json(status, {"state": "failed", "error": error})
    assert not hooks.out_of_memory(job(0, CHILD), "done")
    assert hooks.out_of_memory(job(0, CHILD), "failed") == again
    assert read_json(status)["state"] == ("waiting" if again else "failed")


def test_a_sweep_that_stops_at_a_failing_run_does_not_try_it_again(hooks: JobsOfSweep) -> None:
    write_json(make_folder(hooks.books.sweep / "0") / STATUS, {"state": "failed", "error": "out of memory"})
    (hooks.books.sweep / "stop").touch()
    assert not hooks.out_of_memory(job(0, CHILD), "failed")


# --- which launcher ---------------------------------------------------------------------------------------------------

SWEEP = ("cell=sase_hidden/cnn_frontal", "seed=0,1", "profile=smoke")


@pytest.mark.parametrize(
    ("gpu", "overrides", "words"),
    [
        (False, (), ["hydra/launcher=local", "hydra.launcher.n_jobs=3"]),
        (False, ("jobs=7",), ["hydra/launcher=local"]),  # conf/ reads it
        (True, (), ["hydra/launcher=gpu_pool"]),
        (True, ("trainer.accelerator=cpu",), ["hydra/launcher=local", "hydra.launcher.n_jobs=3"]),
        (True, ("hydra/launcher=local",), ["hydra.launcher.n_jobs=3"]),
        (True, ("hydra/launcher=local", "hydra.launcher.n_jobs=2"), []),
        (False, ("hydra/launcher=joblib",), []),
    ],
)
def test_a_sweep_uses_the_gpus_where_there_are_some(
    gpu: bool, overrides: tuple[str, ...], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "devices", lambda: ("a",) * gpu)
    monkeypatch.setattr(start, "usable_cores", lambda: 3)
    line = [*SWEEP, *overrides]
    assert start._launcher(line, compose(expand(line)[0])) == words


def test_gpus_are_refused_where_there_are_none_unless_some_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "devices", lambda: ())
    given = ["hydra/launcher=gpu_pool", "hydra.launcher.devices=[a,b]"]
    start._check_launcher(given, parse(given))
    with pytest.raises(ConfigError, match="there is no GPU here"):
        start._check_launcher(given[:1], parse(given[:1]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hydra.launcher.run_per_gpu=2",), "no key 'hydra.launcher.run_per_gpu' .*hydra.launcher.runs_per_gpu"),
        (("+hydra.launcher.memory=2",), "no setting hydra.launcher.memory .*memory_gb"),
        (("hydra.launcher.runs_per_gpu=0",), "runs_per_gpu=0. Expected: a whole number from 1 on"),
        (("hydra.launcher.memory_gb=much",), "memory_gb=much. Expected: a number"),
        (("hydra.launcher.stagger=-1",), "stagger=-1. Expected: a number from 0 on"),
        (("hydra.launcher.devices=[0,1]",), "device 0: there is no GPU here. Do: name others"),
        (("trainer.devices=3", "trainer.strategy=ddp"), "3 devices for a job. Expected: at most 2: a, b"),
        (("hydra.launcher.runs_per_gpu=8", "hydra.launcher.memory_gb=4"), "runs_per_gpu=8: .* takes 4.6 GiB, and a"),
    ],
)
def test_settings_of_the_pool_are_refused_before_anything_begins(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(_devices, "DRIVER", tmp_path)
    monkeypatch.setattr(_devices, "_smi", lambda *_: "")
    monkeypatch.setattr("fer_lab.runs.checks.has_gpu", lambda: False)
    monkeypatch.setattr(launch, "peak_memory", lambda stamp, results: {PARENT: 3 * GIB})
    pool = ["hydra/launcher=gpu_pool", "hydra.launcher.devices=[a,b]", f"paths.results={tmp_path / 'results'}"]
    assert start.start(["-m", *SWEEP, *pool, *words], lambda: pytest.fail("it begins")) == 2
    assert re.search(said, " ".join(capsys.readouterr().err.split()))
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(("hidden", "there"), [(None, True), ("0", True), ("GPU-1", True), ("", False), ("-1", False)])
def test_a_gpu_that_is_hidden_is_none(hidden: str | None, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Driver:
        """Is there."""

        def __init__(self, path: str) -> None:
            self.path = path

        def exists(self) -> bool:
            return True

    monkeypatch.setattr(precision, "Path", Driver)
    if hidden is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert has_gpu() == there
