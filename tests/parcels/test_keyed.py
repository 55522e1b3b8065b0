"""Digests of names: alike under one key, strange under another, and the key stays."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
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


def test_a_disk_that_is_full_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fer_lab.parcels.keyed.os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        kept_key(tmp_path)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["salt.lock"]
    assert kept_key(tmp_path).of(ID, "a") == kept_key(tmp_path).of(ID, "a")


def test_scores_without_names_and_without_their_order() -> None:
    keyed, videos = Keyed(b"k" * 32), [f"video {number:02d}" for number in range(30)]
    last = pd.DataFrame(
        {"item": range(60), "video": sorted(videos * 2), "subject": "s", "part": "test", "p0": np.arange(60) / 60}
    )
    first = last[last["item"] >= 20]
    found = keyed.scores([first, last])
    assert [keyed.of(ID, name) for name in videos] != sorted(keyed.of(ID, name) for name in videos)
    assert found[1]["video"].is_monotonic_increasing
    assert found[1]["item"].tolist() == list(range(60))
    assert found[1]["subject"].unique().tolist() == [keyed.of(SUBJECT, "s")]
    both = found[1].merge(found[0], on="item", suffixes=("", " before"))
    assert len(both) == 40
    assert both["p0"].equals(both["p0 before"])
    names = {keyed.of(ID, name): name for name in videos}
    back = found[1].assign(video=found[1]["video"].map(names)).sort_values(["video", "item"])
    assert back["p0"].tolist() == last["p0"].tolist()  # the items of a video are in their order


def test_parts_without_names() -> None:
    keyed = Keyed(b"k" * 32)
    split = keyed.split({
        "protocol": "clean", "seed": 0, "leak_share": 0.0, "inherited": 0, "copies_checked": True, "notes": [],
        "leaked": ["v"], "subjects": {"test": ["s", "t"]}, "ids": {"test": ["v"]}, "dropped": {"w": "a copy"},
    })  # fmt: skip
    assert split["leaked"] == split["ids"]["test"] == [keyed.of(ID, "v")]
    assert split["subjects"]["test"] == sorted([keyed.of(SUBJECT, "s"), keyed.of(SUBJECT, "t")])
    assert split["dropped"] == {keyed.of(ID, "w"): "a copy"}
