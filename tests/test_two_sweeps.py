"""Two commands at once over the same cells, each with another launcher, and a killed process in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fer_lab.ledger import read_runs
from fer_lab.ledger.sweeps import Job, read_jobs

pytestmark = pytest.mark.slow

CELLS = ("sase_hidden/cnn_face", "sase_hidden/cnn_frontal")
WORDS = ("-m", f"cell={','.join(CELLS)}", "profile=smoke", "seed=0", "threads=1", "epochs=40")
PATIENCE = 300.0  # seconds until something trains


def begun(results: Path) -> list[Job]:
    return [job for sweep in results.glob("sweeps/*/") for job in read_jobs(sweep)]


@pytest.mark.long
def test_each_run_is_trained_once_and_both_sweeps_end_well(root: Path, tmp_path: Path) -> None:
    launchers = ("jobs=2", "hydra/launcher=basic")
    words = [[sys.executable, "run.py", *WORDS, one, f"paths.results={tmp_path}"] for one in launchers]
    sweeps = [subprocess.Popen(own, cwd=root, stderr=subprocess.PIPE, text=True) for own in words]
    last, own = time.monotonic() + PATIENCE, {sweep.pid for sweep in sweeps}
    while not (
        at := [job for job in begun(tmp_path) if job.phase.name == "training" and job.process["pid"] not in own]
    ):
        assert time.monotonic() < last
        time.sleep(0.05)
    os.kill(at[0].process["pid"], signal.SIGKILL)  # a worker: its run is gone on with by whoever takes the lock first
    said = [sweep.communicate()[1] for sweep in sweeps]
    assert [sweep.returncode for sweep in sweeps] == [0, 0], "\n".join(said)
    jobs = begun(tmp_path)
    assert sorted((job.cell, job.state) for job in jobs) == [(cell, end) for cell in CELLS for end in ("done", "kept")]
    assert sum(job.lost for job in jobs) == 1
    assert [run.cell for run in sorted(read_runs(tmp_path / "runs"), key=lambda run: run.cell)] == [*CELLS]
    assert all(run.epochs == 40 for run in read_runs(tmp_path / "runs"))
