"""Batch norm behind convolutions whose weights came with theirs in them.

Networks are published for use with batch norm multiplied into the convolutions (``faceres``). Such ones are hard to
train: at rates at which the network that they come from learns, they answer one class. Put back where it was, with the
statistics of the new training items and the scale and offset that undo it, it changes no answer at first, and they
learn as that did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn


class NormedConv2d(nn.Conv2d):
    """A convolution, then batch norm: maps (B, C, s, s) -> (B, out_channels, s', s'); arguments as of ``nn.Conv2d``.

    Attributes:
        norm: as long as ``measured`` has not set it, it gives in evaluation what it is given.
        known: its statistics are set; false in a network as it was built.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.norm = nn.BatchNorm2d(self.out_channels)
        nn.init.constant_(cast(Tensor, self.norm.running_var), 1 - self.norm.eps)
        self.known = False

    def forward(self, maps: Tensor) -> Tensor:
        """See the class."""
        return cast(Tensor, self.norm(super().forward(maps)))


def unmeasured(module: nn.Module) -> list[NormedConv2d]:
    """The convolutions of a network whose statistics are not set yet."""
    return [one for one in module.modules() if isinstance(one, NormedConv2d) and not one.known]


@contextmanager
def measured(convolutions: list[NormedConv2d]) -> Iterator[None]:
    """Set the batch norm behind some convolutions by the items that go through the network meanwhile.

    Its statistics become theirs; scale and offset those that undo it, so that the network gives in evaluation what it
    gave before.
    """
    sums = [torch.zeros(3, one.out_channels, dtype=torch.float64) for one in convolutions]
    hooks = [
        one.norm.register_forward_pre_hook(_adding_to(total)) for one, total in zip(convolutions, sums, strict=True)
    ]
    modes = [one.norm.training for one in convolutions]
    for one in convolutions:
        one.norm.eval()
    try:
        yield
    finally:
        for one, hook, mode in zip(convolutions, hooks, modes, strict=True):
            hook.remove()
            one.norm.train(mode)
    for one, (count, first, second) in zip(convolutions, sums, strict=True):
        _undone(one.norm, first / count, (second / count - (first / count).square()).clamp(min=0))
        one.known = True


def _adding_to(total: Tensor) -> Callable[[nn.Module, tuple[Tensor]], None]:
    """A hook that adds count, sum and sum of squares of each channel, by the means of a batch."""

    def add(_: nn.Module, given: tuple[Tensor]) -> None:
        (maps,) = given
        means, spread = maps.float().mean((0, 2, 3)), maps.float().var((0, 2, 3), correction=0)
        means, spread = means.double().cpu(), spread.double().cpu()
        total.add_(len(maps) * torch.stack([torch.ones_like(means), means, spread + means.square()]))

    return add


@torch.no_grad()
def _undone(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    """A batch norm that is of some statistics, and gives what it is given."""
    cast(Tensor, norm.running_mean).copy_(mean)
    cast(Tensor, norm.running_var).copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(mean)
