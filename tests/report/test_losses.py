"""Losses by step of a sweep, as a picture."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.report import losses
from fer_lab.report.figures import Material, figures


def test_the_studies_of_bartissol_are_figures_of_one_cell_each() -> None:
    own = {figure.number: figure for figure in figures() if figure.thesis == "bartissol_2017"}
    assert {number: (own[number].cell, own[number].draw["key"]) for number in ("13", "14", "15", "16")} == {
        "13": ("emotionet_studies/batch_128", "batch_size"),
        "14": ("emotionet/eleven_inception", "optimizer.lr"),
        "15": ("emotionet/eleven_vgg16", "optimizer.lr"),
        "16": ("valence_arousal/inception_study", "batch_size"),
    }


def material() -> Material:
    return Material(pd.DataFrame(), None, {}, "Figure 13: x", "", "emotionet/eleven_inception", ("profile=smoke",))  # type: ignore[arg-type]


def test_without_a_run_the_sweep_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "finished_runs", lambda _: {})
    monkeypatch.setattr(losses, "planned", list)
    with pytest.raises(ConfigError, match=r"-m cell=emotionet/eleven_inception batch_size=32,64"):
        losses.losses(material(), "batch_size", [32, 64])


def test_seeds_are_averaged_over_the_steps_that_all_have_and_what_explodes_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def runs(value: float, *steps: int) -> dict[int, SimpleNamespace]:
        made = {}
        for seed, count in enumerate(steps):
            losses = pd.Series(value * np.linspace(1, 2, count) + seed, index=range(1, count + 1))
            made[seed] = SimpleNamespace(losses=lambda own=losses: own)
        return made

    swept = {"optimizer.lr=0.1": runs(50.0, 4), "optimizer.lr=0.01": runs(1.0, 4, 3), "optimizer.lr=0.001": {}}
    drawn: dict[str, pd.Series[float] | None] = {}
    monkeypatch.setattr(losses, "planned", lambda overrides: overrides[-1])
    monkeypatch.setattr(losses, "finished_runs", lambda override: swept[override])
    draw = losses.losses_png
    monkeypatch.setattr(losses, "losses_png", lambda found, *rest: drawn.update(found) or draw(found, *rest))
    assert losses.losses(material(), "optimizer.lr", [0.1, 0.01, 0.001]).startswith(b"\x89PNG")
    assert drawn["0.001"] is None
    two = drawn["0.01"]
    assert two is not None
    assert two.index.tolist() == [1, 2, 3]
    assert two.iloc[0] == pytest.approx(1.5)


def test_several_cells_are_lines_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(losses=lambda: pd.Series([2.0, 1.0], index=[1, 2]))
    monkeypatch.setattr(losses, "planned", lambda overrides: overrides)
    monkeypatch.setattr(losses, "finished_runs", lambda asked: {0: run} if "cell=a/one" in asked else {})
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(losses, "losses_png", lambda found, *rest: drawn.update(found) or b"")
    losses.losses_of_cells(material(), {"first": "a/one", "second": "a/two"})
    assert drawn["first"].tolist() == [2.0, 1.0]
    assert drawn["second"] is None
    with pytest.raises(ConfigError, match=r"-m cell=a/two,a/three profile=smoke"):
        losses.losses_of_cells(material(), {"second": "a/two", "third": "a/three"})
