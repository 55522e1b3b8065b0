"""Confusion matrices of voting videos, as a figure."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation.targets import Classes
from fer_lab.ledger import Run
from fer_lab.report import matrices
from fer_lab.report.figures import Material, figures

MATERIAL = Material(pd.DataFrame(), cast(Any, None), {}, "Figure 4.5: x", "source embedded")


def run(answers: dict[str, tuple[int, list[float]]]) -> Run:
    """A run on videos: name -> class, and the probability of class 1 in each of its frames."""
    rows = [
        {"item": i, "video": name, "subject": "P", "part": "test", "epoch": 0, "label": label, "p0": 1 - p, "p1": p}
        for name, (label, each) in answers.items()
        for i, p in enumerate(each)
    ]
    return cast(
        Run,
        SimpleNamespace(target=Classes(("a", "b")), protocol="clean", epochs=1, scores=lambda *_: pd.DataFrame(rows)),
    )


def test_videos_vote_by_each_rule_with_their_second_half(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run({"v": (1, [0.0, 0.0, 0.0, 0.4, 0.4, 1.0]), "w": (0, [1.0, 1.0, 1.0, 0.1, 0.1, 0.1])})
    drawn: list[Any] = []
    monkeypatch.setattr(matrices, "pair_png", lambda *args: drawn.append(args) or b"")
    matrices.matrices(replace(MATERIAL, runs={0: told, 1: told}), ["majority", "mean"], "second_half")
    (_, majority, _), (_, mean, _) = drawn[0][0]
    assert np.array_equal(majority, [[100, 0], [100, 0]])
    assert np.array_equal(mean, [[100, 0], [0, 100]])
    assert drawn[0][3].endswith("2 seeds · test videos, second half")


def test_it_needs_two_rules_and_a_run() -> None:
    with pytest.raises(ConfigError, match="two rules"):
        matrices.matrices(MATERIAL, ["mean"])
    with pytest.raises(ConfigError, match="no finished run"):
        matrices.matrices(MATERIAL, ["majority", "mean"])


def test_the_matrices_of_athanasiadis_are_figures() -> None:
    own = {figure.number: figure.cell for figure in figures() if figure.thesis == "athanasiadis_2022"}
    cells = dict(zip(("4.5", "4.8", "4.11", "4.14"), ("first", "second", "third", "fourth"), strict=True))
    assert {number: own[number] for number in cells} == {number: f"ck_mug/{name}" for number, name in cells.items()}
