from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
import torch
from hydra.utils import instantiate
from torch.nn import functional as F

from fer_lab.configs import compose
from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.errors import StoreError
from fer_lab.evaluation.targets import Classes
from fer_lab.tasks.base import as_floats, step_seed
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.predictions import extract_features, predict
from fer_lab.tasks.weights import trained_names, trained_state

MakeTask = Callable[..., Classification]


def test_only_images_are_scaled() -> None:
    image, vector = torch.tensor([[0, 255]], dtype=torch.uint8), torch.tensor([[7.0]])
    out = as_floats((image, vector))
    assert out[0].tolist() == [[0.0, 1.0]]
    assert out[1] is vector


def test_steps_have_seeds_of_their_own() -> None:
    seeds = {step_seed(s, e, b) for s in range(3) for e in range(5) for b in range(20)}
    assert len(seeds) == 300
    assert step_seed(1, 2, 3) == step_seed(1, 2, 3)


def test_the_optimiser_gets_what_trains_alone(make_task: MakeTask) -> None:
    task = make_task()
    (group,) = task.configure_optimizers()["optimizer"].param_groups
    assert {id(p) for p in group["params"]} == {id(p) for p in task.model.head.parameters()}


def test_weights_of_convolutions_lie_channels_last(make_task: MakeTask) -> None:
    weight = make_task().model.backbone[0].weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not weight.is_contiguous()


