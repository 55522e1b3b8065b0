"""What is recorded of a job whose process was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab.engine.job import KILLED, record_killed
from fer_lab.ledger import Entry
from fer_lab.ledger.sweeps import read_jobs
from fer_lab.storage import locked, make_folder, write_json

ABOUT = {"cell": "e/c", "seed": 3, "state": "running", "started": 1.0}


@pytest.mark.parametrize("begun", [True, False])
def test_a_killed_job_is_failed_with_the_run_it_was_at(tmp_path: Path, begun: bool) -> None:
    job, runs = tmp_path / "sweeps" / "now" / "0", tmp_path / "runs"
    for id in ("parent", "own"):
        (runs / id).mkdir(parents=True)
    if begun:
        job.mkdir(parents=True)
        write_json(job / "job.json", ABOUT | {"at": ["parent", "own", "not begun"]})
    with locked(runs / "parent"):  # another job trains it
        assert record_killed(job, ["cell=e/c", "seed=3"], stop=False) == "failed"
    (told,) = read_jobs(job.parent)
    assert (told.name, told.state, told.error) == ("e/c seed 3", "failed", KILLED)
    assert Entry(runs, "own").state() == ("failed" if begun else "interrupted")
    assert Entry(runs, "parent").state() == "interrupted"
    assert not (runs / "not begun").exists()
    assert not (job.parent / "stop").exists()


def test_where_one_failure_is_enough_no_other_job_begins(tmp_path: Path) -> None:
    record_killed(tmp_path / "sweeps" / "now" / "0", ["cell=e/c"], stop=True)
    assert (tmp_path / "sweeps" / "now" / "stop").exists()


def test_what_may_be_begun_again_is_interrupted_and_counted_once(tmp_path: Path) -> None:
    """The launcher and the watchdog notice the same death; it fails once nobody begins it again."""
    job = tmp_path / "sweeps" / "now" / "0"
    write_json(make_folder(job) / "job.json", ABOUT | {"at": ["own"]})
    (tmp_path / "runs" / "own").mkdir(parents=True)
    words = ["cell=e/c", "seed=3"]
    for _ in range(2):
        assert record_killed(job, words, stop=True, reason="gone", retries=1) == "interrupted"
    (told,) = read_jobs(job.parent)
    assert (told.lost, told.error) == (1, "gone")
    assert Entry(tmp_path / "runs", "own").state() == "interrupted"
    assert not (job.parent / "stop").exists()
    assert record_killed(job, words, stop=True) == "failed"
    assert Entry(tmp_path / "runs", "own").state() == "failed"
    write_json(job / "job.json", ABOUT | {"state": "done"})
    assert record_killed(job, words, stop=False) == "done"


def test_a_job_that_its_own_sweep_ends_is_neither_killed_nor_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tmp_path / "sweeps" / "now" / "0"
    write_json(make_folder(job) / "job.json", ABOUT | {"at": ["own"]})
    (tmp_path / "runs" / "own").mkdir(parents=True)
    monkeypatch.setattr("fer_lab.engine.job.is_ending", lambda: True)
    assert record_killed(job, ["cell=e/c", "seed=3"], stop=True) == "running"
    (told,) = read_jobs(job.parent)
    assert (told.state, told.lost, told.error) == ("running", 0, "")
    assert Entry(tmp_path / "runs", "own").state() == "interrupted"
    assert not (job.parent / "stop").exists()
