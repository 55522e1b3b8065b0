from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_lab.datamodules import items
from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.splits import make_split
from fer_lab.errors import ConfigError, DataError

CLASSES = ("happiness", "sadness", "anger")
RECIPE = {"kind": "subjects", "seed": 0, "clean": {"train": 6, "val": 2, "test": 2}}
CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture
def build(faces: Any, index: pd.DataFrame) -> Callable[..., FaceDataModule]:
    def make(store: Any = faces, about: pd.DataFrame = index, **settings: Any) -> FaceDataModule:
        split = make_split(index, "clean", RECIPE)
        given = {"items": partial(items.frame, views=["frontal"]), "classes": CLASSES, "target": "emotion"}
        return FaceDataModule(store, about, split, **(given | settings))

    return make


def test_parts_keep_their_subjects_apart(build: Callable[..., FaceDataModule]) -> None:
    data = build()
    seen = data.table.groupby("part")["subject"].agg(set)
    assert [len(seen[part]) for part in ("train", "val", "test")] == [6, 2, 2]
    assert not seen["train"] & seen["test"]


def test_each_loader_gives_its_part(build: Callable[..., FaceDataModule]) -> None:
    data = build(batch_size=16)
    loaders = {"train": data.train_dataloader(), "val": data.val_dataloader(), "test": data.test_dataloader()}
    for part, loader in loaders.items():
        shown = [int(item) for batch in loader for item in batch["item"]]
        assert sorted(shown) == data.items.numbers(part).tolist()
    assert sum(len(batch["item"]) for batch in data.predict_dataloader()) == len(data.table)


def test_training_order_changes_by_epoch_and_seed(build: Callable[..., FaceDataModule]) -> None:
    def first(seed: int, epoch: int) -> list[int]:
        loader = build(seed=seed).train_dataloader()
        loader.set_epoch(epoch)
        return list(next(iter(loader))["item"])

    assert first(0, 1) == first(0, 1)
    assert first(0, 1) != first(0, 2)
    assert first(0, 1) != first(1, 1)


def test_videos_without_a_face_are_listed(build: Callable[..., FaceDataModule], make_faces: Callable[..., Any]) -> None:
    skipped = build(make_faces(10, 0, 3)).skipped
    assert set(skipped["reason"]) == {"no face"}
    assert len(skipped) == 10


def test_a_part_without_faces_is_an_error(
    build: Callable[..., FaceDataModule], faces: Any, index: pd.DataFrame
) -> None:
    test = set(make_split(index, "clean", RECIPE).test)
    frames = faces.frames[~faces.frames["id"].isin(test)]
    with pytest.raises(DataError, match="part test"):
        build(type(faces)(frames, faces.landmarks, faces.pixels))


def test_labels_that_are_no_class_are_named(build: Callable[..., FaceDataModule]) -> None:
    with pytest.raises(DataError, match="anger"):
        build(classes=("happiness", "sadness"))


def test_an_unknown_target_names_the_columns(build: Callable[..., FaceDataModule]) -> None:
    with pytest.raises(ConfigError, match="emotion"):
        build(target="mood")


def test_several_devices_are_refused(build: Callable[..., FaceDataModule]) -> None:
    data = build()
    data.trainer = SimpleNamespace(world_size=2)
    with pytest.raises(ConfigError, match=r"trainer\.devices"):
        data.train_dataloader()


@pytest.mark.parametrize("path", sorted(CONF.glob("items/*.yaml")), ids=lambda path: path.stem)
def test_each_kind_of_items_is_configured_whole(path: Path) -> None:
    kind = instantiate(OmegaConf.load(path))
    inspect.signature(kind.func).bind(None, None, None, **kind.keywords)
    assert kind.func.__name__ == path.stem


@pytest.mark.parametrize("path", sorted(CONF.glob("augmentation/*.yaml")), ids=lambda path: path.stem)
def test_each_augmentation_is_configured(path: Path) -> None:
    augmentation = instantiate(OmegaConf.load(path))
    assert (augmentation == Augmentation()) is (path.stem == "none")
