"""Digests of names: alike under one key, strange under another, and the key stays."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fer_lab.errors import StoreError
from fer_lab.parcels.keyed import ID, SUBJECT, Keyed, kept_key


def test_a_name_is_one_digest_and_what_it_names_counts() -> None:
    keyed = Keyed(b"k" * 32)
    assert keyed.of(ID, "S011") == Keyed(b"k" * 32).of(ID, "S011")
    assert len({keyed.of(ID, "S011"), keyed.of(SUBJECT, "S011"), Keyed(b"l" * 32).of(ID, "S011")}) == 3
    assert len(keyed.of(ID, "S011")) == 20
    assert keyed.of(SUBJECT, "") == ""


def test_a_key_is_made_once(tmp_path: Path) -> None:
    assert kept_key(tmp_path).of(ID, "a") == kept_key(tmp_path).of(ID, "a")
    assert kept_key(tmp_path).of(ID, "a") != kept_key(tmp_path / "other").of(ID, "a")
    assert (tmp_path / "salt").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "00" * 16, "no hex"])
def test_a_key_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "salt").write_text(text)
    with pytest.raises(StoreError, match="cannot read the key"):
        kept_key(tmp_path)


def test_scores_and_parts_without_names() -> None:
    keyed = Keyed(b"k" * 32)
    scores = pd.DataFrame({"item": [0, 1], "video": ["v", "w"], "subject": ["s", None], "p0": [0.5, 1.0]})
    found = keyed.scores(scores)
    assert found["video"].tolist() == [keyed.of(ID, "v"), keyed.of(ID, "w")]
    assert found["subject"].tolist() == [keyed.of(SUBJECT, "s"), ""]
    assert found[["item", "p0"]].equals(scores[["item", "p0"]])
    split = keyed.split({
        "protocol": "clean", "seed": 0, "leak_share": 0.0, "inherited": 0, "copies_checked": True, "notes": [],
        "leaked": ["v"], "subjects": {"test": ["s", "t"]}, "ids": {"test": ["v"]}, "dropped": {"w": "a copy"},
    })  # fmt: skip
    assert split["leaked"] == split["ids"]["test"] == [keyed.of(ID, "v")]
    assert split["subjects"]["test"] == sorted([keyed.of(SUBJECT, "s"), keyed.of(SUBJECT, "t")])
    assert split["dropped"] == {keyed.of(ID, "w"): "a copy"}
