"""What holds for every task; the tests of one inherit it and say which task and target are meant."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest
import torch
from hydra.utils import instantiate

from fer_lab.configs import compose
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.loader import Batch
from fer_lab.errors import ConfigError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes, Labels, Values
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.kinds import OPTIONS
from fer_lab.tasks.predictions import predict
from tests.tasks.broken_runs import Kill, KilledError, Run

NAMES = ("happiness", "sadness", "anger")
TARGETS: tuple[Target, ...] = (Classes(NAMES), Labels(NAMES), Values(NAMES))
STEPS = 9
"""Not a whole number of epochs: one of 72 items in batches of 16 takes five."""
MakeData, MakeTask = Callable[[Target], FaceDataModule], Callable[..., FaceTask]


class TaskContract:
    """Inherit it as ``class TestX(TaskContract)``."""

    kind: ClassVar[type[FaceTask]]
    target: ClassVar[Target]

    @pytest.fixture
    def data(self, make_data: MakeData) -> FaceDataModule:
        return make_data(self.target)

    @pytest.fixture
    def task(self, make_task: MakeTask) -> FaceTask:
        return make_task(kind=self.kind, target=self.target)

    def test_a_step_gives_a_finite_loss_and_gradients(self, task: FaceTask, data: FaceDataModule) -> None:
        loss = task.training_step(first_batch(task, data), 0)
        loss.backward()
        assert torch.isfinite(loss)
        gradients = [p.grad for p in task.model.parameters() if p.requires_grad]
        assert all(g is not None and torch.isfinite(g).all() for g in gradients)
        assert any(g.abs().sum() > 0 for g in gradients)

    def test_training_lowers_the_loss(self, task: FaceTask, data: FaceDataModule, tmp_path: Path) -> None:
        Run(tmp_path, task, data).fit()
        history = pd.read_csv(tmp_path / "history.csv")
        assert history["train/loss"].iloc[-1] < history["train/loss"].iloc[0]
        assert history[f"val/{self.target.main}"].notna().all()
        assert (history["val/loss"] > 0).all()
        assert history["step"].tolist() == [5, 10, 15, 20]

    def test_answers_are_those_of_the_target(self, task: FaceTask, data: FaceDataModule) -> None:
        scores = predict(task, data.predict_dataloader())
        assert list(scores) == ["item", *self.target.answer_columns]
        stored = "float32" if self.target.kind == "values" else "float16"
        assert set(scores.dtypes[1:].astype(str)) == {stored}
        assert sorted(scores["item"]) == data.table["item"].tolist()

    def test_a_target_of_another_kind_is_refused_with_the_right_task(self, make_task: MakeTask) -> None:
        for other in TARGETS:
            if other.kind != self.target.kind:
                with pytest.raises(ConfigError, match=f"{self.target.kind}.*{other.kind}") as caught:
                    make_task(kind=self.kind, target=other)
                assert f"task={OPTIONS[other.kind]}" in str(caught.value)

    def test_the_configured_task_takes_what_a_run_gives(self, task: FaceTask) -> None:
        config = compose([f"task={OPTIONS[self.target.kind]}", "data=generated"])["task"]
        given = {"optimizer": task.optimizer, "scheduler": task.scheduler, "target": self.target}
        made = instantiate(config)(model=task.model, seed=3, augmentation=task.augmentation, **given)
        assert type(made) is self.kind
        assert repr(made.loss) == repr(made.usual_loss())

    @pytest.mark.parametrize("kill", [Kill(0, "batch", 1), Kill(0, "epoch"), Kill(1, "batch", 1)], ids=str)
    def test_a_run_of_steps_that_breaks_goes_on_as_if_unbroken(
        self, make_task: MakeTask, data: FaceDataModule, tmp_path: Path, kill: Kill
    ) -> None:
        def run(folder: str) -> Run:
            (tmp_path / folder).mkdir(exist_ok=True)
            return Run(tmp_path / folder, make_task(kind=self.kind, target=self.target), copy.copy(data))

        whole, broken = run("whole").fit(steps=STEPS), run("broken")
        with pytest.raises(KilledError):
            broken.fit(kill, steps=STEPS)
        torch.manual_seed(999)
        resumed = run("broken")
        resumed.scores = broken.scores
        resumed.fit(steps=STEPS)
        assert list(resumed.scores) == list(whole.scores) == [0, 1]
        for epoch, scores in whole.scores.items():
            pd.testing.assert_frame_equal(resumed.scores[epoch], scores, check_exact=True)
        for name in ("history.csv", "losses.csv", "weights.safetensors"):
            assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()

    def test_a_last_epoch_that_steps_cut_off_is_sealed_like_a_whole_one(
        self, task: FaceTask, data: FaceDataModule, tmp_path: Path
    ) -> None:
        run = Run(tmp_path, task, data).fit(steps=STEPS)
        history, losses = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("history", "losses"))
        assert history["step"].tolist() == [5, STEPS]
        assert losses["step"].tolist() == list(range(1, STEPS + 1))
        assert losses["loss"][:5].mean() == pytest.approx(history["train/loss"][0], rel=0.2)  # of batches
        assert set(run.scores[0]["part"]) == {"val", "test"}
        assert set(run.scores[1]["part"]) == {"train", "val", "test"}
        assert torch.load(run.checkpoint, weights_only=True)["global_step"] == STEPS
        before = run.checkpoint.read_bytes()
        again = Run(tmp_path, task, data).fit(steps=STEPS)
        assert not again.scores
        assert run.checkpoint.read_bytes() == before


class UnknownContract(TaskContract):
    """Of the tasks whose targets may be known in part."""

    def test_what_is_not_known_has_no_part_in_loss_and_gradient(self, task: FaceTask, data: FaceDataModule) -> None:
        batch = first_batch(task, data)
        unknown = batch["target"].isnan()
        assert unknown.any()
        outputs = torch.randn(batch["target"].shape, requires_grad=True)
        loss = task.loss(outputs, batch["target"])
        (gradient,) = torch.autograd.grad(loss, outputs)
        assert (gradient[unknown] == 0).all()
        assert (gradient[~unknown] != 0).all()
        elsewhere = torch.where(unknown, outputs + 100, outputs)
        assert task.loss(elsewhere, batch["target"]) == loss

    def test_the_loss_is_the_mean_over_what_is_known(self, task: FaceTask) -> None:
        outputs, target = torch.tensor([[0.3, -2.0, 0.5]]), torch.tensor([[1.0, 0.0, torch.nan]])
        alone = [task.loss(outputs[:, i : i + 1], target[:, i : i + 1]) for i in range(2)]
        torch.testing.assert_close(task.loss(outputs, target), sum(alone) / 2)

    def test_a_batch_of_which_nothing_is_known_trains_nothing(self, task: FaceTask, data: FaceDataModule) -> None:
        batch = first_batch(task, data)
        batch = {**batch, "target": torch.full_like(batch["target"], torch.nan)}
        loss = task.training_step(batch, 0)
        loss.backward()
        assert loss == 0
        assert all((p.grad == 0).all() for p in task.model.parameters() if p.requires_grad)


def first_batch(task: FaceTask, data: FaceDataModule) -> Batch:
    """The first training batch as a step sees it."""
    found: Any = task.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    return found
