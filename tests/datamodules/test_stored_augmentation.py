"""Copies of training images, made before training: how many, of what, in which part; kept once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hydra.utils import instantiate

from fer_lab.configs import compose
from fer_lab.datamodules import items, stored_augmentation
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.splits import PARTS
from fer_lab.datamodules.stored_augmentation import StoredAugmentation
from fer_lab.errors import ConfigError
from fer_lab.evaluation.targets import Classes, Labels
from fer_lab.faces.actions import Action
from tests.drawing import make_split

CLASSES = ("happiness", "sadness", "anger")
RECIPE = {"kind": "subjects", "seed": 0, "clean": {"train": 6, "val": 2, "test": 2}}
FLIP, NOISE = Action(flip=True), Action(noise=0.1)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def build(faces: Any, index: pd.DataFrame) -> Callable[..., FaceDataModule]:
    faces.key = "memory"

    def make(how: StoredAugmentation | None, **settings: Any) -> FaceDataModule:
        split = make_split(index, "clean", RECIPE)
        given = {"items": partial(items.frame, views=["frontal"]), "target": Classes(CLASSES), "column": "emotion"}
        return FaceDataModule(faces, index, split, **(given | settings), stored_augmentation=how)

    return make


def test_each_class_gets_its_share_and_only_in_training(build: Callable[..., FaceDataModule]) -> None:
    plain = build(None)
    data = build(StoredAugmentation({"sadness": 0.25, "anger": 2.0}, [FLIP, NOISE]))
    before, after = plain.counts(), data.counts()
    assert after == {"happiness": 60, "sadness": 72 + 18, "anger": 18 * 3}
    assert before == {"happiness": 60, "sadness": 72, "anger": 18}
    for part in PARTS:
        ids = set(data.table.loc[data.table["part"] == part, "video"])
        assert ids == set(plain.table.loc[plain.table["part"] == part, "video"])  # a copy has its image's id
        if part != "train":
            assert len(data.items.numbers(part)) == len(plain.items.numbers(part))
    assert not data.split.shared("test", "train")


def test_a_copy_is_its_image_changed_and_its_class_the_same(build: Callable[..., FaceDataModule], faces: Any) -> None:
    data = build(StoredAugmentation({"anger": 1.0}, [FLIP]))
    (shown,) = data.items.gather(data.items.numbers("train"))
    table = data.table[data.table["part"] == "train"]
    rows = data.items.rows[data.items.numbers("train")]
    copies = rows >= len(faces.frames)
    assert copies.sum() == 18
    originals = data.store.frames.iloc[rows[copies]]
    for picture, video, frame in zip(shown[copies], originals["id"], originals["frame"], strict=True):
        row = faces.frames[(faces.frames["id"] == video) & (faces.frames["frame"] == frame)]["row"].item()
        assert np.array_equal(picture.permute(1, 2, 0).numpy(), faces.pixels[row][:, ::-1])
    assert (table["label"][copies] == CLASSES.index("anger")).all()
    assert table["video"][copies].str.endswith("/anger").all()


@pytest.mark.parametrize("threads", [1, 3])
def test_they_are_made_once_and_are_the_same_bytes(
    build: Callable[..., FaceDataModule], cache: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(stored_augmentation, "usable_cores", lambda: threads)
    monkeypatch.setattr(stored_augmentation, "AT_ONCE", 7)
    how = StoredAugmentation({"happiness": 0.5, "sadness": 1.5}, [FLIP, NOISE], seed=3)
    build(how)
    (made,) = cache.glob("augmented/*/copies.npy")
    pixels, when = np.load(made), made.stat().st_mtime_ns
    assert (int(pixels.sum()), pixels.shape) == (812055, (138, 4, 4, 3))
    build(how)
    assert made.stat().st_mtime_ns == when
    build(StoredAugmentation({"happiness": 0.5, "sadness": 1.5}, [FLIP, NOISE], seed=4))
    assert len(list(cache.glob("augmented/*/copies.npy"))) == 2


def test_shares_of_nothing_change_nothing(build: Callable[..., FaceDataModule], cache: Path) -> None:
    data = build(StoredAugmentation({"anger": 0.01}, [FLIP]))  # less than half a copy
    assert data.counts() == build(None).counts()
    assert len(data.items.gather(data.items.numbers("train"))[0]) == 150
    assert not list(cache.glob("augmented/*"))


@pytest.mark.parametrize(
    ("shares", "actions", "expected"),
    [({"joy": 1.0}, [FLIP], "'joy'"), ({"anger": -1.0}, [FLIP], "0 or more"), ({"anger": 1.0}, [], "one or more")],
)
def test_what_cannot_be_done(
    build: Callable[..., FaceDataModule], shares: dict[str, float], actions: list[Action], expected: str
) -> None:
    with pytest.raises(ConfigError, match=expected):
        build(StoredAugmentation(shares, actions))


def test_labels_and_points_have_no_copies(build: Callable[..., FaceDataModule], index: pd.DataFrame) -> None:
    how = StoredAugmentation({"anger": 1.0}, [FLIP])
    labels = index.assign(a=1.0, b=0.0)
    with pytest.raises(ConfigError, match="a target of labels"):
        FaceDataModule(
            build(None).store, labels, build(None).split, partial(items.frame, views=["frontal"]),
            Labels(("a", "b")), "units", stored_augmentation=how,
        )  # fmt: skip
    with pytest.raises(ConfigError, match="landmarks of augmented copies"):
        build(how, items=partial(items.frame_geometry, views=["frontal"], components=3))


def test_the_four_actions_are_those_of_section_6_4() -> None:
    chosen = ["cell=universal/alexnet", "stored_augmentation=four_actions", "augmentation=four_actions"]
    config = compose(chosen)
    how, as_shown = (instantiate(config[group]) for group in ("stored_augmentation", "augmentation"))
    assert [action.turn for action in how.actions] == [2, 3, -2, 2]
    assert all(isinstance(action, Action) and action.flip for action in how.actions)
    assert how.shares["anger"] == 0  # Table 6.2
    assert how.shares["happiness"] == pytest.approx(2466 / 2839, abs=1e-4)
    assert as_shown.actions == how.actions
    assert as_shown.share == pytest.approx(7562 / 35741, abs=1e-4)


BUILD = """
import os, signal, sys
from types import SimpleNamespace
import numpy as np, pandas as pd
from fer_lab.datamodules import stored_augmentation as module
from fer_lab.faces.actions import Action

