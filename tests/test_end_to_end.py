"""The whole way at smoke scale: files, faces, training, ledger, table; killed, repeated, and with another launcher."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import psutil
import pytest

from fer_lab.ledger import Run, read_runs
from fer_lab.storage import cache_root

pytestmark = pytest.mark.slow

CELL = "cell=sase_hidden/cnn_frontal"
SMOKE = ("profile=smoke", "seed=0", "threads=1")
TWO = ("-m", "cell=sase_hidden/cnn_frontal,sase_hidden/cnn_gru_features", "jobs=2")
ON_ONE_CORE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
PATIENCE = 240.0  # seconds until a stage must have begun


def call(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def by_cell(results: Path) -> dict[str, Run]:
    return {run.cell: run for run in read_runs(results / "runs")}


def all_scores(run: Run) -> pd.DataFrame:
    parts = [run.scores(part, epoch) for epoch in range(run.epochs) for part in ("val", "test")]
    return pd.concat([*parts, run.scores("train", run.epochs - 1)], ignore_index=True)


@pytest.fixture(scope="module")
def reproduced(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Table 7.8 once: its twelve cells and their parents."""
    results = tmp_path_factory.mktemp("results")
    done = call(root, "-m", "fer_lab.cli", "reproduce", "7.8", *SMOKE, f"paths.results={results}")
    assert done.returncode == 0, done.stderr[-3000:]
    return results


def test_the_table_is_whole_and_stamped(reproduced: Path) -> None:
    folder = reproduced / "tables" / "garcia_zapata_2018" / "7.8"
    text = (folder / "table.md").read_text()
    assert "0.320647" in text
    assert "source embedded" in text
    assert "not comparable: embedded twin" in text
    assert {path.suffix for path in folder.iterdir()} >= {".md", ".csv", ".tex", ".html", ".png"}
    rows = pd.read_csv(folder / "table.csv")
    assert len(rows) == 12
    assert rows["mean"].notna().all()


def test_again_it_trains_nothing(root: Path, reproduced: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in reproduced.glob("runs/*/run.json")}
    done = call(root, "-m", "fer_lab.cli", "reproduce", "7.8", *SMOKE, f"paths.results={reproduced}")
    assert done.returncode == 0
    assert before == {path: path.stat().st_mtime_ns for path in reproduced.glob("runs/*/run.json")}
    assert len(list(reproduced.glob("sweeps/*"))) == 1


def test_status_tells_what_is_done(root: Path, reproduced: Path) -> None:
    done = call(
        root, "-m", "fer_lab.cli", "status", "experiment=sase_hidden", *SMOKE[:2], f"paths.results={reproduced}"
    )
    assert done.stdout.count("\ndone ") == 6
    assert "6 done, 4 missing" in done.stdout


def test_one_job_at_a_time_on_a_leased_device_gives_the_same_scores(
    root: Path, reproduced: Path, tmp_path: Path
) -> None:
    cells = "cell=sase_hidden/cnn_gru_features,oulu_casia/cnn_frontal"
    pool = ("hydra/launcher=gpu_pool", "hydra.launcher.devices=[pretended]")
    done = call(root, "run.py", "-m", cells, *SMOKE, *pool, f"paths.results={tmp_path}")
    assert done.returncode == 0, done.stderr[-3000:]
    two, one = by_cell(reproduced), by_cell(tmp_path)
    assert set(one) == {"sase_hidden/cnn_gru_features", "sase_hidden/cnn_frontal", "oulu_casia/cnn_frontal"}
    for cell, run in one.items():
        assert run.id == two[cell].id
        pd.testing.assert_frame_equal(all_scores(run), all_scores(two[cell]), check_exact=True)
    placed = [json.loads(path.read_text()) for path in tmp_path.glob("sweeps/*/*/gpu_pool.jsonl")]
    assert [(one["devices"], one["share"]) for one in placed] == [("pretended", "1")] * 2


