"""What a sweep says of itself before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.runs import outline
from fer_lab.storage import make_folder, write_json
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

STAMP = {"source": "embedded", "profile": "smoke", "protocol": "clean"}


def test_steps_runs_parents_and_places_are_said(tmp_path: Path) -> None:
    cells = list(tables.find_table("7.8").cells)
    lines = list(outline(cells, [0, 1, 2], STAMP, tmp_path))
    assert lines[0].startswith("36 runs (12 cells, seeds 0, 1, 2)")
    assert lines[1] == "source embedded · profile smoke · protocol clean; what is finished is kept"
    assert [line.split()[:2] for line in lines[2:6]] == [
        ["1", "twins"], ["2", "faces"], ["3", "backbone"], ["4", "runs"]
    ]  # fmt: skip
    assert "OULU-CASIA" in lines[2]
    assert "SASE-FE" in lines[2]
    assert "nobody has kept how long" in lines[5]


def test_times_are_those_of_the_ledger_and_of_earlier_sweeps(tmp_path: Path) -> None:
    write_run(tmp_path, "classes", [make_scores("classes")], cell="oulu_casia/c3d", facts={"seconds": 600.0})
    folder = make_folder(tmp_path / "sweeps" / "before" / "0")
    about = {"cell": "oulu_casia/c3d", "seed": 0, "stamp": [*STAMP.values()], "state": "done", "started": 0.0}
    write_json(folder / "job.json", about)
    write_json(folder / "took.json", {"twins": 90.0, "training": 500.0})
    lines = list(outline(["oulu_casia/c3d", "oulu_casia/cnn_face"], [0, 1], STAMP, tmp_path))
    assert lines[2].endswith("once: 2 min before")
    assert f"20 min one after the other (a CPU, {tmp_path}); of 1 cell nothing is known" in lines[5]


def test_the_committed_results_stand_in_for_a_ledger_that_knows_nothing(tmp_path: Path) -> None:
    lines = list(outline(["oulu_casia/c3d"], [0], STAMP | {"profile": "laptop"}, tmp_path))
    assert "results/reference" in lines[5]


def test_a_busy_machine_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (9.0, 0.0, 0.0))
    monkeypatch.setattr("fer_lab.runs.forecast.usable_cores", lambda: 2)
    assert list(outline(["oulu_casia/c3d"], [0], STAMP, tmp_path))[-1].startswith("The machine is busy (load 9.0 on 2")
