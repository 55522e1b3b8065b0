"""The parts of a configuration's data: copies among classes, what parents saw, near copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_lab.datamodules import splits
from fer_lab.errors import ConfigError, DataError
from fer_lab.faces import FaceStore
from fer_lab.sources import drawn_splits, split_of
from fer_lab.sources.splits import split_without_faces

IDS = ("Training/anger/1", "Training/anger/2", "Training/fear/3", "Private/anger/4", "Public/fear/5", "Public/anger/6")
INDEX = pd.DataFrame(
    {"id": IDS, "subject": "", "emotion": [name.split("/")[1] for name in IDS],
     "part_given": [name.split("/")[0] for name in IDS]}
)  # fmt: skip
GIVEN = {"train": "Training", "val": "Private", "test": "Public"}


def config(protocol: str = "clean", **about: Any) -> dict[str, Any]:
    split = {"kind": "given", "clean": GIVEN, "thesis": GIVEN, **about.pop("split", {})}
    data = {"target": "emotion", "split": split, **about}
    return {"data": data, "protocol": {"name": protocol}, "faces": {"views": ["raw"]}}


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FaceStore:
    """Public/fear/5 is Training/anger/1 under another label; Public/anger/6 is another cut of Training/anger/2."""
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    noise = np.random.default_rng(0).normal(size=(4, 52, 52))
    whole = np.uint8(np.clip(128 + 400 * np.array([cv2.GaussianBlur(one, (0, 0), 4) for one in noise]), 0, 255))
    first, second, third, fourth = whole[:, :48, :48]
    folder = tmp_path / "store"
    folder.mkdir()
    np.save(folder / "raw.npy", np.stack([first, second, third, fourth, first, whole[1, 3:51, 2:50]])[..., None])
    pd.DataFrame({"row": range(len(IDS)), "id": IDS}).to_parquet(folder / "frames.parquet")
    return FaceStore(folder)


def test_a_copy_in_a_class_that_the_task_leaves_out_is_dropped_too(faces: FaceStore) -> None:
    """The nodes of Moravčík's tree see some classes each; the tree is tested on all of them."""
    node = split_of(config(regroup={"anger": ["anger"]}), INDEX, faces)
    assert node.train == ("Training/anger/2",)
    assert node.test == ("Public/anger/6",)
    assert node.dropped == {"Training/anger/1": "training copy of a validation or test image"}
    everything = split_of(config(), INDEX, faces)
    assert set(node.train) == {name for name in everything.train if "/anger/" in name}
    assert split_of(config("thesis", regroup={"anger": ["anger"]}), INDEX, faces).train == IDS[:2]


def test_what_a_parent_was_trained_on_counts_as_training(faces: FaceStore) -> None:
    with pytest.raises(DataError, match="1 test items also in train: Public/fear/5"):
        split_of(config(), INDEX, faces, inherited=["Training/anger/1"])
    with pytest.raises(DataError, match="val items also in train: Private/anger/4"):
        split_of(config(), INDEX, faces, inherited=["Private/anger/4"])
    leaked = split_of(config("thesis", regroup={"fear": ["fear"]}), INDEX, faces, inherited=["Training/anger/1"])
    assert leaked.leaks() == 1
    assert leaked.manifest()["inherited"] == 1


def test_near_copies_are_dropped_where_that_is_asked_for(faces: FaceStore) -> None:
    assert "Training/anger/2" in split_of(config(), INDEX, faces).train
    distinct = split_of(config(split={"near_copies": "drop"}), INDEX, faces)
    assert distinct.train == ("Training/fear/3",)
    assert distinct.dropped["Training/anger/2"] == "training near copy of a validation or test image"
    assert distinct.test == IDS[4:]
    with pytest.raises(ConfigError, match="near_copies='drops'"):
        split_of(config(split={"near_copies": "drops"}), INDEX, faces)


def test_near_copies_of_videos_cannot_be_dropped(faces: FaceStore) -> None:
    frames = faces.frames.assign(id=IDS[0])
    frames.to_parquet(faces.folder / "frames.parquet")
    with pytest.raises(ConfigError, match="single images"):
        split_of(config("thesis", split={"kind": "whole", "near_copies": "drop"}), INDEX, FaceStore(faces.folder))


def test_classes_are_made_rare_in_training_alone(faces: FaceStore) -> None:
    whole, few = (
        split_of(config("thesis", split=own), INDEX, faces) for own in ({}, {"rare": {"anger": 1, "fear": 1}})
    )
    assert (few.train, few.val, few.test) == (whole.train, whole.val, whole.test)
    one = split_of(config("thesis", split={"rare": {"anger": 0.5}}), INDEX, faces)
    assert [name.split("/")[1] for name in one.train] == ["anger", "fear"]
    assert (one.val, one.test) == (whole.val, whole.test)
    (gone,) = set(whole.train) - set(one.train)
    assert one.dropped[gone] == "anger is made rare: 0.5 of the most frequent class"
    assert split_of(config("thesis", split={"rare": {"anger": 0.5}}), INDEX, faces) == one
    for rare, said in (({"joy": 0.5}, "rare: 'joy'"), ({"fear": 0}, "rare.fear=0")):
        with pytest.raises(ConfigError, match=said):
            split_of(config("thesis", split={"rare": rare}), INDEX, faces)


