"""A cell as it was trained answers what its parent's network answers; here both are shown the same small data set."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.ledger import read_run
from fer_lab.runs import make_plan

pytestmark = pytest.mark.slow
CELL = "overfitting/alexnet"
SMALL = ["data=jaffe", "profile=smoke", "profile.subjects=4", "profile.stills=28", "profile.render_size=96"]


def test_its_answers_are_those_that_validation_selected_of_its_parent(tmp_path: Path) -> None:
    overrides = [f"cell={CELL}", *SMALL, "threads=1", "workers=1", f"paths.results={tmp_path}"]
    plan = make_plan(compose(overrides), CELL, overrides)
    ensure(plan)
    own, parent = read_run(plan.entry.folder), read_run(plan.parents[0].entry.folder)
    assert (own.epochs, parent.epochs) == (1, 3)
    assert own.facts["weights"]["checksum"] == parent.facts["weights"]["checksum"]
    for part in ("val", "test"):  # of training, a run has the last epoch's
        ours, theirs = (run.scores(part).drop(columns="epoch") for run in (own, parent))
        assert len(ours)
        pd.testing.assert_frame_equal(ours, theirs, atol=2e-3)  # stored in half precision
