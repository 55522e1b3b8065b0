"""An interrupted run goes on from what it wrote itself, and from nothing else; only that is sealed."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import torch

from fer_lab.engine.checkpoint import usable_checkpoint
from fer_lab.errors import StoreError
from fer_lab.ledger import Entry, read_run
from fer_lab.storage import digest, file_digest, read_json, write_json
from tests.ledgers import FACTS, MACHINE

EPOCHS = 3
PARTS = ["last.ckpt", "weights.safetensors", "history.csv"]
SCORES = [f"scores/epoch-{epoch:03d}.parquet" for epoch in range(EPOCHS)]
RECORD = {
    "cell": "e/c", "seed": 0, "source": "embedded", "profile": "smoke", "protocol": "clean", "dataset": "d",
    "column": "t", "variant": "v", "kind": "classes", "outputs": ["a", "b"], "selected_epoch": 1, "epochs": EPOCHS,
    "parents": [], "fold": None, "folds": 1, "finished": 1.0, "environment": MACHINE, "facts": FACTS,
}  # fmt: skip


def write_checkpoint(entry: Entry, epoch: int) -> None:
    part = entry.folder / "part"
    torch.save({"epoch": epoch, "state_dict": {"weight": torch.full((100,), float(epoch))}}, part)
    entry.note(entry.checkpoint, file_digest(part))
    part.replace(entry.checkpoint)


def write_epoch(entry: Entry, epoch: int) -> None:
    """What an epoch leaves, in the order of the callbacks, without its checkpoint."""
    rows = {"item": [0, 1], "video": "v", "subject": "s", "part": ["val", "test"], "epoch": epoch, "label": 0}
    entry.write_scores(epoch, pd.DataFrame(rows | {"p0": 0.5, "p1": 0.5}))
    entry.write(entry.weights, b"weights of %d" % epoch)
    entry.write(entry.folder / "history.csv", b"epoch\n" + b"".join(b"%d\n" % number for number in range(epoch + 1)))


@pytest.fixture
def entry(tmp_path: Path) -> Entry:
    """A run that was interrupted after its last epoch."""
    entry = Entry(tmp_path, "abc")
    for epoch in range(EPOCHS):
        write_epoch(entry, epoch)
        write_checkpoint(entry, epoch)
    return entry


def change_one_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def left(entry: Entry) -> list[str]:
    return sorted(path.relative_to(entry.folder).as_posix() for path in entry.folder.rglob("*") if path.is_file())


def test_a_run_goes_on_from_what_it_wrote(entry: Entry) -> None:
    assert usable_checkpoint(entry) == entry.checkpoint


@pytest.mark.parametrize("damage", [change_one_byte, Path.unlink])
@pytest.mark.parametrize("name", [*PARTS, *SCORES])
def test_whatever_is_damaged_or_missing_the_run_starts_again_and_says_so(
    entry: Entry, name: str, damage, caplog: pytest.LogCaptureFixture
) -> None:
    damage(entry.folder / name)
    assert usable_checkpoint(entry) is None
    assert left(entry) == []
    if entry.checkpoint.name != name or damage is change_one_byte:  # without a checkpoint there was no whole epoch
        assert f"run abc starts again: {name}" in caplog.text


@pytest.mark.parametrize("checksums", [None, "", "[]", '{"last.ckpt": 1}'])
def test_what_has_no_checksums_starts_again(entry: Entry, checksums: str | None, caplog) -> None:
    """As what an earlier version left."""
    path = entry.folder / "checksums.json"
    path.unlink() if checksums is None else path.write_text(checksums)
    assert usable_checkpoint(entry) is None
    assert "what it left has no checksums" in caplog.text


@pytest.mark.parametrize("written", range(5), ids=["nothing", "noted", "scores", "weights", "all but the checkpoint"])
def test_a_kill_within_an_epoch_costs_that_epoch_only(tmp_path: Path, written: int, caplog) -> None:
    entry = Entry(tmp_path, "abc")
    write_epoch(entry, 0)
    write_checkpoint(entry, 0)
    whole = entry.checkpoint.read_bytes()

    class KilledError(Exception):
        pass

    steps = iter(range(5))

    def write(path: Path, data: bytes) -> None:
        if next(steps) == written:
            raise KilledError
        path.write_bytes(data)

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr("fer_lab.ledger.entry.write_bytes", write)
        with suppress(KilledError):  # of the five writes the last ones may not be reached
            write_epoch(entry, 1)
            write_checkpoint(entry, 1)
            entry.checkpoint.write_bytes(whole)  # noted, not replaced
        assert usable_checkpoint(entry) == entry.checkpoint
    assert "goes on from its last whole epoch" in caplog.text


@pytest.mark.parametrize("damage", [change_one_byte, Path.unlink])
@pytest.mark.parametrize("name", [SCORES[0], "weights.safetensors", "history.csv"])
def test_what_is_not_as_it_was_written_is_not_sealed(entry: Entry, name: str, damage) -> None:
    damage(entry.folder / name)
    with pytest.raises(StoreError, match=f"{name} is missing or damaged"):
        entry.finish(RECORD)
    assert entry.state() == "interrupted"
    assert usable_checkpoint(entry) is None


@pytest.mark.parametrize("name", SCORES)
def test_a_record_without_the_scores_of_an_epoch_is_whole_for_nobody(entry: Entry, name: str) -> None:
    entry.finish(RECORD)
    assert entry.is_finished()
    path = entry.folder / "run.json"
    record = {key: value for key, value in read_json(path).items() if key != "digest"}
    del record["files"][name]
    write_json(path, record | {"digest": digest(record)})
    assert not entry.is_finished()
    assert entry.state() == "damaged"
    with pytest.raises(StoreError, match=name):
        read_run(entry.folder).check()


def test_a_checkpoint_that_holds_code_is_refused_and_not_run(entry: Entry, tmp_path: Path) -> None:
    class Malicious:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    torch.save({"epoch": 2, "more": Malicious()}, entry.checkpoint)
    entry.note(entry.checkpoint, file_digest(entry.checkpoint))
    with pytest.raises(StoreError, match="none of its code was run"):
        usable_checkpoint(entry)
    assert not (tmp_path / "touched").exists()
