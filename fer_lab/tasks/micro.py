"""Micro-batches: a step whose batch does not fit a device's memory is done in pieces, at the same effective batch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

import torch
from pytorch_lightning.utilities.memory import (
    garbage_collection_cuda,
    is_cuda_out_of_memory,
    is_out_of_cpu_memory,
)
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from fer_lab.datamodules.share import Share
from fer_lab.errors import OutOfMemoryError
from fer_lab.models.base import FaceModel
from fer_lab.tasks.ranks import Ranks
from fer_lab.tasks.shared import SharedBatch

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class MicroBatch:
    """How many items of a batch go through the network at a time.

    Attributes:
        size: of one rank; None: all of its share.
        since: the step of the optimizer (0-based) since which; what came before was done with more at a time.
    """

    def __init__(self, size: int | None = None) -> None:
        self.size, self.since = size, 0

    def pieces(self, total: int, ranks: Ranks, least: int = 1) -> int:
        """In how many micro-batches each rank does its share of a batch; none has fewer than ``least`` items."""
        if self.size is None:
            return 1
        largest, smallest = -(-total // ranks.count), total // ranks.count
        return max(1, min(-(-largest // self.size), smallest // least))

    def halve(self, total: int, least: int, step: int) -> None:
        """Do with half as many at a time from a step on.

        Args:
            total: items that did not fit, if no micro-batch has been set yet.
            least: the smallest micro-batch.
            step: of the optimizer.

        Raises:
            OutOfMemoryError: there is no smaller one.
        """
        size = self.size or total
        if size <= least:
            raise OutOfMemoryError(
                f"out of memory: a step of {size} {'item' if size == 1 else 'items'} does not fit the device",
                expected="memory for the network, its gradients, the state of the optimizer and one item",
                do="take a device of its own (jobs=1), one with more memory, smaller images or a smaller network",
            )
        self.size, self.since = max(least, -(-size // 2)), step
        log.warning("out of memory: %d items do not fit; %d at a time from step %d on", size, self.size, step)


def in_pieces(model: FaceModel, inputs: tuple[Tensor, ...], share: Share, ranks: Ranks, pieces: int) -> Tensor:
    """The outputs (size, names) of a share of a batch, with memory for the activations of one piece of it.

    What a piece has computed is forgotten, and computed again when its gradients are: any loss of all outputs has the
    gradients that it has in one piece, but for batch norm, whose statistics are those of a piece.
    """
    if pieces == 1:
        with SharedBatch(share, ranks):
            return model(*inputs)  # type: ignore[no-any-return]
    found, state = [], RandomState(inputs[0].device)
    for part in share.split(pieces):
        state.restore()  # each draws for the whole batch, and takes its rows
        own = (x[part.start - share.start : part.stop - share.start] for x in inputs)
        modes = partial(_modes, part, ranks, pieces)
        found.append(checkpoint(model, *own, use_reentrant=False, context_fn=modes))
    return torch.cat(found)


def _modes(part: Share, ranks: Ranks, pieces: int) -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    return SharedBatch(part, ranks, pieces), SharedBatch(part, ranks, pieces, again=True)


class RandomState:
    """The state of the generators that a device draws from, as it is when this is made."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.cpu = device, torch.get_rng_state()
        self.own = torch.cuda.get_rng_state(device) if device.type == "cuda" else None

    def restore(self) -> None:
        """Draw the same again from here on."""
        torch.set_rng_state(self.cpu)
        if self.own is not None:
            torch.cuda.set_rng_state(self.own, self.device)


def until_it_fits(step: Callable[[], Result], statistics: Sequence[Tensor], smaller: Callable[[], None]) -> Result:
    """Do a step again while the memory of its device runs out.

    Args:
        step: from the forward pass to the gradients; nothing else of the network has changed when it fails.
        statistics: of batch norms, which a step that fails may have changed.
        smaller: makes the next attempt need less, or raises.
    """
    before = [value.clone() for value in statistics]
    while True:
        try:
            return step()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        smaller()  # outside: the error holds what the step has computed
        garbage_collection_cuda()
        for value, kept in zip(statistics, before, strict=True):
            value.copy_(kept)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory has run out, of a GPU or of the machine."""
    known = is_cuda_out_of_memory(error) or is_out_of_cpu_memory(error)
    return known or isinstance(error, torch.OutOfMemoryError)


def trained_statistics(model: nn.Module) -> list[Tensor]:
    """The running statistics that training changes: of batch norms that are not frozen."""
    norms = (module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm))
    return [value for norm in norms if norm.training for value in norm.buffers()]
