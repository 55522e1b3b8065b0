"""What is there: `fer-lab status` and `fer-lab runs`, as they are called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fer_lab.cli import main
from fer_lab.heartbeats import this_process
from fer_lab.ledger import main_score, scored_runs
from fer_lab.ledger.scored import KEPT
from fer_lab.ledger.searched import TRIAL
from fer_lab.ledger.sweeps import HEARTBEAT, PHASE, SILENT, STATUS, SWEEP
from fer_lab.resources import project_folder
from fer_lab.storage import make_folder, write_json
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

Call = Callable[..., tuple[int, str]]
STAMP = ["embedded", "smoke", "clean"]
ROOT = Path(__file__).parents[1]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """A function: call ``fer-lab`` with these words, 80 columns wide; exit status and output."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["fer-lab", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A ledger of three finished runs, two of a stamp; in its sweeps one job runs, one failed and one was killed."""
    for cell, skill, more in (("cnn_face", 0.4, {}), ("c3d", 0.8, {}), ("c3d", 0.6, {"profile": "laptop"})):
        parts = [make_scores("classes", skill=skill).assign(part=part) for part in ("train", "val", "test")]
        about = {"cell": f"sase_hidden/{cell}", "id": f"{cell}{len(more)}", **more}
        write_run(tmp_path, "classes", [pd.concat(parts, ignore_index=True)], **about)  # type: ignore[arg-type]
    job(tmp_path, "lives", "cnn_geometry", "running")
    phase = {"name": "faces", "done": 3, "before": 3, "total": 9, "what": "files"}
    write_json(tmp_path / "sweeps" / "lives" / "0" / PHASE, phase)
    write_json(tmp_path / "sweeps" / "lives" / SWEEP, this_process())
    job(tmp_path, "over", "two_stream", "failed", error="no room", log="its/log.txt")
    job(tmp_path, "killed", "cnn_frontal", "running")
    return tmp_path


def job(results: Path, sweep: str, cell: str, state: str, **more: object) -> None:
    about = {"cell": f"sase_hidden/{cell}", "seed": 0, "stamp": STAMP, "state": state, "started": time.time(), **more}
    write_json(make_folder(results / "sweeps" / sweep / "0") / STATUS, about)


def test_status_says_what_exists_first_and_names_are_whole(call: Call, results: Path) -> None:
    words = ("status", "experiment=sase_hidden", "profile=smoke", "seed=0", f"paths.results={results}")
    status, said = call(*words)
    lines = said.splitlines()
    assert status == 0
    assert lines[0] == "source embedded · profile smoke · protocol clean"
    assert lines[1] == "running  sase_hidden/cnn_geometry seed 0: faces: 3 of 9 files"
    assert lines[2] == "failed   sase_hidden/two_stream seed 0: no room (log: its/log.txt)"
    assert lines[3].startswith("interrupted sase_hidden/cnn_frontal seed 0")
    assert [line for line in lines if line.startswith("done")] == [
        "done     sase_hidden/cnn_face seed 0", "done     sase_hidden/c3d seed 0"
    ]  # fmt: skip
    assert "missing  sase_hidden/cnn_gru_features seed 0" in lines
    assert "beside   embedded laptop clean: 1 run" in lines
    assert lines[-1] == "1 running, 1 failed, 1 interrupted, 2 done, 5 missing"


def test_status_says_where_a_run_is_and_what_became_of_others(call: Call, results: Path) -> None:
    job(results, "lives", "cnn_geometry", "running", node="n1", device="GPU 3", task="Slurm job 7_2")
    write_json(results / "sweeps" / "lives" / "0" / SILENT, 7300.0)
    job(results, "queues", "two_stream", "waiting")
    write_json(results / "sweeps" / "queues" / SWEEP, this_process())
    job(results, "killed", "cnn_frontal", "interrupted", error="its process is gone")
    lines = call("status", "experiment=sase_hidden", "profile=smoke", f"paths.results={results}")[1].splitlines()
    where = "running  sase_hidden/cnn_geometry seed 0 on n1, GPU 3, Slurm job 7_2: faces: 3 of 9 files"
    assert f"{where} (it has said nothing new for 2.0 h: it may hang)" in lines
    assert "waiting  sase_hidden/two_stream seed 0: at starting (its time limit; it goes on where it was)" in lines
    assert "interrupted sase_hidden/cnn_frontal seed 0: at starting (its process is gone)" in lines


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_of_another_machine_decides_nothing(call: Call, results: Path, hours: int) -> None:
    """A node dates all that it says, and the disk what it keeps, by clocks that are hours off; its heart is heard."""
    off, sweep = time.time() + hours * 3600, results / "sweeps" / "elsewhere"
    job(results, "elsewhere", "cnn_frontal", "running", started=off)  # it was killed here, and is begun again there
    said = {"name": "faces", "done": 3, "total": 9, "what": "files", "began": off - 60, "said": off}
    write_json(sweep / "0" / PHASE, said)
    write_json(sweep / SWEEP, this_process() | {"machine": "another one"})
    words = ("status", "cell=sase_hidden/cnn_frontal", "profile=smoke", f"paths.results={results}")
    heart, ended = sweep / HEARTBEAT, threading.Event()

    def beat() -> None:
        while not ended.wait(0.1):
            heart.touch()
            os.utime(heart, (off + time.monotonic(), off + time.monotonic()))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        line = call(*words)[1].splitlines()[1]
    finally:
        ended.set()
        thread.join()
    assert line in (
        f"running  sase_hidden/cnn_frontal seed 0: faces: 3 of 9 files{left}" for left in ("", ", 2 min left")
    )
    assert call(*words)[1].splitlines()[1].startswith("interrupted sase_hidden/cnn_frontal")


