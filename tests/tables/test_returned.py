"""The footnotes of runs that a holder of the data has trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fer_lab.ledger import read_run
from fer_lab.tables.returned import returned, run_by
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

STAMP: dict[str, Any] = {"parcel": "0123456789abcdef", "on": "2026-01-31", "holder": "", "data": []}


def test_our_own_runs_have_none(tmp_path: Path) -> None:
    run = write_run(tmp_path, "classes", [make_scores("classes")])
    assert (returned([run]), run_by(run)) == ([], "")


def test_who_ran_which_cells_when_and_on_what(tmp_path: Path) -> None:
    named = STAMP | {"holder": "a university", "data": ["ck_plus: 4 of 5 images"]}
    cells = [("e/a", STAMP), ("e/b", STAMP), ("e/c", named)]
    runs = [
        write_run(tmp_path, "classes", [make_scores("classes")], cell=cell, facts={"returned": stamp})
        for cell, stamp in cells
    ]
    first, second, data = returned(read_run(run.folder) for run in runs)
    assert run_by(read_run(runs[2].folder)) == "a university on 2026-01-31 (parcel 0123456789abcdef)"
    assert first.startswith("Run by a holder of the data on 2026-01-31 (parcel 0123456789abcdef): e/a, e/b; scores")
    assert "nothing was trained again" in first
    assert second.startswith("Run by a university on 2026-01-31 (parcel 0123456789abcdef): e/c;")
    assert data == "The holder's data are not as published: ck_plus: 4 of 5 images."