class Fatal(Action):  # known by the same settings
    left = int(sys.argv[1])

    def __call__(self, image, rng):
        type(self).left -= 1
        if not type(self).left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(image, rng)

module.AT_ONCE = 16
pixels = np.random.default_rng(0).integers(0, 256, (40, 24, 24, 3), dtype=np.uint8)
faces = SimpleNamespace(frames=pd.DataFrame({"row": range(40)}), key="k", view=lambda name: pixels)
how = module.StoredAugmentation({}, [Fatal(flip=True, turn=3.0, noise=0.1)])
rows = np.arange(400) % 40
module.AugmentedFaces(faces, how, module.Chosen(rows, np.zeros_like(rows))).view("face")
"""


def test_writing_that_is_killed_leaves_nothing_and_the_next_gives_the_same_bytes(cache: Path) -> None:
    def write(folder: Path, until: int) -> int:
        environment = {**os.environ, "FER_LAB_CACHE": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run([sys.executable, "-c", BUILD, str(until)], env=environment).returncode

    def copies(folder: Path) -> bytes:
        (made,) = (folder / "augmented").glob("*/copies.npy")
        assert not list((folder / "augmented").glob(".*.part-*/*"))
        return made.read_bytes()

    broken, whole = cache / "broken", cache / "whole"
    assert write(broken, 150) == -signal.SIGKILL
    assert not list((broken / "augmented").glob("[!.]*/*"))
    assert write(broken, 0) == write(whole, 0) == 0
    assert copies(broken) == copies(whole)
