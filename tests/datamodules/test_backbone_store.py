"""Outputs of frozen blocks: the same as without a store, shared, rebuilt when damaged, not made when too large."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pytorch_lightning import Trainer

from fer_lab.datamodules import items
from fer_lab.datamodules.backbone_store import with_stored_blocks
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.items import Items
from fer_lab.evaluation.targets import Classes
from fer_lab.models.base import FaceModel
from fer_lab.models.cnn_rnn import CnnRnn
from fer_lab.models.faceres import FaceRes
from fer_lab.models.fine_tuned import FineTuned
from fer_lab.models.precision import autocast
from fer_lab.models.two_stream import TwoStream
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace
from fer_lab.storage import cache_root
from fer_lab.tasks.base import as_floats
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.predictions import predict
from fer_lab.tasks.weights import as_channels_last
from tests.drawing import make_split

CLASSES = ("happiness", "sadness", "anger")
CPU = torch.device("cpu")
STILLS = partial(items.frame, views=["frontal"])


def backbone(pooling: Any = "max") -> VggBackbone:
    return VggBackbone(1 / 16, 32, pooling)


MODELS = {
    "all": (lambda: VGGFace(3, backbone()), STILLS),
    "first": (lambda: VGGFace(3, backbone("none"), freeze="first"), STILLS),
    "two": (lambda: TwoStream(3, backbone(), backbone("average")), partial(items.frame, views=["frontal", "face"])),
    "images": (lambda: CnnRnn(3, backbone(), "gru", hidden=8), partial(items.clip_images, views=["frontal"], length=3)),
}


@pytest.fixture(scope="module")
def make_data(make_faces: Any, index: pd.DataFrame) -> Any:
    pixels = np.random.default_rng(0).integers(0, 256, (150, 32, 32, 3), dtype=np.uint8)
    views = {"frontal": pixels, "face": pixels[:, ::-1]}
    store = SimpleNamespace(frames=make_faces(5).frames, landmarks=None, view=views.__getitem__)
    recipe = {"kind": "subjects", "seed": 0, "clean": {"train": 6, "val": 2, "test": 2}}
    split = make_split(index, "clean", recipe)
    return lambda kind: FaceDataModule(store, index, split, kind, Classes(CLASSES), "emotion", 16)


def stored(made: Items, model: FaceModel, precision: str = "32-true", max_gb: float = 1.0) -> Items:
    return with_stored_blocks(made, model.backbones(), "faces", device=CPU, precision=precision, max_gb=max_gb)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_gives_the_same_with_a_store(name: str, precision: str, make_data: Any) -> None:
    make, kind = MODELS[name]
    model, data = as_channels_last(make()), make_data(kind)
    without, numbers = copy.deepcopy(model).eval(), np.arange(16)
    made = stored(data.items, model, precision)
    model.eval()
    assert [t.done for t in model.backbones()] == [2 if name == "first" else 5] * len(model.backbones())
    with torch.inference_mode(), autocast(CPU, precision):
        expected = without(*as_floats(data.items.gather(numbers)))
        assert torch.equal(model(*as_floats(made.gather(numbers))), expected)
    assert expected.std() > 0


@pytest.mark.parametrize("name", MODELS)
def test_a_run_gives_the_same_scores_with_a_store(name: str, make_data: Any) -> None:
    make, kind = MODELS[name]
    torch.manual_seed(0)
    model, found = make(), []
    for store in (False, True):
        data = make_data(kind)
        optimizer = partial(torch.optim.Adam, lr=1e-3)
        constant = partial(torch.optim.lr_scheduler.ConstantLR, factor=1.0)
        task = Classification(copy.deepcopy(model), optimizer, constant, 0, Classes(CLASSES))
        if store:
            data.items = stored(data.items, task.model)
        quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        trainer = Trainer(max_epochs=2, accelerator="cpu", enable_model_summary=False, limit_val_batches=0, **quiet)
        trainer.fit(task, datamodule=data)
        found.append((predict(task, data.predict_dataloader()), task.model.head.state_dict()))
    (scores, weights), (scores_stored, weights_stored) = found
    pd.testing.assert_frame_equal(scores, scores_stored)
    assert all(torch.equal(value, weights_stored[key]) for key, value in weights.items())
    assert not any(torch.equal(value, model.head.state_dict()[key]) for key, value in weights.items())


def folders() -> set[Path]:
    return {path.parent for path in cache_root().glob("backbones/*/blocks.npy")}


def test_what_is_frozen_alike_is_stored_once(make_data: Any) -> None:
    model = VGGFace(3, backbone())
    other_pooling = VGGFace(3, backbone("none"), fc=1)
    other_pooling.backbone.load_state_dict(model.backbone.state_dict())
    before = folders()
    for one in (model, other_pooling, copy.deepcopy(model)):
        stored(make_data(STILLS).items, one)
    assert len(folders() - before) == 1
    stored(make_data(STILLS).items, VGGFace(3, backbone()))
    assert len(folders() - before) == 2


@pytest.mark.parametrize("other", [{"image_size": 48}, {"pooling": "max"}])
def test_what_weights_do_not_tell_makes_another_store(other: dict[str, Any], make_data: Any) -> None:
    first = FineTuned(3, FaceRes(image_size=32), layers=1)
    second = FineTuned(3, FaceRes(**{"image_size": 32, **other}), layers=1)
    second.load_state_dict(first.state_dict())
    source = make_data(STILLS).items
    expected = second.eval()(*as_floats(source.gather(np.arange(4))))
    before = folders()
    stored(source, first)
    made = stored(source, second)
    assert len(folders() - before) == 2
    torch.testing.assert_close(second(*as_floats(made.gather(np.arange(4)))), expected)


def test_a_damaged_store_is_made_again(make_data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, before = VGGFace(3, backbone()), folders()
    whole = stored(make_data(STILLS).items, copy.deepcopy(model)).gather(np.arange(4))[0]
    (folder,) = folders() - before
    (folder / "blocks.npy").write_bytes(b"\0" * (folder / "blocks.npy").stat().st_size)
    monkeypatch.setattr("fer_lab.storage._checked", set())
    assert torch.equal(stored(make_data(STILLS).items, model).gather(np.arange(4))[0], whole)


def test_nothing_is_stored_beyond_the_limit_or_in_front_of_what_trains(make_data: Any) -> None:
    before = folders()
    too_large, trained = VGGFace(3, backbone()), VGGFace(3, backbone(), freeze="none")
    for model, limit in ((too_large, 1e-6), (trained, 1.0)):
        source = make_data(STILLS).items
        assert stored(source, model, max_gb=limit).sources == source.sources
        assert model.backbones()[0].done == 0
    assert folders() == before
