"""The processes that train one run together: what each computes of a batch, and what they tell each other.

Every rank is the whole program of a run that trains alone; only the work on the items is divided. What the ranks have
found of a batch is put together before anything is decided by it: the loss is that of all outputs, scores are those
of all items, gradients are summed. So every rank decides the same, and nobody has to tell it what another one decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from fer_lab.datamodules.share import Share, whole

Told = TypeVar("Told")


@dataclass(frozen=True)
class Ranks:
    """One of the ranks of a run, ``ALONE`` for most; with more of them, torch's default process group is theirs.

    Args:
        rank: this one's number, from 0 on.
        count: how many there are.
    """

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether it is the one that writes."""
        return self.rank == 0

    def share(self, total: int) -> Share:
        """The part of a batch of ``total`` items that this rank computes."""
        return whole(total).split(self.count)[self.rank]

    def joined(self, outputs: Tensor, share: Share) -> Tensor:
        """The outputs of all ranks (total, names), from this one's (size, names); gradients flow into its own alone.

        Each rank then has the same loss; the gradients of it, summed over the ranks, are those of one process.
        """
        if self.count == 1:
            return outputs
        exact = torch.promote_types(outputs.dtype, torch.float32)
        every = torch.zeros((share.total, *outputs.shape[1:]), dtype=exact, device=outputs.device)
        every[share.rows] = outputs.detach().to(exact)  # zeros elsewhere: the sum is exact, too
        dist.all_reduce(every)
        others = every.to(outputs.dtype)
        return torch.cat([others[: share.start], outputs, others[share.stop :]])

    def added_once(self, penalty: Tensor) -> Tensor:
        """What is part of the loss beside the items': the gradient of one rank alone counts."""
        return penalty if self.first else penalty.detach()

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Put in place of each rank's gradients their sum, of all parameters of one type in one go."""
        by_type: dict[torch.dtype, list[Tensor]] = {}
        for parameter in parameters if self.count > 1 else ():
            if parameter.grad is not None:
                by_type.setdefault(parameter.grad.dtype, []).append(parameter.grad)
        for gradients in by_type.values():
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            dist.all_reduce(flat)
            for gradient, summed in zip(
                gradients, torch.split(flat, [gradient.numel() for gradient in gradients]), strict=True
            ):
                gradient.copy_(summed.view(gradient.shape))

    def start_alike(self, module: nn.Module) -> None:
        """Give every rank the parameters and buffers of the first one."""
        for value in (*module.parameters(), *module.buffers()) if self.count > 1 else ():
            own = value.detach().contiguous()
            dist.broadcast(own, 0)
            value.detach().copy_(own)

    def gathered(self, value: Told) -> list[Told]:
        """What each rank tells, in their order."""
        if self.count == 1:
            return [value]
        found: list[Any] = [None] * self.count
        dist.all_gather_object(found, value)
        return found

    def told_by_first(self, value: Told) -> Told:
        """What the first rank tells; nobody goes on before it has."""
        return self.gathered(value)[0]


ALONE = Ranks()


class _Summed(torch.autograd.Function):
    """The sum of a tensor over the ranks; the gradient of each is the sum of theirs, as their losses are added."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        """Sum."""
        summed = value.clone()
        dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Sum likewise."""
        summed = gradient.contiguous().clone()
        dist.all_reduce(summed)
        return summed


def summed_over_ranks(value: Tensor) -> Tensor:
    """The sum of a tensor over the ranks, through which gradients flow back to each of them."""
    summed: Tensor = _Summed.apply(value)
    return summed