def test_shares_of_classes_are_learned_and_the_largest_is_right(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task()
    batch = task.on_after_batch_transfer(next(iter(data.val_dataloader())), 0)
    shares = F.one_hot(batch["target"], len(task.target.names)).float() * 0.8 + 0.2 / len(task.target.names)
    torch.manual_seed(0)
    loss = task.training_step({**batch, "target": shares}, 0).detach()
    expected = -(shares * task.found[1].log_softmax(dim=1)).sum(dim=1).mean()
    torch.testing.assert_close(loss, expected)
    task.configure_metrics()
    for target in (shares, batch["target"]):
        task.count(task.found[1], target)
        assert task.train_accuracy.compute() == (task.found[1].argmax(dim=1) == batch["target"]).float().mean()
        task.train_accuracy.reset()


def test_a_step_depends_on_its_number_and_the_seed_alone(make_task: MakeTask, data: FaceDataModule) -> None:
    def loss(seed: int, batch_idx: int, noise: int) -> float:
        task = make_task(seed)
        torch.manual_seed(noise)
        batch = task.on_after_batch_transfer(next(iter(data.val_dataloader())), 0)
        return float(task.training_step(batch, batch_idx).detach())

    assert loss(0, 0, 1) == loss(0, 0, 2)
    assert loss(0, 0, 1) != loss(0, 1, 1)
    assert loss(0, 0, 1) != loss(1, 0, 1)


def test_predictions_are_probabilities_of_every_item(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task()
    task.train()
    scores = predict(task, data.predict_dataloader())
    assert sorted(scores["item"]) == data.table["item"].tolist()
    assert list(scores) == ["item", "p0", "p1", "p2"]
    assert set(scores.dtypes[1:].astype(str)) == {"float16"}
    assert scores.iloc[:, 1:].astype(float).sum(axis=1).to_numpy() == pytest.approx(1, abs=2e-3)
    assert task.model.head.training
    assert not task.model.backbone.training


def test_predictions_do_not_depend_on_the_batch(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task()
    whole = predict(task, data.val_dataloader())
    data.batch_size = 3
    assert (predict(task, data.val_dataloader())["item"] == whole["item"]).all()
    assert predict(task, data.val_dataloader())["p0"].to_numpy() == pytest.approx(whole["p0"].to_numpy(), abs=1e-3)


def test_half_precision_is_used_where_asked(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task()
    exact, half = (predict(task, data.val_dataloader(), p)["p0"].to_numpy() for p in ("32-true", "bf16-mixed"))
    assert (exact != half).any()
    assert half == pytest.approx(exact, abs=0.02)


def test_mirrored_predictions_do_not_depend_on_the_side(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task(mirror=True).eval()
    batch = task.on_after_batch_transfer(next(iter(data.val_dataloader())), 0)
    other = {**batch, "inputs": tuple(x.flip(-1) for x in batch["inputs"])}
    torch.testing.assert_close(task.predict_step(batch, 0)[1], task.predict_step(other, 0)[1])
    plain = make_task().eval()
    assert not torch.allclose(plain.predict_step(batch, 0)[1], task.predict_step(batch, 0)[1])


def test_looks_of_the_end_are_not_of_validation(make_task: MakeTask, data: FaceDataModule) -> None:
    plain, all_looks, last = (
        make_task(),
        make_task(mirror=True, crop=0.75),
        make_task(mirror=True, crop=0.75, looks="final"),
    )
    (images, *_) = as_floats(next(iter(data.val_dataloader()))["inputs"])
    plain_answers, of_looks = (task.eval().answers(task.model, (images,)) for task in (plain, all_looks))
    last.eval().on_fit_start()
    torch.testing.assert_close(last.answers(last.model, (images,)), plain_answers)
    last.on_fit_end()
    torch.testing.assert_close(last.answers(last.model, (images,)), of_looks)
    assert not torch.allclose(plain_answers, of_looks)


def test_crops_are_five_and_with_mirror_images_ten(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task(mirror=True, crop=0.75).eval()
    batch = task.on_after_batch_transfer(next(iter(data.val_dataloader())), 0)
    (images,) = batch["inputs"]
    side = images.shape[-1]
    cut = round(side * 0.75)
    ends = (0, side - cut)
    places = [*product(ends, ends), ((side - cut) // 2, (side - cut) // 2)]
    crops = [images[..., top : top + cut, left : left + cut] for top, left in places]
    seen = [F.interpolate(crop, size=(side, side), mode="bilinear", align_corners=False) for crop in crops]
    answers = [task.activation(task.model(look)) for crop in seen for look in (crop, crop.flip(-1))]
    assert len(answers) == 10
    torch.testing.assert_close(task.predict_step(batch, 0)[1], torch.stack(answers).mean(0))


def test_features_are_what_the_last_layer_sees(make_task: MakeTask, data: FaceDataModule) -> None:
    task = make_task()
    features = extract_features(task.model, data.val_dataloader())
    assert features.shape == (len(data.items.numbers("val")), 6)
    scores = predict(task, data.val_dataloader())[["p0", "p1", "p2"]].to_numpy(float)
    logits = task.model.head.last(torch.from_numpy(features)).detach()
    assert scores == pytest.approx(logits.softmax(-1).numpy(), abs=1e-3)


def test_what_is_saved_is_what_trains(make_task: MakeTask) -> None:
    model = make_task().model
    assert set(trained_names(model)) == {name for name in model.state_dict() if name.startswith("head.")}
    assert all(value.is_contiguous() for value in trained_state(model).values())


def test_a_checkpoint_holds_no_frozen_weights_and_must_hold_all_others(make_task: MakeTask) -> None:
    task = make_task()
    checkpoint = {"state_dict": task.state_dict()}
    task.on_save_checkpoint(checkpoint)
    assert not [key for key in checkpoint["state_dict"] if "backbone" in key]
    task.on_load_checkpoint(checkpoint)
    del checkpoint["state_dict"]["model.head.last.bias"]
    with pytest.raises(StoreError, match=r"model\.head\.last\.bias"):
        task.on_load_checkpoint(checkpoint)


def test_the_configured_task_takes_what_a_run_gives(make_task: MakeTask) -> None:
    given = make_task()
    config = compose(["task=classification", "data=generated"])["task"]
    task = instantiate(config)(
        model=given.model,
        optimizer=given.optimizer,
        scheduler=given.scheduler,
        seed=3,
        target=Classes(("a", "b")),
        augmentation=Augmentation(),
    )
    assert isinstance(task, Classification)
    assert task.target.names == ("a", "b")
    assert task.loss.label_smoothing == config["loss"]["label_smoothing"]
