"""What all tasks share: steps, predictions, checkpoints. What an item is asked for is the matter of each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import Any, ClassVar, cast

import numpy as np
import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchmetrics import MeanMetric

from fer_lab.datamodules.augmentation import Augmentation, Changes
from fer_lab.datamodules.loader import Batch
from fer_lab.errors import ConfigError, StoreError
from fer_lab.evaluation.target import Kind, Target
from fer_lab.models.base import FaceModel
from fer_lab.tasks.kinds import check_kind
from fer_lab.tasks.looks import Inputs, mean_answer
from fer_lab.tasks.micro import MicroBatch, in_pieces, trained_statistics, until_it_fits
from fer_lab.tasks.over_epoch import OverEpoch
from fer_lab.tasks.penalty import Penalty
from fer_lab.tasks.ranks import ALONE, Ranks
from fer_lab.tasks.weights import as_channels_last, trained_names

PREFIX, MICRO = "model.", "micro_batch"


class FaceTask(LightningModule):
    """Trains any model of ``fer_lab.models`` on one kind of target.

    Everything random in a step (augmentation, dropout) is a function of (seed, epoch, batch), so that a resumed run
    repeats an unbroken one. Precision is the trainer's.

    Args:
        model: ``model(*inputs)`` gives outputs (B, names) for float inputs; ``model.frozen`` names submodules
            that do not train and stay in evaluation mode.
        optimizer: makes an optimizer of the parameters that train.
        scheduler: makes the schedule of an optimizer's learning rate, stepped after every epoch; one that waits for a
            plateau is given the main metric of validation.
        seed: of augmentation and dropout.
        target: what an item is asked for, of the task's kind.
        augmentation: changes of training batches; None leaves them as they are.
        loss: of outputs (B, names) and targets (``datamodules.loader.Batch``); None is the task's usual one.
        penalty: of the model, added to the loss; none by default.
        average: decay, in (0, 1), of the exponential moving average of the weights that predicts; None predicts with
            the weights that train.
        mirror: whether predictions are means over an item's images and their mirror images.
        crop: predictions are means over five crops of this share of an image's side, in (0, 1); None: over no crops.
        looks: ``final``: as long as it trains, predictions are of images as they are; those mirrored and cropped are
            for what is opened at the end. None: for all.

    Attributes:
        kind: the kind of target it is for.
        stored: the precision in which its answers are kept.
        ranks: who trains it together; this process alone, unless it is told otherwise before it trains.
        micro: how many items go through the network at a time.

    Raises:
        ConfigError: the target is of another kind, or the task's kind is none.
    """

    kind: ClassVar[Kind]
    stored: ClassVar[type[np.floating[Any]]] = np.float16

    def __init__(
        self,
        model: FaceModel,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        scheduler: Callable[[Optimizer], LRScheduler],
        seed: int,
        target: Target,
        augmentation: Changes | None = None,
        loss: nn.Module | None = None,
        penalty: Penalty | None = None,
        average: float | None = None,
        mirror: bool | None = None,
        crop: float | None = None,
        looks: str | None = None,
    ) -> None:
        super().__init__()
        check_kind(type(self).__name__, self.kind, target.kind)
        self.optimizer, self.scheduler = optimizer, scheduler
        self.seed, self.target = seed, target
        self.augmentation: Changes = augmentation or Augmentation()
        self.strict_loading = False  # a checkpoint lacks what is frozen; on_load_checkpoint checks all else
        self.average, self.mirror, self.crop = average, bool(mirror), crop
        self.looks, self.fitting = looks, False
        self.averaged: AveragedModel | None = None
        self.ranks: Ranks = ALONE
        self.micro = MicroBatch()
        self.configure_models(model)
        self.configure_losses(loss, penalty)
        self.configure_metrics()

    def configure_models(self, model: FaceModel) -> None:
        """Lay out the weights as the convolutions like them; what is frozen the model keeps frozen itself."""
        self.model = as_channels_last(model)

    def configure_model(self) -> None:
        """Lightning calls it before a checkpoint is read: the average of the weights is part of one."""
        if self.average is not None and self.averaged is None:
            rule = get_ema_multi_avg_fn(self.average)  # type: ignore[no-untyped-call]
            self.averaged = AveragedModel(self.model, multi_avg_fn=rule, use_buffers=True)

    @property
    def predictor(self) -> FaceModel:
        """The network that predicts and whose weights are kept: the average, or the one that trains."""
        return self.model if self.averaged is None else cast(FaceModel, self.averaged.module)

    def configure_losses(self, loss: nn.Module | None, penalty: Penalty | None) -> None:
        """The loss that was given, or the task's usual one; and what is added to it."""
        self.loss, self.penalty = loss or self.usual_loss(), penalty

    @abstractmethod
    def usual_loss(self) -> nn.Module:
        """The loss of a task that is given none."""

    @abstractmethod
    def activation(self, outputs: Tensor) -> Tensor:
        """Answers (B, names) from the network's outputs (B, names), float32 both."""

    def configure_metrics(self) -> None:
        """The mean loss over the training items of an epoch, as they were shown."""
        self.train_loss = OverEpoch(MeanMetric(nan_strategy="disable", sync_on_compute=False))  # each rank has all

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """The optimizer, over what trains alone, and the schedule of its learning rate.

        Raises:
            ConfigError: nothing in the model trains.
        """
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        if not trained:
            raise ConfigError(f"nothing in {type(self.model).__name__} trains", do="set epochs=0 and steps=null")
        optimizer = self.optimizer(trained)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.scheduler(optimizer), "reduce_on_plateau": False},
        }

    def lr_scheduler_step(self, scheduler: Any, metric: Any | None) -> None:
        """Step as Lightning does, before validation is scored; what waits for a plateau is stepped by ``validated``.

        Lightning would step that after the checkpoint, from which a run then goes on without it.
        """
        if not isinstance(scheduler, ReduceLROnPlateau):
            super().lr_scheduler_step(scheduler, metric)

    def validated(self, value: float) -> None:
        """Tell the schedule the main metric of validation after an epoch; one that waits for a plateau is stepped."""
        scheduler = self.lr_schedulers()
        if isinstance(scheduler, ReduceLROnPlateau):
            scheduler.step(value)

    def forward(self, *inputs: Tensor) -> Tensor:
        """The network's outputs (B, names)."""
        return cast(Tensor, self.model(*inputs))

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:
        """Take the step into the average."""
        if self.averaged is not None:
            self.averaged.update_parameters(self.model)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Images to float32 in [0, 1], on the device: a quarter of the bytes is moved."""
        return {**batch, "inputs": as_floats(batch["inputs"])}

    def optimizer_step(
        self, epoch: int, batch_idx: int, optimizer: Any, optimizer_closure: Callable[[], Any] | None = None
    ) -> None:
        """One step; where memory runs out before it, what leads to it is done again with half the micro-batch."""
        closure = optimizer_closure
        if closure is not None and self.ranks.count == 1:  # of several ranks the others wait for this one's part
            closure = partial(until_it_fits, closure, self.statistics, self._do_with_less)
        super().optimizer_step(epoch, batch_idx, optimizer, closure)

    @cached_property
    def statistics(self) -> list[Tensor]:
        """The running statistics of batch norms that train."""
        return trained_statistics(self.model)

    @property
    def least(self) -> int:
        """The smallest micro-batch: batch norm needs two items."""
        return 2 if self.statistics and self.ranks.count == 1 else 1

    def _do_with_less(self) -> None:
        self.micro.halve(len(self.shown["item"]), self.least, self.global_step)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of an augmented batch: of all of it, whichever share of it is computed here."""
        self.shown = batch
        generator = seeded(step_seed(self.seed, self.current_epoch, batch_idx), self.device)
        outputs = self._outputs(batch, generator)
        loss: Tensor = self.loss(outputs, batch["target"])
        if self.penalty is not None:
            loss = loss + self.ranks.added_once(self.penalty(self.model))
        self.found = loss.detach(), outputs.detach()
        return loss

    def _outputs(self, batch: Batch, generator: torch.Generator) -> Tensor:
        share = self.ranks.share(len(batch["item"]))
        pieces = self.micro.pieces(share.total, self.ranks, self.least)
        if share.size == share.total and pieces == 1:
            return self(*self.augmentation(batch["inputs"], generator))  # type: ignore[no-any-return]
        inputs = self.augmentation(batch["inputs"], generator, share)
        return self.ranks.joined(in_pieces(self.model, inputs, share, self.ranks, pieces), share)

    def on_after_backward(self) -> None:
        """A step's gradients are there, of all ranks once they are added: it counts in the metrics of the epoch."""
        self.ranks.sum_gradients(self.model.parameters())
        loss, outputs = self.found
        self.train_loss.update(loss, torch.tensor(len(self.shown["item"])))
        self.count(outputs, self.shown["target"])

    def count(self, outputs: Tensor, target: Tensor) -> None:
        """Take the outputs of a training step into further metrics of the epoch; none here."""

    def log_training(self) -> None:
        """Log what an epoch came to; once, as logging takes longer than a step of a small head."""
        self.log("train/loss", self.train_loss.compute())
        self.train_loss.reset()

    def predict_step(self, batch: Batch, batch_idx: int) -> tuple[Tensor, Tensor]:
        """Items (B,) and what is answered, float32 (B, names)."""
        return batch["item"], self.answers(self.predictor, batch["inputs"])

    def answers(self, network: FaceModel, inputs: Inputs) -> Tensor:
        """What a network answers of float inputs, float32 (B, names): the mean over its looks at each item."""
        early = self.fitting and self.looks == "final"
        mirror, crop = (False, None) if early else (self.mirror, self.crop)
        return mean_answer(lambda seen: self.activation(network(*seen).float()), inputs, mirror, crop)

    def on_fit_start(self) -> None:
        """It trains from now on."""
        self.fitting = True

    def on_fit_end(self) -> None:
        """It has been trained."""
        self.fitting = False

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what trains, and its average; the frozen rest comes from the weights the run starts from."""
        if self.micro.size is not None:
            checkpoint[MICRO] = [self.micro.size, self.micro.since]
        names = self._kept_names()
        checkpoint["state_dict"] = {key: v for key, v in checkpoint["state_dict"].items() if key in names}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Check that a checkpoint has all that trains and nothing else.

        Raises:
            StoreError: it is of another model.
        """
        if MICRO in checkpoint and self.micro.size is None:
            self.micro.size, self.micro.since = checkpoint[MICRO]
        names = self._kept_names()
        if wrong := sorted(names.symmetric_difference(checkpoint["state_dict"])):
            raise StoreError(
                f"the checkpoint does not fit the model: {', '.join(wrong[:5])}", do="delete it; the run starts again"
            )

    def _kept_names(self) -> set[str]:
        averaged = [] if self.averaged is None else self.averaged.state_dict()
        return {PREFIX + name for name in trained_names(self.model)} | {f"averaged.{name}" for name in averaged}


def as_floats(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Images (uint8) as float32 in [0, 1]; what is float already stays."""
    return tuple(x.float() / 255 if x.dtype == torch.uint8 else x for x in inputs)


def seeded(seed: int, device: torch.device) -> torch.Generator:
    """Seed the global generators of the CPU and of a device; ``torch.manual_seed`` takes a tenth of a small step."""
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    return torch.default_generator.manual_seed(seed)


def step_seed(seed: int, epoch: int, batch: int) -> int:
    """A seed of its own for each training step."""
    return int(np.random.SeedSequence([seed, epoch, batch]).generate_state(1, np.uint64)[0] >> np.uint64(1))