def test_one_core_is_enough_and_gives_the_same_scores(root: Path, reproduced: Path, tmp_path: Path) -> None:
    """Faces are built by one worker, and trained on next: with a landmarker in its process the run ended by SIGPROF."""
    shutil.copytree(cache_root() / "twins", tmp_path / "cache" / "twins")
    command = ("-c", ON_ONE_CORE, "run.py", CELL, *SMOKE, f"paths.results={tmp_path}")
    done = call(root, *command, FER_LAB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr[-3000:]
    cell = "sase_hidden/cnn_frontal"
    pd.testing.assert_frame_equal(all_scores(by_cell(tmp_path)[cell]), all_scores(by_cell(reproduced)[cell]))


def test_whatever_is_swept_no_job_is_lost(root: Path, tmp_path: Path) -> None:
    arguments = (CELL, *SMOKE, "optimizer.lr=0.001,0.002", "jobs=2", f"paths.results={tmp_path}")
    done = call(root, "run.py", "-m", *arguments)
    assert "2 runs: 2 trained, 0 there already, 0 not done" in done.stderr
    assert len(read_runs(tmp_path / "runs")) == 2


def kill_when(root: Path, begun: Callable[[], bool], environment: Mapping[str, str], *arguments: str) -> None:
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=root, env=os.environ | environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE
    while not begun():
        assert process.poll() is None, "the run ended before the stage began"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.long
def test_killed_at_every_stage_the_scores_are_those_of_an_unbroken_run(
    root: Path, reproduced: Path, tmp_path: Path
) -> None:
    cache, results = tmp_path / "cache", tmp_path / "results"
    own = {"FER_LAB_CACHE": str(cache)}
    moments: list[tuple[tuple[str, ...], Callable[[], bool]]] = [
        ((CELL,), lambda: any(cache.glob("twins/.*.part-*/*"))),
        ((CELL,), lambda: any(cache.glob("shards/*/.*.part-*/*"))),
        (TWO, lambda: any(results.glob("runs/*/scores/epoch-000.parquet"))),
        (TWO, lambda: any(results.glob("runs/*/scores/*epoch-001*"))),
    ]
    for words, begun in moments:  # a run alone, with fewer processes to start, comes by the first two as well
        kill_when(root, begun, own, "run.py", *words, *SMOKE, f"paths.results={results}")
        assert not list(results.glob("runs/*/run.json"))
    done = call(root, "run.py", *TWO, *SMOKE, f"paths.results={results}", **own)
    assert done.returncode == 0, done.stderr[-3000:]
    for cell in ("sase_hidden/cnn_frontal", "sase_hidden/cnn_gru_features"):
        broken, whole = by_cell(results)[cell], by_cell(reproduced)[cell]
        assert broken.id == whole.id
        assert broken.selected_epoch == whole.selected_epoch
        pd.testing.assert_frame_equal(all_scores(broken), all_scores(whole), check_exact=True)


def test_a_killed_command_takes_its_sweep_along(root: Path, tmp_path: Path) -> None:
    words = ["-m", "fer_lab.cli", "reproduce", "7.8", *SMOKE, f"paths.results={tmp_path}"]
    sweeps = "sweeps/*/sweep.json"
    kill_when(root, lambda: any(tmp_path.glob(sweeps)), {"FER_LAB_CACHE": str(tmp_path / "cache")}, *words)
    (sweep,) = tmp_path.glob(sweeps)  # a sweep that ended by itself would have taken it back
    process = json.loads(sweep.read_text())["pid"]
    psutil.wait_procs([psutil.Process(process)] if psutil.pid_exists(process) else [], timeout=10)
    assert not psutil.pid_exists(process)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_says_so_in_one_line(root: Path, tmp_path: Path, number: signal.Signals) -> None:
    words = ["reproduce", "7.8", *SMOKE, f"paths.results={tmp_path}"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # the tests may run where a shell has it ignored
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "start_new_session": True}
    command = [sys.executable, "-m", "fer_lab.cli", *words]
    process = subprocess.Popen(command, cwd=root, text=True, preexec_fn=heard, **pipes)
    while not any(tmp_path.glob("sweeps/*/*/job.json")):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, number)  # as a terminal does
    said, _ = process.communicate()
    assert process.returncode == 128 + number
    assert said.count("interrupted: what is whole stays") == 1
    assert "Traceback" not in said
    assert "leaked" not in said


def test_a_damaged_run_is_trained_again(root: Path, reproduced: Path) -> None:
    run = by_cell(reproduced)["sase_hidden/c3d"]
    path = run.folder / "scores" / "epoch-000.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    done = call(root, "run.py", "cell=sase_hidden/c3d", *SMOKE, f"paths.results={reproduced}")
    assert done.returncode == 0, done.stderr[-3000:]
    assert path.read_bytes() == whole


def test_a_failing_run_is_recorded_and_the_others_go_on(root: Path, tmp_path: Path) -> None:
    cells = "cell=sase_hidden/cnn_face,sase_hidden/geometry"  # the second needs no weights
    done = call(root, "run.py", "-m", cells, "source.weights=nowhere.pth", *SMOKE, f"paths.results={tmp_path}")
    assert done.returncode == 1
    assert "nowhere.pth" in done.stderr
    assert "log.txt" in done.stderr
    assert set(by_cell(tmp_path)) == {"sase_hidden/geometry"}
