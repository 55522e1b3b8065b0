"""What a ledger holds, told apart without composing a configuration."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fer_lab.ledger import read_ledger, read_stamps

STAMP = {"source": "embedded", "profile": "smoke", "protocol": "clean"}
OF_NOW = {"variant": "v", "fold": None, "folds": 1, "finished": 1.0, "environment": {}}


def write(runs: Path, id: str, **changes: Any) -> Path:
    record = {
        "id": id, "cell": "e/one", "seed": 0, **STAMP, "dataset": "d", "column": "t",
        "kind": "classes", "outputs": ["a"],
        "selected_epoch": 0, "epochs": 1, "parents": [],
        "facts": {"leak_share": 0.0, "seconds": 1.0, "items": {"test": 3}},
        "files": {}, **OF_NOW, **changes,
    }  # fmt: skip
    folder = runs / id
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({key: value for key, value in record.items() if value is not ...}))
    return folder


def test_runs_of_one_stamp_by_cell_and_seed(tmp_path: Path) -> None:
    for seed in (0, 1):
        write(tmp_path, f"r{seed}", seed=seed)
    write(tmp_path, "other", source="real")
    found = read_ledger(tmp_path, STAMP)
    assert {key: run.id for key, run in found.runs.items()} == {("e/one", 0): "r0", ("e/one", 1): "r1"}
    assert found.excluded == ()
    assert list(read_stamps(tmp_path)) == [tuple({**STAMP, "source": "real"}.values()), tuple(STAMP.values())]
    assert read_stamps(tmp_path)[tuple(STAMP.values())] == found


def test_two_versions_of_a_cell_are_never_put_together(tmp_path: Path) -> None:
    for seed in (0, 1):
        write(tmp_path, f"old{seed}", seed=seed)
    write(tmp_path, "new1", seed=1, variant="w", finished=2.0)
    found = read_ledger(tmp_path, STAMP)
    assert [run.id for run in found.runs.values()] == ["old0", "old1"]  # one run does not stand for a campaign
    assert [(run.id, run.seed, run.reason[-1]) for run in found.excluded] == [("new1", 1, "v")]
    write(tmp_path, "new0", seed=0, variant="w", finished=1.5)
    found = read_ledger(tmp_path, STAMP)
    assert [run.id for run in found.runs.values()] == ["new0", "new1"]  # of as many seeds, what finished last
    assert [(run.id, run.seed) for run in found.excluded] == [("old0", 0), ("old1", 1)]
    assert all("another version" in run.reason and "w" in run.reason for run in found.excluded)


def test_a_cell_as_it_stands_comes_before_runs_with_settings_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, "plain", seed=0)
    facts = {"leak_share": 0.0, "seconds": 1.0, "items": {"test": 3}, "settings": {"batch_size": 9}}
    for seed in (0, 1):
        write(tmp_path, f"tried{seed}", seed=seed, variant="w", finished=2.0, facts=facts)
    found = read_ledger(tmp_path, STAMP)
    assert [run.id for run in found.runs.values()] == ["plain"]
    assert {run.reason for run in found.excluded} == {"settings of its own: batch_size=9"}


def test_folds_are_read_together_or_not_at_all(tmp_path: Path) -> None:
    for fold in (1, 0):
        write(tmp_path, f"whole{fold}", fold=fold, folds=2)
    write(tmp_path, "part", cell="e/two", fold=2, folds=3)
    found = read_ledger(tmp_path, STAMP)
    assert list(found.runs) == [("e/one", 0)]
    assert found.runs["e/one", 0].facts["folds"] == 2
    assert [(run.id, run.reason) for run in found.excluded] == [("part", "fold 0, 1 of 3 is missing")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [({"failed.json": '{"error": "DataError: no such folder"}'}, "failed: DataError: no such folder"),
     ({}, "not finished"), ({"run.json": "{"}, "run.json"), ({"run.json": "{}"}, "lacks")],
)  # fmt: skip
def test_what_is_no_finished_run_is_said(tmp_path: Path, content: dict[str, str], reason: str) -> None:
    (tmp_path / "x").mkdir()
    for name, text in content.items():
        (tmp_path / "x" / name).write_text(text)
    found = read_ledger(tmp_path, STAMP)
    assert not found.runs
    assert [run.id for run in found.excluded] == ["x"]
    assert reason in found.excluded[0].reason


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", "zero"), ("seed", -1), ("seed", True), ("cell", None), ("cell", "../one"), ("source", "../../elsewhere"),
     ("outputs", 5), ("outputs", []), ("kind", "class"), ("kind", None), ("column", "../t"),
     ("parents", None), ("parents", ["../one"]), ("facts", None), ("facts", {}),
     ("epochs", "x"), ("epochs", 0),
     ("files", [1]), ("files", {"../../secret.txt": "0"}), ("files", {"/etc/hostname": "0"}), ("finished", "now"),
     ("fold", "a"), ("fold", 7), ("selected_epoch", 3), ("id", "../../../elsewhere"), ("id", "another")],
)  # fmt: skip
def test_a_record_that_cannot_be_is_left_out(tmp_path: Path, field: str, value: object) -> None:
    write(tmp_path, "good", seed=1)
    folder = write(tmp_path, "bad", seed=2)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {field: value}))
    found = read_ledger(tmp_path, STAMP)
    assert [run.id for run in found.runs.values()] == ["good"]
    assert [run.id for run in found.excluded] == ["bad"]
    assert "run.json" in found.excluded[0].reason


@pytest.mark.parametrize("text", ["[]", "null", '"x"', "[" * 100_000])
def test_what_is_no_record_is_left_out(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path, "bad")
    (folder / "run.json").write_text(text)
    assert [run.id for run in read_ledger(tmp_path, STAMP).excluded] == ["bad"]


def test_a_copied_folder_is_not_counted_twice(tmp_path: Path) -> None:
    shutil.copytree(write(tmp_path, "run"), tmp_path / "run-backup")
    found = read_ledger(tmp_path, STAMP)
    assert [run.id for run in found.runs.values()] == ["run"]
    assert "the name of its folder" in found.excluded[0].reason


def test_runs_that_cannot_be_told_apart_are_left_out(tmp_path: Path) -> None:
    for id in ("one", "two"):
        write(tmp_path, id)
        write(tmp_path, f"{id}-fold", cell="e/two", fold=0, folds=1)
    found = read_ledger(tmp_path, STAMP)
    assert not found.runs
    assert {run.reason for run in found.excluded} == {"several runs of one seed and fold, or of other numbers of folds"}


def test_links_out_of_the_ledger_are_not_followed(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", "linked")
    runs = tmp_path / "runs"
    folder = write(runs, "run", files={"config.yaml": "0"})
    (runs / "linked").symlink_to(elsewhere)
    (folder / "config.yaml").symlink_to(tmp_path / "secret.yaml")
    found = read_ledger(runs, STAMP)
    assert not found.runs
    assert [(run.id, "link" in run.reason or "config.yaml" in run.reason) for run in found.excluded] == [
        ("linked", True),
        ("run", True),
    ]
