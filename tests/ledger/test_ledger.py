"""The ledger keeps finished runs whole, and says what state the others are in."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fer_lab.errors import StoreError
from fer_lab.evaluation import make_target
from fer_lab.ledger import Entry, main_score, merge_folds, read_run, read_runs, run_id

CONFIG = {
    **{key: {} for key in ("data", "faces", "items", "augmentation", "task", "optimizer", "scheduler")},
    "model": {"fc": 3, "backbone": {"width": 1.0, "weights": "/a/path.pth"}},
    "epochs": 2,
    "batch_size": 8,
    "seed": 0,
    "source": {"name": "embedded"},
    "protocol": {"name": "clean"},
    "paths": {"data": "/a"},
}

OF_A_CELL = {"variant": "v", "fold": None, "folds": 1, "finished": 1.0, "environment": {}}


def identity(config: dict[str, object] = CONFIG, **changes: object) -> str:
    given = {"precision": "32-true", "signature": "s", "files": {"weights": "w"}, "versions": {"faces": 1}} | changes
    return run_id(config, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["data", "items", "epochs", "seed", "source", "protocol"])
def test_what_matters_changes_the_id(key: str) -> None:
    assert identity(CONFIG | {key: {"name": "other"}}) != identity()


@pytest.mark.parametrize(
    "change", [{"precision": "x"}, {"signature": "x"}, {"files": {"weights": "x"}}, {"parents": ["p"]}]
)
def test_what_it_starts_from_changes_the_id(change: dict[str, object]) -> None:
    assert identity(**change) != identity()


def test_places_do_not_change_the_id() -> None:
    model = {"fc": 3, "backbone": {"width": 1.0, "weights": "/elsewhere.pth"}}
    moved = CONFIG | {"paths": {"data": "/elsewhere"}, "model": model}
    assert identity(moved) == identity()


def test_an_option_that_is_not_set_does_not_change_the_id() -> None:
    assert identity(CONFIG | {"sampling": None}) == identity()
    assert identity(CONFIG | {"sampling": {"share": 0.8}}) != identity()


def test_the_place_of_a_manifest_does_not_change_the_id() -> None:
    one, other = ({"split": {"kind": "folds", "manifest": path}} for path in ("/a.json", "/b.json"))
    assert identity(CONFIG | {"data": one}) == identity(CONFIG | {"data": other})


@pytest.fixture
def entry(tmp_path: Path) -> Entry:
    entry = Entry(tmp_path, "abc")
    with entry.claim():
        for epoch in range(2):
            rows = {"item": [0, 1], "video": "v", "subject": "s", "part": ["val", "test"], "epoch": epoch, "label": 0}
            entry.write_scores(epoch, pd.DataFrame(rows | {"p0": 0.5, "p1": 0.5}))
        entry.weights.write_bytes(b"weights")
        record = {"cell": "e/c", "seed": 0, "source": "embedded", "profile": "smoke", "protocol": "clean"}
        record |= {
            "variant": "v",
            "fold": None,
            "folds": 1,
            "finished": 1.0,
            "environment": {},
            "dataset": "d",
            "column": "t",
            "kind": "classes",
            "outputs": ["a", "b"],
            "selected_epoch": 1,
            "epochs": 2,
        }
        entry.finish(record | {"parents": [], "facts": {"seconds": 1.0, "leak_share": 0.0}})
    return entry


def test_a_finished_run_reads_back(entry: Entry) -> None:
    assert entry.is_finished()
    assert entry.state() == "done"
    (run,) = read_runs(entry.runs)
    assert (run.cell, run.target.names) == ("e/c", ("a", "b"))
    assert run.scores("test")[["part", "epoch"]].to_numpy().tolist() == [["test", 1]]
    assert run.scores("val", epoch=0)["epoch"].tolist() == [0]


OF_VALUES = {"kind": "values", "outputs": ["valence", "arousal"], "scale": [0, 10]}


def rewritten(entry: Entry, **changes: object) -> Path:
    record = json.loads((entry.folder / "run.json").read_text())
    entry.finish({key: value for key, value in (record | changes).items() if key not in ("files", "digest")})
    return entry.folder


def test_values_come_back_with_their_scale(entry: Entry) -> None:
    run = read_run(rewritten(entry, **OF_VALUES))
    assert run.target == make_target("values", ["valence", "arousal"], (0, 10))
    assert run.target.scale == (0, 10)
    assert read_run(rewritten(entry, kind="labels", scale=None)).target == make_target("labels", OF_VALUES["outputs"])


@pytest.mark.parametrize("scale", [None, [10, 0], [0], "01", [0, True], [0, float("nan")]])
def test_values_of_no_scale_are_refused(entry: Entry, scale: object) -> None:
    with pytest.raises(StoreError, match=r"run\.json: scale is .*\n.*least and the most"):
        read_run(rewritten(entry, **OF_VALUES | {"scale": scale}))


def test_classes_with_a_scale_are_refused(entry: Entry) -> None:
    with pytest.raises(StoreError, match="scale is"):
        read_run(rewritten(entry, scale=[0, 1]))


def test_a_damaged_run_is_not_finished_and_not_read(entry: Entry) -> None:
    path = entry.folder / "scores" / "epoch-001.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert not entry.is_finished()
    with pytest.raises(StoreError, match="epoch-001"):
        read_run(entry.folder).scores("test")


def test_states(tmp_path: Path) -> None:
    entry = Entry(tmp_path, "abc")
    assert entry.state() == "missing"
    with entry.claim():
        assert entry.state() == "running"
    assert entry.state() == "interrupted"
    entry.fail(ValueError("bad"))
    assert entry.state() == "failed"


def test_folds_are_read_as_one_run(tmp_path: Path) -> None:
    runs = []
    for fold in range(3):
        part = Entry(tmp_path, f"fold{fold}")
        with part.claim():
            rows = {
                "item": [0, 1],
                "video": [f"{fold}a", f"{fold}b"],
                "subject": "s",
                "part": ["val", "test"],
                "label": 0,
            }
            for epoch in range(3):
                right = float(epoch == fold)
                part.write_scores(epoch, pd.DataFrame(rows | {"epoch": epoch, "p0": right, "p1": 1 - right}))
            part.write_sums(make_target("classes", ["a", "b"]))
            part.weights.write_bytes(b"weights")
            record = {"cell": "e/c", "seed": 0, "source": "embedded", "profile": "smoke", "protocol": "clean"}
            record |= {
                "dataset": "d",
                "column": "t",
                "kind": "classes",
                "outputs": ["a", "b"],
                "selected_epoch": fold,
                "epochs": 3,
                **OF_A_CELL,
            }
            part.finish(record | {"parents": [], "facts": {"seconds": 1.0, "minutes": 0.5, "leak_share": fold / 2}})
        runs.append(read_run(part.folder))
    whole = merge_folds(runs)
    scores = whole.scores("test")
    assert scores["video"].tolist() == ["0b", "1b", "2b"]  # each fold at the epoch that its validation selected
    assert scores["item"].is_unique
    assert main_score(whole) == 1.0  # likewise, though the sums of an epoch are those of all folds
    assert whole.facts["leak_share"] == 0.5
    assert [whole.facts[name] for name in ("folds", "seconds", "minutes")] == [3, 3.0, 1.5]
    assert merge_folds(runs[:1]) is runs[0]


@pytest.mark.parametrize(
    ("name", "old", "new"), [("run.json", '"epochs": 1', '"epochs": 3'), ("split.json", "[]", '["x"]')]
)
def test_what_was_changed_by_hand_is_noticed(tmp_path: Path, name: str, old: str, new: str) -> None:
    entry = Entry(tmp_path, "abc")
    with entry.claim():
        rows = {"item": [0], "video": "v", "subject": "s", "part": "test", "epoch": 0, "label": 0, "p0": 1.0}
        entry.write_scores(0, pd.DataFrame(rows))
        entry.weights.write_bytes(b"weights")
        (entry.folder / "split.json").write_text('{"leaked": []}')
        record = {"cell": "e/c", "seed": 0, "source": "embedded", "profile": "smoke", "protocol": "thesis"}
        record |= {
            "variant": "v",
            "fold": None,
            "folds": 1,
            "finished": 1.0,
            "environment": {},
            "dataset": "d",
            "column": "t",
            "kind": "classes",
            "outputs": ["a"],
            "selected_epoch": 0,
            "epochs": 1,
            "parents": [],
        }
        entry.finish(record | {"facts": {"leak_share": 0.1, "seconds": 1.0}})
    assert entry.state() == "done"
    assert read_run(entry.folder).leaked() == set()
    path = entry.folder / name
    path.write_text(path.read_text().replace(old, new))
    assert entry.state() == "damaged"
    with pytest.raises(StoreError, match="is damaged"):
        read_run(entry.folder).leaked()


def test_the_sums_beside_the_scores_are_theirs_and_give_the_same_best_epoch(tmp_path: Path) -> None:
    right = [[0, 1, 1], [1, 1, 0], [1, 1, 1]]  # of three items, by epoch
    entry, target = Entry(tmp_path, "abc"), make_target("classes", ["a", "b"])
    with entry.claim():
        for epoch, each in enumerate(right):
            rows = {"item": [0, 1, 2], "video": ["x", "y", "z"], "subject": "s", "part": ["val", "test", "test"]}
            answers = {
                "label": 1,
                "epoch": epoch,
                "p0": [1.0 - one for one in each],
                "p1": [float(one) for one in each],
            }
            entry.write_scores(epoch, pd.DataFrame(rows | answers))
        entry.write_sums(target)
        entry.weights.write_bytes(b"weights")
        record = {"cell": "e/c", "seed": 0, "source": "embedded", "profile": "smoke", "protocol": "clean"}
        record |= {"dataset": "d", "column": "t", "kind": "classes", "outputs": ["a", "b"], **OF_A_CELL}
        record |= {"selected_epoch": 1, "epochs": 3, "parents": [], "facts": {"seconds": 1.0, "leak_share": 0.0}}
        entry.finish(record)
    run = read_run(entry.folder)
    without = replace(run, files={name: sum for name, sum in run.files.items() if name != "scores/sums.safetensors"})
    for part in ("val", "test"):
        assert run.sums(part).tolist() == without.sums(part).tolist()
        assert run.best_epoch(part) == without.best_epoch(part)
    assert (run.best_epoch("val"), run.best_epoch("test")) == (1, 0)
    (entry.folder / "scores/sums.safetensors").write_bytes(b"damaged")
    with pytest.raises(StoreError, match="is damaged"):
        run.sums("test")
    assert entry.state() == "damaged"
