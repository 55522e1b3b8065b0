"""No verdict where weights may have seen the items that they were tested on; people that they know refuse nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fer_lab.ledger import Run
from fer_lab.tables.seen import passport_note, why_seen
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

MINE = {"identity": "face", "passport": {"name": "mine", "digest": "d", "seen": {"fer2013": "yes", "others": "no"}}}


def run_of(folder: Path, weights: dict[str, Any], **changes: Any) -> Run:
    facts = {"weights": {"origin": "o", "checksum": "", **weights}, **changes.pop("facts", {})}
    return write_run(folder, "classes", [make_scores("classes")], facts=facts, **{"dataset": "fer2013", **changes})


@pytest.mark.parametrize(
    ("weights", "dataset", "said"),
    [
        ({"identity": "none"}, "fer2013", ""),
        ({"identity": "identities"}, "fer2013", ""),
        ({"identity": "imagenet"}, "fer2013", ""),
        ({"identity": "face", "passport": {"name": "faceres", "digest": "d"}}, "fer2013", ""),  # people, not items
        ({"identity": "file"}, "mug", "weights file may have seen test items of mug"),
        ({"identity": "file"}, "generated", ""),
        (MINE, "fer2013", "weights mine have seen test items of fer2013"),
        (MINE, "mug", ""),
        ({}, "fer2013", ""),  # of an old record, which says nothing of its weights
    ],
)
def test_only_items_that_may_have_been_seen_refuse_a_verdict(
    weights: dict[str, Any], dataset: str, said: str, tmp_path: Path
) -> None:
    assert why_seen([run_of(tmp_path, weights, dataset=dataset)]) == said


def test_what_is_known_comes_before_what_may_be(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, {"identity": "file"}, seed=1), run_of(tmp_path, MINE, seed=2)]
    assert why_seen(runs) == "weights mine have seen test items of fer2013"


def test_members_of_a_composite_count_and_what_a_run_starts_from(tmp_path: Path) -> None:
    both = run_of(tmp_path, MINE, dataset="both", facts={"members": ["fer2013", "mug"]}, seed=1)
    assert why_seen([both]) == "weights mine have seen test items of fer2013"
    parent = run_of(tmp_path, {"identity": "file"}, cell="e/parent")
    child = run_of(tmp_path, {"identity": "none"}, cell="e/child", parents=[parent.id])
    assert why_seen([child]) == "weights file may have seen test items of fer2013"
    assert why_seen([run_of(tmp_path, {"identity": "none"}, cell="e/orphan", parents=["gone"])]) == ""


def test_a_note_says_what_may_be_in_both_by_chance(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"identity": "face", "passport": {"name": "faceres", "digest": "d"}})
    assert passport_note(run) == "passport faceres: items of fer2013 by_chance"
    assert passport_note(run_of(tmp_path, {"identity": "identities"}, seed=1)) == ""
