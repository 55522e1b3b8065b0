"""What is remembered of a ledger is what it says: any change is seen, and damage of the memory costs nothing."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from fer_lab.ledger import readable, records
from fer_lab.ledger.records import Records
from tests.ledger.test_snapshot import write


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, in which everything has settled."""
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(records, "SETTLED", -60.0)
    return tmp_path / "cache"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A ledger of three runs that has been read once."""
    for seed in range(3):
        folder = write(tmp_path / "runs", f"r{seed}", seed=seed, files={"scores/epoch-000.parquet": "0"})
        (folder / "scores").mkdir()
        (folder / "scores" / "epoch-000.parquet").touch()
    readable(tmp_path / "runs")
    return tmp_path / "runs"


def read_anew(runs: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which runs are not remembered."""
    anew: list[str] = []
    whole = records.record_of
    monkeypatch.setattr(records, "record_of", lambda folder: (anew.append(folder.name), whole(folder))[1])
    readable(runs)
    return anew


def test_what_was_read_is_remembered_and_the_same(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = readable(runs)
    assert read_anew(runs, monkeypatch) == []
    assert readable(runs) == before
    assert [run.seed for run in before[0]] == [0, 1, 2]


@pytest.mark.parametrize("change", ["record", "same size and time", "replaced", "link", "link to scores", "added"])
def test_what_has_changed_is_read_anew(runs: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, record = runs / "r1", runs / "r1" / "run.json"
    state, text = record.stat(), record.read_text()
    time.sleep(0.02)
    if change == "record":
        record.write_text(text.replace('"seed": 1', '"seed": 11'))
    elif change == "same size and time":
        record.write_text(text.replace('"seed": 1', '"seed": 7'))
        os.utime(record, ns=(state.st_atime_ns, state.st_mtime_ns))
    elif change == "replaced":
        (folder / "new").write_text(text)
        os.replace(folder / "new", record)
    elif change == "link":
        (folder / "scores").rename(folder / "elsewhere")
        (folder / "scores").symlink_to("elsewhere")
    elif change == "link to scores":
        (folder / "scores" / "epoch-000.parquet").unlink()
        (folder / "scores" / "epoch-000.parquet").symlink_to(record)
    else:
        (folder / "timings.json").touch()
    assert read_anew(runs, monkeypatch) == ["r1"]
    found, excluded = readable(runs)
    assert ("r1" in [run.id for run in found]) == ("link" not in change)
    assert [run.id for run in excluded] == (["r1"] if "link" in change else [])


def test_damage_is_found_where_it_was_seen_whole_before(runs: Path) -> None:
    time.sleep(0.02)
    (runs / "r1" / "run.json").write_text("{")
    (runs / "r2" / "run.json").unlink()
    found, excluded = readable(runs)
    assert [run.id for run in found] == ["r0"]
    assert [(run.id, run.finished) for run in excluded] == [("r1", True), ("r2", False)]


def test_what_has_just_changed_is_not_remembered(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "SETTLED", 60.0)
    assert read_anew(runs, monkeypatch) == ["r0", "r1", "r2"]


def test_a_damaged_memory_is_made_again(runs: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = (cache / "ledgers").iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[:60] + bytes([whole[60] ^ 1]) + whole[61:]):
        file.write_bytes(damaged)
        assert read_anew(runs, monkeypatch) == ["r0", "r1", "r2"]
        monkeypatch.undo()
        monkeypatch.setenv("FER_LAB_CACHE", str(cache))
        monkeypatch.setattr(records, "SETTLED", -60.0)


def test_a_cache_that_cannot_be_written_is_done_without(runs: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "file"))
    assert len(readable(runs)[0]) == 3


def test_runs_that_are_gone_are_forgotten(runs: Path, cache: Path) -> None:
    (runs / "r0" / "run.json").unlink()
    readable(runs)
    kept = Records(runs)
    assert sorted(kept._known) == ["r1", "r2"]
    assert json.loads(kept._known["r1"][1])["seed"] == 1


def test_no_ledger_is_an_empty_one(tmp_path: Path) -> None:
    assert readable(tmp_path / "nothing") == ([], [])
