from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from pytorch_lightning import Trainer

from fer_lab.datamodules.augment import Augment
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.predictions import predict
from fer_lab.tasks.trunk import train_head_alone

MakeTask = Callable[..., Classification]


def fit(task: Classification, data: FaceDataModule) -> Classification:
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    Trainer(max_epochs=2, accelerator="cpu", enable_model_summary=False, limit_val_batches=0, **quiet).fit(
        task, datamodule=data
    )
    return task


def test_a_head_trained_alone_is_the_head_trained_with_its_trunk(make_task: MakeTask, data: FaceDataModule) -> None:
    through, alone = make_task(), make_task()
    through.augment = alone.augment = Augment()
    through_scores = predict(fit(through, data), data.test_dataloader())
    assert train_head_alone(alone, data)
    alone_scores = predict(fit(alone, data), data.test_dataloader())
    assert (alone_scores["item"] == through_scores["item"]).all()
    assert alone_scores.to_numpy() == pytest.approx(through_scores.to_numpy(), abs=2e-3)
    for name, value in through.model.head.state_dict().items():
        torch.testing.assert_close(alone.model.head.state_dict()[name], value, rtol=1e-3, atol=1e-4)


def test_outputs_belong_to_their_items(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task()
    task.augment = Augment()
    before = predict(task, data.predict_dataloader())
    train_head_alone(task, data)
    after = predict(task, data.predict_dataloader())
    assert after.to_numpy() == pytest.approx(before.to_numpy(), abs=1e-3)
    assert data.items["item"].tolist() == sorted(after["item"])


def test_augmented_or_trained_trunks_stay_in_the_loop(make_task: MakeTask, data: FaceDataModule) -> None:
    source, task = data.source, make_task()
    assert not train_head_alone(task, data)
    task.augment, task.model.frozen = Augment(), ()
    assert not train_head_alone(task, data)
    assert data.source is source
    assert not task.head_alone
