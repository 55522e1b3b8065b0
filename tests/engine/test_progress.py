"""What a sweep says while it runs and when it ends, in a terminal and in a file."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from fer_lab.engine import progress
from fer_lab.engine.results import last_lines
from fer_lab.ledger.sweeps import PHASE, STATUS, read_jobs, told_in
from fer_lab.phases import Phase, phase
from fer_lab.storage import make_folder, write_json
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run


def training() -> dict[str, Any]:
    """What a job has said that has trained for a minute."""
    words, now = "epoch 3 of 15, loss 1.912, val/accuracy 0.412", time.time()
    return asdict(Phase("training", 2.5, 15, words, began=now - 60, said=now))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A ledger with one finished run, ``done``."""
    scores = pd.concat([make_scores("classes").assign(part=part) for part in ("train", "val", "test")])
    write_run(tmp_path, "classes", [scores], id="done", cell="e/one")
    return tmp_path


def begin(results: Path, number: int, cell: str, state: str = "running", **more: Any) -> Path:
    folder = make_folder(results / "sweeps" / "now" / str(number))
    write_json(folder / STATUS, {"cell": cell, "seed": 0, "state": state, "started": float(number), **more})
    return folder


def shown(results: Path, total: int, *, terminal: bool, width: int = 80) -> str:
    """What a display of the sweep says in one look."""
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    with progress.show(results / "sweeps" / "now", total, results / "runs", console):
        time.sleep(0.2)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_file_gets_a_plain_line_a_phase_and_one_a_finished_run(results: Path) -> None:
    begin(results, 0, "e/one", "done", seconds=125.0, id="done", log="l")
    write_json(begin(results, 1, "e/two") / PHASE, training())
    begin(results, 2, "e/three", "failed", seconds=1.0, error="no room", log="the/log.txt")
    said = shown(results, 4, terminal=False)
    assert "\x1b" not in said
    assert "[1/4] e/one seed 0: accuracy 0." in said
    assert ", 2 min\n" in said
    assert "e/two seed 0: training: epoch 3 of 15, loss 1.912, val/accuracy 0.412, 5 min left\n" in said
    assert "[2/4] e/three seed 0: FAILED: no room\n  log: the/log.txt" in said


def test_a_terminal_shows_what_runs_now_no_wider_than_it_is(results: Path) -> None:
    write_json(begin(results, 1, "an_experiment_of_long_name/and_a_cell_too") / PHASE, training())
    said = shown(results, 3, terminal=True)
    assert "0 of 3 runs, 1 running" in said
    assert "an_experiment_of_long_name/and_a_cell_too seed 0" in said
    assert "training: epoch 3 of 15, loss 1.912, val/accuracy 0.412, 5 min left" in said
    assert all(len(line) <= 80 for line in said.replace("\r", "\n").split("\n") if "\x1b" not in line)


def test_who_runs_long_is_told_of_again(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(begin(results, 1, "e/two") / PHASE, training())
    monkeypatch.setattr(progress, "REPEAT", 0.0)
    console = Console(file=io.StringIO(), width=80)
    display, ended = progress._Display(results / "sweeps" / "now", 1, results / "runs", console), threading.Event()
    ended.set()
    display.look(ended)
    display.look(ended)
    assert str(console.file.getvalue()).count("e/two seed 0: training") == 2  # type: ignore[attr-defined]


def test_what_a_job_does_lies_in_its_folder(results: Path) -> None:
    folder = begin(results, 1, "e/two")
    (job,) = read_jobs(folder.parent)
    assert job.phase.words(0) == "starting"
    with told_in(folder):
        phase("faces", 3, 9, "files")
    (job,) = read_jobs(folder.parent)
    assert job.phase.words(time.time()) == "faces: 3 of 9 files"


def test_a_training_ends_with_its_result_and_the_next_command(results: Path) -> None:
    begin(results, 0, "e/one", "done", seconds=2.0, id="done", log="l")
    jobs = read_jobs(results / "sweeps" / "now")
    lines = list(last_lines(jobs, 1, results / "runs", ["cell=e/one", "profile=smoke"]))
    text = "\n".join(lines)
    assert lines[0] == "e/one, seed 0 (source embedded · profile smoke · protocol clean)"
    for words in ("accuracy    0.", "macro-F1    0.", "UAR         0.", "[0.", "chance 0.", "epoch       1 of 1"):
        assert words in text
    assert f"lies in     {results / 'runs' / 'done'}" in text
    assert lines[-2:] == ["1 run: 1 trained, 0 there already, 0 not done", "next: fer-lab runs profile=smoke"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["profile=smoke", "seed=0", "jobs=1"], "tables table=athanasiadis_2022-own-losses profile=smoke"),
        (
            ["optimizer.lr=0.1", "paths.results=r"],
            "tables table=athanasiadis_2022-own-losses paths.results=r optimizer.lr=0.1",
        ),
        (["optimizer.lr=0.1,0.2", "source=real"], "runs source=real"),  # a table is of one of them
    ],
)
def test_the_next_command_shows_the_run_in_its_tables_with_its_settings(
    results: Path, given: list[str], expected: str
) -> None:
    cell = "ck_mug/focal"
    begin(results, 0, cell, "done", seconds=2.0, id="done", log="l")
    *_, last = last_lines(read_jobs(results / "sweeps" / "now"), 1, results / "runs", [f"cell={cell}", *given])
    assert last == f"next: fer-lab {expected}"


def test_a_sweep_ends_with_its_count_and_its_failures(results: Path) -> None:
    begin(results, 0, "e/one", "kept", seconds=0.0, id="done", log="l")
    begin(results, 1, "e/two", "failed", seconds=1.0, error="no room", log="the/log.txt")
    text = "\n".join(last_lines(read_jobs(results / "sweeps" / "now"), 3, results / "runs", []))
    assert "3 runs: 0 trained, 1 there already, 2 not done, 1 of them never begun" in text
    assert "failed: e/two seed 0: no room (log: the/log.txt)" in text
    assert "next: fer-lab runs" in text


def test_a_sweep_of_which_nothing_came_says_what_is_to_be_done(results: Path) -> None:
    folder = begin(results, 0, "e/one")  # its disk is full: nothing is kept of its end
    lines = list(last_lines(read_jobs(results / "sweeps" / "now"), 2, results / "runs", []))
    assert lines == [
        "2 runs: 0 trained, 0 there already, 2 not done, 1 of them never begun",
        f"  e/one seed 0 has not said how it ended (log: {folder / 'log.txt'})",
        "next: mend what is said above; then the same command goes on from what is whole",
    ]
