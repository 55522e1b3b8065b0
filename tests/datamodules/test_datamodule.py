from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_lab.configs import compose
from fer_lab.datamodules import items
from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.sampling import Balanced
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.targets import Classes, Labels, Values
from tests.drawing import make_split

CLASSES = ("happiness", "sadness", "anger")
RECIPE = {"kind": "subjects", "seed": 0, "clean": {"train": 6, "val": 2, "test": 2}}
CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture
def build(faces: Any, index: pd.DataFrame) -> Callable[..., FaceDataModule]:
    def make(store: Any = faces, about: pd.DataFrame = index, **settings: Any) -> FaceDataModule:
        split = make_split(index, "clean", RECIPE)
        given = {"items": partial(items.frame, views=["frontal"]), "target": Classes(CLASSES), "column": "emotion"}
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


def test_shares_are_taught_in_place_of_classes_in_training_alone(
    build: Callable[..., FaceDataModule], index: pd.DataFrame
) -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(len(CLASSES)), len(index))
    taught = pd.DataFrame(shares, index=index["id"], columns=list(CLASSES))
    data = build(taught=taught[list(reversed(CLASSES))])  # in whatever order they stand
    for batch in data.train_dataloader():
        own = taught.loc[data.table["video"].to_numpy()[batch["item"].numpy()]].to_numpy()
        assert batch["target"].numpy() == pytest.approx(own)
    (first, *_) = data.val_dataloader()
    assert first["target"].dtype == torch.int64
    assert data.counts() == build().counts()


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
        build(target=Classes(("happiness", "sadness")))


def test_an_unknown_target_names_the_columns(build: Callable[..., FaceDataModule]) -> None:
    with pytest.raises(ConfigError, match="emotion"):
        build(column="mood")


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


@pytest.mark.parametrize("name", sorted(path.stem for path in CONF.glob("augmentation/*.yaml")))
def test_each_augmentation_is_configured(name: str) -> None:
    augmentation = instantiate(compose(["cell=universal/alexnet", f"augmentation={name}"])["augmentation"])
    assert (augmentation == Augmentation()) is (name == "none")


LABELS = Labels(("AU1", "AU2"))


def test_labels_may_be_known_of_each_face(build: Callable[..., FaceDataModule]) -> None:
    faces = len(build().store.frames)
    known = pd.DataFrame({"y0": np.arange(faces) % 2, "y1": np.where(np.arange(faces) % 3, np.nan, 1.0)})
    data = build(target=LABELS, column="action_units", truth=known)
    assert list(data.table) == ["item", "video", "subject", "part", "y0", "y1"]
    rows = data.items.rows
    np.testing.assert_array_equal(data.table[["y0", "y1"]].to_numpy(float), known.to_numpy(float)[rows])
    batch = next(iter(data.train_dataloader()))
    assert batch["target"].dtype == torch.float32
    np.testing.assert_array_equal(batch["target"].numpy(), known.to_numpy("float32")[rows[batch["item"].numpy()]])


def test_a_clip_has_what_is_known_of_its_middle_face(build: Callable[..., FaceDataModule]) -> None:
    known = pd.DataFrame({"y0": np.arange(len(build().store.frames), dtype=float), "y1": 0.0})
    clips = partial(items.clip, views=["frontal"], length=3)
    data = build(target=Values(("valence", "arousal")), column="affect", truth=known, items=clips)
    np.testing.assert_array_equal(data.table["y0"].to_numpy(), data.items.rows[:, 1])


def test_labels_may_be_known_of_each_video(build: Callable[..., FaceDataModule]) -> None:
    plain = build()
    videos = plain.store.frames["id"].unique()
    about = pd.DataFrame({"id": videos, "subject": [name[:3] for name in videos]})
    about = about.assign(AU1=1.0, AU2=[np.nan if i % 2 else 0.0 for i in range(len(videos))])
    table = build(about=about, target=LABELS, column="action_units").table
    wanted = about.set_index("id").loc[table["video"], ["AU1", "AU2"]].to_numpy()
    np.testing.assert_array_equal(table[["y0", "y1"]].to_numpy(), wanted)


def test_what_goes_by_class_is_refused_for_other_targets(build: Callable[..., FaceDataModule]) -> None:
    known = pd.DataFrame(np.zeros((len(build().store.frames), 2)), columns=["y0", "y1"])
    with pytest.raises(ConfigError, match=r"sampling=Balanced .* 'action_units' .* labels"):
        build(target=LABELS, column="action_units", truth=known, sampling=Balanced())
    with pytest.raises(ConfigError, match="'AU1'"):
        build(target=LABELS, column="action_units")


def test_items_and_videos_are_counted_by_class(build: Callable[..., FaceDataModule]) -> None:
    data = build()
    for part in ("train", "val", "test"):
        rows = data.table[data.table["part"] == part]
        for number, name in enumerate(data.target.names):
            own = rows[rows["label"] == number]
            assert data.counts(part)[name] == len(own)
            assert data.counts(part, videos=True)[name] == own["video"].nunique()
    assert sum(data.counts().values()) == len(data.items.numbers("train"))
    known = pd.DataFrame(np.zeros((len(data.store.frames), 2)), columns=["y0", "y1"])
    with pytest.raises(ConfigError, match="a loss by class, and a target of labels"):
        build(target=LABELS, column="action_units", truth=known).counts()
