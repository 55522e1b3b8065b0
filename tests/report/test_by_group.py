"""Accuracy and UAR by group, as a picture."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation import make_target
from fer_lab.report import by_group
from fer_lab.report.figures import Material
from tests.evaluation.kinds import NAMES, make_scores

SCORES = make_scores("classes")
RUN = SimpleNamespace(scores=lambda _: SCORES, target=make_target("classes", NAMES["classes"]))
PEOPLE = SCORES.drop_duplicates("video").set_index("video")["subject"]


def material(*runs: Any) -> Material:
    words = ("Figure x: y", "", "overfitting/alexnet", ("profile=smoke",))
    return Material(pd.DataFrame(), None, dict(enumerate(runs)), *words)  # type: ignore[arg-type]


def test_a_row_a_group_beside_the_answer_that_is_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    told = pd.DataFrame({"sunglasses": PEOPLE < "s02", "age": 30})
    drawn: list[Any] = []
    draw = by_group.groups_png
    monkeypatch.setattr(by_group, "attributes_of", lambda _: told)
    monkeypatch.setattr(by_group, "groups_png", lambda *given: drawn.extend(given) or draw(*given))
    assert by_group.groups(material(RUN), ["beard", "sunglasses"], "joy").startswith(b"\x89PNG")
    found, constant, named, *_ = drawn
    assert list(found) == ["accuracy", "uar"]
    assert found["accuracy"][["group", "underpowered"]].to_numpy().tolist() == [["no", False], ["yes", True]]
    joy = SCORES["label"] == list(NAMES["classes"]).index("joy")
    worn = SCORES["video"].map(told["sunglasses"])
    assert constant == pytest.approx([joy[~worn].mean(), joy[worn].mean()])
    assert named == "always joy"


@pytest.mark.parametrize(
    ("told", "always", "words"),
    [(None, "joy", "tell none of beard"), (pd.DataFrame({"age": PEOPLE}), "joy", "tell none of beard"),
     (pd.DataFrame({"beard": PEOPLE}), "jo", "always 'jo'")],
)  # fmt: skip
def test_what_cannot_be_drawn_says_why(
    monkeypatch: pytest.MonkeyPatch, told: pd.DataFrame | None, always: str, words: str
) -> None:
    monkeypatch.setattr(by_group, "attributes_of", lambda _: told)
    with pytest.raises(ConfigError, match=words):
        by_group.groups(material(RUN), ["beard"], always)