def test_status_of_everything_sums_up_what_is_missing(call: Call, results: Path) -> None:
    said = call("status", "profile=smoke", f"paths.results={results}")[1]
    assert "missing  fer2013_tree: 15 runs of 5 cells" in said
    assert "missing  fer2013_tree/" not in said


@pytest.mark.parametrize(
    ("word", "told"), [("optimizer.lr=0.1", "dry_run=true"), ("profile=smok", "'smoke'"), ("seed=a", "whole numbers")]
)
def test_what_status_cannot_answer_is_refused(call: Call, word: str, told: str) -> None:
    status, said = call("status", word)
    assert status == 2
    assert told in said


def test_runs_are_shown_across_stamps_the_best_first(call: Call, results: Path) -> None:
    status, said = call("runs", f"paths.results={results}")
    assert status == 0
    assert "d, t: accuracy of 3 classes on test, chance 0.333" in said
    shown = [line.split()[1:3] for line in said.splitlines() if line.startswith("  0.")]
    assert shown[0][0] == shown[1][0] == "sase_hidden/c3d"
    assert shown[2] == ["sase_hidden/cnn_face", "embedded"]
    values = [float(line.split()[0]) for line in said.splitlines() if line.startswith("  0.")]
    assert values == sorted(values, reverse=True)


def test_trials_of_a_search_are_marked_and_show_no_test_score(call: Call, results: Path) -> None:
    scores = [make_scores("classes", skill=0.9).assign(part=part) for part in ("train", "val", "test")]
    for seed, settings in ((7, {"optimizer.lr": 0.02}), (8, {"optimizer.lr": 0.02}), (9, {})):
        own = {"cell": "sase_hidden/c3d", "id": f"tried{seed}", "seed": seed, "variant": "w" if settings else "v"}
        write_run(results, "classes", [pd.concat(scores, ignore_index=True)], facts={"settings": settings}, **own)  # type: ignore[arg-type]
    write_json(make_folder(results / "searches" / "c3d-rate" / "trial-0") / TRIAL, {"trains": ["tried7", "tried9"]})
    write_json(make_folder(results / "searches" / "c3d-rate" / "trial-1") / TRIAL, ["damaged"])
    said = call("runs", "cell=sase_hidden/c3d", "profile=smoke", f"paths.results={results}")[1].splitlines()
    assert [line for line in said if "seed 7" in line] == [
        "trial of c3d-rate: sase_hidden/c3d  embedded smoke clean  seed 7  optimizer.lr=0.02"
    ]
    assert not any("tried7" in line for line in said)
    assert len([line for line in said if "seed 8" in line]) == 2  # its own score: no search has trained it
    assert any("tried9" in line for line in said)  # the cell as it stands


def test_the_runs_of_a_cell_say_where_they_lie(call: Call, results: Path) -> None:
    said = call("runs", "cell=sase_hidden/c3d", "profile=laptop", f"paths.results={results}")[1]
    assert "seed 0  epoch 1 of 1" in said
    assert said.count("c3d1") == 1
    assert "no finished run" in call("runs", "cell=sase_hidden/cnn_lstm", f"paths.results={results}")[1]


def test_scores_are_kept_and_followed(results: Path) -> None:
    first, _ = scored_runs(results / "runs")
    assert {one.run.id: one.value for one in first} == {one.run.id: main_score(one.run) for one in first}
    kept = results / "runs" / KEPT
    known = json.loads(kept.read_text())
    assert sorted(known.values()) == sorted(one.value for one in first)
    kept.write_text(json.dumps(dict.fromkeys(known, 0.125)))
    assert {one.value for one in scored_runs(results / "runs")[0]} == {0.125}  # it is what is read
    kept.write_text("damaged")
    assert [one.value for one in scored_runs(results / "runs")[0]] == [one.value for one in first]


def test_runs_come_without_torch_and_hydra(results: Path) -> None:
    code = (
        f"import sys; sys.argv[1:] = ['runs', 'paths.results={results}']\nfrom fer_lab.cli import main\n"
        "try:\n    main()\nexcept SystemExit: print([name for name in ('torch', 'hydra') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_the_project_is_found_from_any_folder_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert project_folder() == tmp_path
    monkeypatch.chdir(ROOT / "experiments" / "moravcik_2021")
    assert project_folder() == ROOT


def test_results_of_a_run_from_below_are_those_of_the_project() -> None:
    code = "from fer_lab.configs import results_folder\nprint(results_folder([]).resolve())"
    below = ROOT / "experiments"
    done = subprocess.run([sys.executable, "-c", code], cwd=below, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(ROOT / "results"), done.stderr
