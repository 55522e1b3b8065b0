"""The card says what a person's own baseline was measured to do, whether it is offered or not; its example runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fer_lab.exporting.card import card
from fer_lab.inference.model import Model
from fer_lab.media import write_image
from fer_lab.resources import PACKAGE
from tests.inference.made import contract, write_model
from tests.serving.served import drawn

WAY = {"metric": "accuracy", "before": 0.5, "after": 0.7, "change": 0.2, "low": 0.1, "high": 0.3, "items": 9,
       "people": 3, "helps": True}  # fmt: skip
BASELINE = {"usual": [0.05, 0.95], "given": WAY, "found": WAY | {"low": -0.1, "helps": False}}


def test_both_ways_are_told_with_their_intervals() -> None:
    lines = card(contract(baseline=BASELINE, weights={"origin": "none"}), "model.onnx").splitlines()
    told = [line for line in lines if "9 items of 3 people" in line]
    assert [line.rpartition(". ")[2] for line in told] == ["Offered.", "Not offered."]
    assert "accuracy 0.500 -> 0.700, change +0.200 [+0.100, +0.300]" in told[0]


def test_what_was_not_measured_is_not_mentioned() -> None:
    assert "baseline" not in card(contract(weights={"origin": "none"}), "model.onnx")


def examples(file: Path) -> list[str]:
    """The Python that a card shows, and what the example of a hub's folder says beside it."""
    (shown,) = re.findall(r"```python\n(.*?)```", card(Model(file).contract, file.name), re.DOTALL)
    (said,) = re.findall(r"fer_lab\.load\(.*?\)\.?\w*\(.*?\)", (PACKAGE / "exporting" / "example.txt").read_text())
    return [shown, f"import fer_lab\ntable = {said}"]


@pytest.mark.parametrize("place", [0, 1], ids=["card", "example"])
def test_its_example_runs(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = examples(write_model(tmp_path / "model.onnx"))[place]
    write_image(tmp_path / "picture.jpg", drawn())
    found: dict[str, Any] = {}
    exec(code, found)
    assert list(found["table"]["file"]) == ["picture.jpg"]
