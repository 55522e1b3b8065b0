"""Coverage and accuracy of the answered by confidence, as a picture."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation.coverage import HALF
from fer_lab.report import confidence
from fer_lab.report.figures import Material
from tests.evaluation.kinds import make_scores

CELLS = ["universal/alexnet", "overfitting/alexnet"]
MATERIAL = Material(pd.DataFrame(), None, {}, "Figure x: y", "", CELLS[1], ("profile=smoke",))  # type: ignore[arg-type]


def test_each_cell_that_has_run_is_a_panel_and_the_threshold_of_the_thesis_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = {seed: SimpleNamespace(scores=lambda _, seed=seed: make_scores("classes", seed)) for seed in (0, 1)}
    ran = {CELLS[0]: runs, CELLS[1]: {}}
    drawn: dict[str, pd.DataFrame] = {}
    draw = confidence.confidence_png
    monkeypatch.setattr(confidence, "planned", lambda overrides: overrides[-1].removeprefix("cell="))
    monkeypatch.setattr(confidence, "finished_runs", lambda cell: ran[cell])
    monkeypatch.setattr(confidence, "confidence_png", lambda found, *rest: drawn.update(found) or draw(found, *rest))
    assert confidence.confidence(MATERIAL, CELLS).startswith(b"\x89PNG")
    assert list(drawn) == CELLS[:1]
    assert HALF in set(drawn[CELLS[0]]["above"])


def test_without_a_run_the_cells_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "planned", list)
    monkeypatch.setattr(confidence, "finished_runs", lambda _: {})
    with pytest.raises(ConfigError, match="universal/alexnet, overfitting/alexnet"):
        confidence.confidence(MATERIAL, CELLS)
