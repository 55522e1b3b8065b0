"""Who may use a model, and where it is weak, from a run's record and scores alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import StoreError
from fer_lab.evaluation import target_of
from fer_lab.exporting.agreement import Agreement, agreement_of
from fer_lab.exporting.measures import by_name
from fer_lab.exporting.provenance import licence_of, weights_of
from fer_lab.exporting.weak import weak_spots
from fer_lab.ledger import Run
from fer_lab.storage import read_json, write_json
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run


def run_of(folder: Path, learned: str, **changes: Any) -> Run:
    weights = {"origin": learned, "identity": learned, "checksum": ""}
    return write_run(folder, "classes", [make_scores("classes")], facts={"weights": weights}, **changes)


@pytest.mark.parametrize(
    ("learned", "source", "terms", "expected"),
    [
        ("identities", "embedded", [], "Apache-2.0"),
        ("none", "embedded", [], "Apache-2.0"),
        ("imagenet", "embedded", [], "not stated; bound by its weights: not stated by those who publish them"),
        ("face", "real", ["D: ask"], "not stated; bound by its weights: for research only, as their publisher says"),
        ("objects", "real", ["D: research only"], "not stated; bound by its data: D: research only"),
        ("of tomorrow", "embedded", [], "not stated; bound by its weights: not stated"),
    ],
)
def test_a_licence_is_said_as_far_as_it_is_known(
    learned: str, source: str, terms: list[str], expected: str, tmp_path: Path
) -> None:
    run = run_of(tmp_path, learned, source=source)
    assert licence_of(run, weights_of(run), {"terms": terms}).startswith(expected)


def test_weights_of_a_parent_count(tmp_path: Path) -> None:
    parent = run_of(tmp_path, "imagenet", cell="e/parent")
    child = run_of(tmp_path, "none", cell="e/child", parents=[parent.id])
    found = weights_of(child)
    assert (found["learned"], found["starts_from"]) == (["imagenet", "none"], ["e/parent"])
    assert found["licence"].startswith("not stated by those who publish them")
    with pytest.raises(StoreError, match="starts from it"):
        weights_of(run_of(tmp_path, "none", cell="e/orphan", parents=["gone"]))


def test_passports_travel_with_what_they_say_of_the_data(tmp_path: Path) -> None:
    told = {"origin": "o", "identity": "face", "checksum": "c", "passport": {"name": "faceres", "digest": "d"}}
    facts = {"weights": told}
    run = write_run(tmp_path, "classes", [make_scores("classes")], facts=facts, dataset="fer2013")
    found = weights_of(run)
    (known,) = found["passports"]
    assert (known["name"], known["seen"]["fer2013"]["items"]) == ("faceres", "by_chance")
    assert found["licence"].startswith("MIT")
    assert licence_of(run, found, {"terms": []}).startswith("not stated; bound by its weights: MIT")
    assert weights_of(run_of(tmp_path, "none", cell="e/plain"))["passports"] == []


def test_what_is_answered_worst_is_named(tmp_path: Path) -> None:
    scores = make_scores("classes", skill=1.0)
    fear = scores["label"] == 1
    scores.loc[fear, ["p0", "p1", "p2"]] = [0.1, 0.1, 0.8]
    run = write_run(tmp_path, "classes", [scores])
    people = pd.DataFrame({"glasses": [True, False] * 18, "light": "day"}, index=sorted(scores["video"].unique()))
    found = weak_spots(run, list(by_name(run)), people)
    assert found["lowest"][0] == "fear"
    assert found["confused"] == [{"class": "fear", "answered": "joy", "share": 1.0}]
    assert {(one["attribute"], one["group"]) for one in found["groups"]} == {("glasses", "no"), ("glasses", "yes")}
    write_json(tmp_path / "told.json", found)  # no number that JSON lacks
    assert read_json(tmp_path / "told.json") == found
    assert np.isclose(sum(one["n_items"] for one in found["groups"]), len(scores))
    assert weak_spots(run, list(by_name(run)), None)["groups"] is None


def test_alike_is_what_is_answered_alike_and_how_near(tmp_path: Path) -> None:
    stored = make_scores("classes", items=8)
    target, found = target_of(stored), stored.copy()
    assert agreement_of(target, found, stored) == Agreement(8, 1.0, 1.0, 0.0)
    stored.loc[3, ["p0", "p1", "p2"]], found.loc[3, ["p0", "p1", "p2"]] = [0.41, 0.4, 0.19], [0.4, 0.41, 0.19]
    found.loc[5, ["p0", "p1", "p2"]] = stored.loc[5, ["p0", "p1", "p2"]] * 0.9
    told = agreement_of(target, found, stored)
    assert (told.items, told.same, told.near, told.is_good) == (8, 0.875, 0.875, False)
    assert told.tied == pytest.approx(0.01)
    assert "87.50% of the 8 items" in str(told)
