"""`fer-lab compare` and `fer-lab recheck`, called as a user calls them, on a trained ledger at smoke scale."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from fer_lab.cli import app as cli_app
from fer_lab.cli import compare as compare_command
from fer_lab.cli.recheck import SHOWN, say_why
from fer_lab.errors import ConfigError
from fer_lab.ledger import Run, read_run, read_runs
from fer_lab.runs.compare import compare
from fer_lab.runs.recheck import again, find_run
from fer_lab.storage import file_digest
from tests.commands import called
from tests.evaluation.kinds import make_scores
from tests.ledgers import change_record, write_run

pytestmark = pytest.mark.slow

CELL = "oulu_casia/cnn_gru_image"
OF_RUN = (f"cell={CELL}", "profile=smoke", "threads=1", "epochs=1", "optimizer.lr=0.002", "seed=3")
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call() -> Call:
    """A function: call ``fer-lab`` with these words; exit status and output."""
    return called


@pytest.fixture(scope="module")
def piped(root: Path) -> Call:
    """The same in a process of its own, which writes into a pipe."""

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


def test_a_run_comes_out_the_same_again(piped: Call, results: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    status, said = piped("recheck", str(results), CELL, "--seed", "3")
    assert status == 0, said
    assert "is the same bit for bit" in said
    assert before == {path: path.stat().st_mtime_ns for path in results.rglob("*")}


def test_a_run_is_found_by_its_id_the_beginning_of_it_and_its_cell(results: Path, run: Run) -> None:
    assert {find_run(results / "runs", name, 3).id for name in (run.id, run.id[:6], CELL)} == {run.id}


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
    change_record(read_run(folder), files={**run.files, name: file_digest(folder / name)})
    status, said = call("recheck", str(tmp_path), run.id)
    assert status == 1, said
    assert "differs from epoch 0 on" in said


def test_what_is_not_there_is_refused(call: Call, results: Path) -> None:
    for words in ([CELL, "--seed", "9"], ["zzz"], [""]):
        status, said = call("recheck", str(results), *words)
        assert status == 2
        assert "0 finished runs" in said
    status, said = call("recheck", str(results), "oulu_casia/cnn")
    assert (status, "unknown cell 'oulu_casia/cnn'" in said) == (2, True)


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


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_stored_run_that_is_damaged_is_refused_first(call: Call, tmp_path: Path, harm: str) -> None:
    weights = write_run(tmp_path, "classes", [make_scores("classes")]).folder / "weights.safetensors"
    if harm == "gone":
        weights.unlink()
    else:
        weights.write_bytes(b"others")
    status, said = call("recheck", str(tmp_path), "e/classes")
    assert status == 2
    assert f"{weights} is {'missing' if harm == 'gone' else 'damaged'}" in said


@pytest.mark.parametrize("word", ["dry_run=true", "seed=1", "++seed=1", "threads=1,2", "hydra.verbose=true"])
def test_what_a_recheck_cannot_be_given_is_refused(call: Call, tmp_path: Path, word: str) -> None:
    write_run(tmp_path, "classes", [make_scores("classes")])
    status, said = call("recheck", str(tmp_path), "e/classes", word)
    assert status == 2
    assert f"{word.split('=')[0].lstrip('+')}: nothing that a recheck can be given" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_recheck_that_is_ended_leaves_nothing(
    root: Path, results: Path, run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "fer_lab.cli", "recheck", str(results), run.id]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "start_new_session": True}
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # the tests may run where a shell has it ignored
    settings = os.environ | {"TMPDIR": str(tmp_path)}
    child = subprocess.Popen(command, cwd=root, env=settings, text=True, preexec_fn=heard, **pipes)
    while not list(tmp_path.glob("fer_lab-recheck-*/sweeps")):
        assert child.poll() is None
        time.sleep(0.05)
    os.killpg(child.pid, number)  # as a terminal does: to all that belong together
    said, _ = child.communicate()
    assert child.returncode == 128 + number
    assert not list(tmp_path.glob("fer_lab-recheck-*"))
    assert "Traceback" not in said


def test_the_end_of_a_failed_log_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / "a" / "log.txt").write_text("".join(f"line {number}\n" for number in range(SHOWN + 1)))
    say_why(tmp_path)
    said = capsys.readouterr().out
    assert f"line {SHOWN}\n" in said
    assert "line 0\n" not in said
    assert "paths.data=" in said


LONG = "oulu_casia/two_stream_of_the_face_and_the_frontalized_face"


def test_names_are_whole_in_a_pipe_and_on_a_narrow_terminal(
    piped: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledgers = [tmp_path / "one", tmp_path / "other"]
    for seed, ledger in enumerate(ledgers):
        write_run(ledger, "classes", [make_scores("classes", seed)], cell=LONG)
    rows = [line for line in piped("compare", *map(str, ledgers))[1].splitlines() if LONG in line]
    assert ["other from epoch 0" in row for row in rows] == [True]
    narrow = Console(file=io.StringIO(), width=60, force_terminal=True, color_system=None)
    monkeypatch.setattr(cli_app, "console", narrow)
    compare_command.show(compare(*ledgers).cells)
    shown = narrow.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert LONG in shown
    assert max(map(len, shown)) <= 60


def test_other_items_have_no_difference(call: Call, tmp_path: Path) -> None:
    write_run(tmp_path / "one", "classes", [make_scores("classes")])
    write_run(tmp_path / "other", "classes", [make_scores("classes").iloc[:-4]])
    status, said = call("compare", str(tmp_path / "one"), str(tmp_path / "other"))
    (row,) = (line for line in said.splitlines() if "e/classes" in line)
    assert status == 1
    assert re.split(r"\s{2,}", row)[5:7] == ["-", "other items"]


def test_two_ledgers_with_nothing_in_common_are_said_to_be_so(call: Call, tmp_path: Path) -> None:
    write_run(tmp_path / "one", "classes", [make_scores("classes")])
    write_run(tmp_path / "other", "classes", [make_scores("classes")], profile="laptop")
    status, said = call("compare", str(tmp_path / "one"), str(tmp_path / "other"))
    assert status == 1
    assert "nothing in common" in said
    assert f"{tmp_path / 'one'} has 1 run of e (embedded, smoke, clean)" in said
    assert f"{tmp_path / 'other'} has 1 run of e (embedded, laptop, clean)" in said
    assert "cells are the same" not in said


def test_of_several_runs_of_a_cell_the_stamp_says_which(tmp_path: Path) -> None:
    for profile in ("smoke", "laptop"):
        write_run(tmp_path, "classes", [make_scores("classes")], profile=profile, id=profile)
    runs = tmp_path / "runs"
    assert find_run(runs, "e/classes", 0, profile="laptop").profile == "laptop"
    for asked in ({}, {"profile": "paper"}):
        with pytest.raises(ConfigError, match=r"\(embedded laptop clean\); .* \(embedded smoke clean\)"):
            find_run(runs, "e/classes", 0, **asked)


def test_what_is_left_out_of_one_ledger_is_said_once(call: Call, tmp_path: Path) -> None:
    write_run(tmp_path, "classes", [make_scores("classes")])
    (tmp_path / "runs" / "begun").mkdir()
    status, said = call("compare", str(tmp_path), str(tmp_path / "runs"))
    assert (status, said.count("run begun is left out: not finished")) == (0, 1)
    change_record(write_run(tmp_path, "classes", [make_scores("classes")], seed=1), "environment")
    status, said = call("compare", str(tmp_path), str(tmp_path / "runs"))
    assert (status, said.count("run e.classes-1-None is left out:")) == (1, 1)
