"""Batches, gathered whole from the memory-mapped store: no worker processes, no collation, no copy but one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypedDict

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fer_lab.datamodules.faces import Ints
from fer_lab.datamodules.items import ABOUT, Items
from fer_lab.datamodules.share import Share, whole
from fer_lab.errors import ConfigError


class Batch(TypedDict):
    """A batch of items.

    Attributes:
        inputs: of the model, images as uint8; where several ranks train together, of this rank's share of the batch
            alone, while target and item are of all of it.
        target: class numbers, int64 (B,), or where training is taught shares of classes float32 (B, C); or labels or
            values, float32 (B, L), NaN where not known.
        item: rows of the table of items (B,).
    """

    inputs: tuple[Tensor, ...]
    target: Tensor
    item: Tensor


class EpochOrder:
    """An order that is a function of (seed, epoch) and of nothing else."""

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed, self.epoch = count, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls it before each epoch, also when it resumes."""
        self.epoch = epoch

    def permutation(self) -> Ints:
        """The places 0 to count-1 in this epoch's order."""
        return np.random.default_rng([self.seed, self.epoch]).permutation(self.count)


class Batches:
    """Iterable over a part's batches.

    Their sizes differ by at most one and none exceeds ``batch_size``: nothing is dropped at the end, and no batch
    is too small for batch normalisation.

    Args:
        items: the items of all parts.
        numbers: which of them.
        batch_size: the largest size of a batch.
        sampler: the order of each epoch; None keeps that of ``numbers``.
        share: of the items of a batch, what is computed in this process; all of them by default.
        target: of all items, in place of what their table knows of them.
    """

    def __init__(
        self,
        items: Items,
        numbers: Ints,
        batch_size: int,
        sampler: EpochOrder | None = None,
        share: Callable[[int], Share] = whole,
        target: Tensor | None = None,
    ) -> None:
        self.items, self.numbers, self.batch_size, self.sampler = items, numbers, batch_size, sampler
        self.target, self.share = _target(items.table) if target is None else target, share

    def __len__(self) -> int:
        return -(-len(self.numbers) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        numbers = self.numbers if self.sampler is None else self.numbers[self.sampler.permutation()]
        for picked in np.array_split(numbers, len(self)) if len(numbers) else ():
            yield {
                "inputs": self.items.gather(picked[self._own(len(picked)).rows]),
                "target": self.target[picked],
                "item": torch.from_numpy(picked),
            }

    def _own(self, count: int) -> Share:
        share = self.share(count)
        if not share.size:
            raise ConfigError(
                f"batch_size={self.batch_size}: a batch of {count} items over more devices than that",
                expected="an item a device at the least",
                do="set a larger batch_size, or fewer trainer.devices",
            )
        return share

    def part(self, share: Callable[[int], Share]) -> Batches:
        """Batches of one process's share of the items, in their order, rather than of its share of each batch."""
        return Batches(self.items, self.numbers[share(len(self.numbers)).rows], self.batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        if self.sampler is not None:
            self.sampler.set_epoch(epoch)


def _target(table: pd.DataFrame) -> Tensor:
    """What is known of all items, as a batch has it; of items without any target (n, 0)."""
    if "label" in table:
        return torch.tensor(table["label"].to_numpy(np.int64))
    return torch.tensor(table.drop(columns=ABOUT).to_numpy(np.float32))
