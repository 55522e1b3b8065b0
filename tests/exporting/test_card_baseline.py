"""The card says what a person's own baseline was measured to do, whether it is offered or not."""

from __future__ import annotations

from fer_lab.exporting.card import card
from tests.inference.made import contract

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
