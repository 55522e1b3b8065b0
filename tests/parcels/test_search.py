"""The search of what is about to leave: a name or a place in any kind of file is found, words of the code are not."""

from __future__ import annotations

import getpass
import io
import json
import platform
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from fer_lab.errors import DataError
from fer_lab.parcels.search import Hidden, hidden, refuse_revealing
from fer_lab.sources import Source

DIGEST = "0123456789abcdef0123"


@pytest.fixture
def about(tmp_path: Path) -> Hidden:
    index = pd.DataFrame(
        {"id": ["anger/Anna_01", "17"], "path": ["anger/Anna_01.mp4", "17.png"], "subject": ["Anna", "train"]}
    )
    index.attrs["skipped"] = [{"id": "Berta_02", "reason": "dark"}]
    source = cast(Source, SimpleNamespace(index=index, root=tmp_path / "licensed"))
    return hidden([source], [tmp_path / "work"], [b'{"parts": ["train", "val"]}'])


def scores(**changes: object) -> bytes:
    made = pd.DataFrame({"item": [0], "video": DIGEST, "subject": "", "part": "test", "p0": 0.5}).assign(**changes)
    buffer = io.BytesIO()
    made.to_parquet(buffer, compression=None)
    return buffer.getvalue()


def test_what_is_looked_for(about: Hidden, tmp_path: Path) -> None:
    assert {"Anna", "anger/Anna_01", "anger/Anna_01.mp4", "Anna_01.mp4", "Anna_01", "Berta_02"} <= about.names
    assert {getpass.getuser(), platform.node()} <= about.names
    assert {str(Path.home()), str(tmp_path / "licensed"), str(tmp_path / "work")} <= about.places
    assert not {"train", "17", "17.png"} & about.names - {"17.png"}


@pytest.mark.parametrize(
    "value",
    [
        "Anna",
        "seen: anger/Anna_01",
        ["x", {"deep": "Anna_01.mp4"}],
        {"dropped": {"Berta_02": "dark"}},
        getpass.getuser(),
    ],
)
def test_names_in_json(about: Hidden, value: object) -> None:
    with pytest.raises(DataError, match="would hold a name or a place") as refusal:
        refuse_revealing("run.json", json.dumps({"notes": value}).encode(), about)
    assert "Anna" not in str(refusal.value)


def test_places_in_any_bytes(about: Hidden, tmp_path: Path) -> None:
    for name in ("run.json", "losses.csv", "epoch-000.parquet"):
        with pytest.raises(DataError):
            refuse_revealing(name, b"\0" + bytes(tmp_path / "work" / "x"), about)


@pytest.mark.parametrize("changes", [{"video": "Anna_01"}, {"subject": "S1"}, {"part": "other"}, {"comment": "text"}])
def test_texts_in_scores(about: Hidden, changes: dict[str, str]) -> None:
    with pytest.raises(DataError):
        refuse_revealing("epoch-000.parquet", scores(**changes), about)


def test_texts_among_numbers(about: Hidden) -> None:
    with pytest.raises(DataError):
        refuse_revealing("losses.csv", b"step,loss\n1,Clara\n", about)


def test_numbers_digests_and_words_of_the_code_may_leave(about: Hidden) -> None:
    refuse_revealing("epoch-000.parquet", scores(), about)
    refuse_revealing("history.csv", b"epoch,lr,val/accuracy\n0,1e-05,nan\n1,0.1,-inf\n", about)
    record = {"part": "train", "origin": "embedded", "dropped": {DIGEST: "a copy"}, "Anna": 1}
    refuse_revealing("run.json", json.dumps({**record, "facts": {"kind": "Annabel 17"}}).encode(), about)