@pytest.mark.parametrize("protocol", ["clean", "thesis"])
def test_a_share_of_training_keeps_its_classes_and_whole_people(protocol: str) -> None:
    rows = [
        (f"{who}/{label}/{number}", who, label) for who in "abcdefgh" for label in ("anger", "fear") for number in "12"
    ]
    index = pd.DataFrame(rows, columns=["id", "subject", "emotion"])
    sizes = {"train": 6, "val": 1, "test": 1}

    def drawn(**own: Any) -> splits.Split:
        asked = {"kind": "items", "seed": 0, "clean": sizes, "thesis": sizes, "stratified": True, **own}
        return split_without_faces(config(protocol, split=asked), index)

    whole, half = drawn(), drawn(training=0.5)
    assert (half.val, half.test) == (whole.val, whole.test)
    assert set(half.train) < set(whole.train)
    assert len(half.train) == len(whole.train) / 2
    assert sum("anger" in name for name in half.train) == len(half.train) / 2
    people = [{name for name in whole.train if name.startswith(who)} for who in "abcdefgh"]
    halved = [own for own in people if own & set(half.train) not in (set(), own)]
    assert bool(halved) is (protocol == "thesis")
    with pytest.raises(ConfigError, match=r"data\.split\.training=1"):
        drawn(training=1)


def test_drawn_splits_are_those_of_training(faces: FaceStore) -> None:
    asked = config(regroup={"anger": ["anger"]})
    (drawn,) = drawn_splits(asked, INDEX, faces)
    assert drawn.train == split_of(asked, INDEX, faces).train
    assert isinstance(drawn, splits.Split)


TENTH = ("a/1", "a/2", "a/3", "b/4", "b/5", "c/6", "public/7", "private/8")
"""Of a photograph each two: a/1 and b/4 (again, mirrored), a/2 and public/7 (cut otherwise), b/5 and c/6."""


@pytest.fixture
def tenth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[pd.DataFrame, FaceStore]:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    noise = np.random.default_rng(1).normal(size=(5, 52, 52))
    whole = np.uint8(np.clip(128 + 400 * np.array([cv2.GaussianBlur(one, (0, 0), 4) for one in noise]), 0, 255))
    first, second, third, fourth, fifth = whole[:, :48, :48]
    images = [first, second, third, first[:, ::-1], fourth, fourth, whole[1, 3:51, 2:50], fifth]
    folder = tmp_path / "tenth"
    folder.mkdir()
    np.save(folder / "raw.npy", np.stack(images)[..., None])
    pd.DataFrame({"row": range(len(TENTH)), "id": TENTH}).to_parquet(folder / "frames.parquet")
    part = [name.split("/")[0] if "p" in name else "Training" for name in TENTH]
    labels = ["anger", "fear", "fear", "fear", "anger", "anger", "fear", "anger"]
    index = pd.DataFrame({"id": TENTH, "subject": "", "emotion": labels, "part_given": part})
    return index, FaceStore(folder)


def of_tenth(seed: int, **about: Any) -> dict[str, Any]:
    parts = {"train": "Training", "val": "of_train", "share": 0.3, "test": ["public", "private"]}
    return config(split={"seed": seed, "clean": parts, "thesis": parts, "together": "near_copies", **about})


@pytest.mark.parametrize("seed", range(6))
def test_those_who_validate_are_drawn_by_photograph(tenth: tuple[pd.DataFrame, FaceStore], seed: int) -> None:
    split = split_of(of_tenth(seed), *tenth)
    assert split.test == ("public/7", "private/8")
    assert split.val
    for one, other in (("a/1", "b/4"), ("b/5", "c/6")):
        assert (one in split.val) is (other in split.val)


def test_test_items_of_photographs_in_other_parts_are_known_whatever_is_dropped(
    tenth: tuple[pd.DataFrame, FaceStore],
) -> None:
    for about in ({}, {"near_copies": "drop"}):
        assert split_of(of_tenth(0, **about), *tenth).seen == ("public/7",)
    assert split_of(of_tenth(0), *tenth).manifest()["seen"] == ["public/7"]
    assert "seen" not in split_of(of_tenth(0, together=None), *tenth).manifest()


def test_photographs_under_several_labels_leave_training(tenth: tuple[pd.DataFrame, FaceStore]) -> None:
    """a/1 is anger and, mirrored, b/4 fear; b/5 and c/6 are the same, and both anger."""
    seed = next(seed for seed in range(20) if "a/1" in split_of(of_tenth(seed), *tenth).train)
    split = split_of(of_tenth(seed, conflicts="drop"), *tenth)
    why = "training image of a photograph that has several labels"
    assert {name for name, reason in split.dropped.items() if reason == why} == {"a/1", "b/4"}
