"""`fer-lab compare` and `fer-lab recheck`, called as a user calls them, on a trained ledger at smoke scale."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fer_lab.ledger import Run, read_runs
from fer_lab.runs.recheck import again
from fer_lab.storage import digest, file_digest
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

CELL = "oulu_casia/cnn_gru_image"
OF_RUN = (f"cell={CELL}", "profile=smoke", "threads=1", "epochs=1", "optimizer.lr=0.002", "seed=3")
Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def call(root: Path) -> Call:
    """A function: call ``fer-lab`` with these words; exit status and output."""

    def run(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "fer_lab.cli", *words]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def results(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a run whose settings are not its cell's, and its parent."""
    results = tmp_path_factory.mktemp("results")
    command = [sys.executable, "run.py", *OF_RUN, f"paths.results={results}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return results


@pytest.fixture(scope="module")
def run(results: Path) -> Run:
    return next(run for run in read_runs(results / "runs") if run.cell == CELL)


def test_the_record_says_on_what_a_run_was_computed(run: Run) -> None:
    assert {"cpu", "instructions", "limits", "gpu", "system", "python", "versions", "commit"} <= set(run.environment)
    assert {"precision", "threads", "data", "faces"} <= set(run.facts)


def test_a_stored_configuration_is_found_again(run: Run) -> None:
    words = again(run)
    assert {f"cell={CELL}", "seed=3", "profile=smoke", "threads=1"} <= set(words)
    assert {"++epochs=1", "++optimizer.lr=0.002"} <= set(words)
    assert not any(word.startswith(("++paths", "++jobs", "~")) for word in words)


@pytest.mark.parametrize("name", ["id", "prefix", "cell"])
def test_a_run_comes_out_the_same_again(call: Call, results: Path, run: Run, name: str) -> None:
    names = {"id": [run.id], "prefix": [run.id[:6]], "cell": [CELL, "--seed", "3"]}
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    status, said = call("recheck", str(results), *names[name])
    assert status == 0, said
    assert "is the same bit for bit" in said
    assert before == {path: path.stat().st_mtime_ns for path in results.rglob("*")}


def test_a_run_that_comes_out_otherwise_says_where_and_by_how_much(call: Call, results: Path, run: Run) -> None:
    status, said = call("recheck", str(results), run.id, "optimizer.lr=0.02")
    assert status == 1, said
    assert f"run {run.id} of {CELL} differs from epoch 0 on: accuracy" in said
    assert "settings or versions: " in said


def test_a_ledger_that_was_edited_is_found_out(call: Call, results: Path, run: Run, tmp_path: Path) -> None:
    """Scores that are whole by their checksums, and were not computed."""
    shutil.copytree(results / "runs", tmp_path / "runs")
    folder = tmp_path / "runs" / run.id
    name = f"scores/epoch-{run.selected_epoch:03d}.parquet"
    scores = run.scores("test")
    scores.assign(p0=1.0).to_parquet(folder / name, index=False)
    record = json.loads((folder / "run.json").read_text())
    record["files"][name] = file_digest(folder / name)
    record["digest"] = digest({key: value for key, value in record.items() if key != "digest"})
    (folder / "run.json").write_text(json.dumps(record))
    status, said = call("recheck", str(tmp_path), run.id)
    assert status == 1, said
    assert "differs from epoch 0 on" in said


def test_what_is_not_there_is_refused(call: Call, results: Path) -> None:
    for words in ([CELL, "--seed", "9"], ["zzz"], ["oulu_casia/cnn"]):
        status, said = call("recheck", str(results), *words)
        assert status == 2
        assert "0 finished runs" in said


def test_two_ledgers_side_by_side(call: Call, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for kind in ("classes", "labels", "values"):
        write_run(one, kind, [make_scores(kind)])
        write_run(other, kind, [make_scores(kind, seed=1)], facts={"threads": 2})
    write_run(one, "classes", [make_scores("classes")], cell="e/more")
    assert call("compare", str(one), str(one))[0] == 0
    status, said = call("compare", str(one), str(other / "runs"))
    assert status == 1
    assert "threads: 1 | 2 (3 of 3 cells)" in said
    assert f"{other / 'runs'} has no e/more seed 0 (embedded, smoke, clean)" in said
    assert "0 of 3 cells are the same bit for bit" in said
    for metric in ("accuracy", "macro_f1", "ccc"):
        assert metric in said
