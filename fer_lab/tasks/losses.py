"""Losses over what is known: an unknown label or value (NaN) has no part in the loss nor in its gradient."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class OverKnown(nn.Module):
    """The mean of an elementwise loss over the known entries of a batch; 0 where nothing is known.

    Args:
        loss: of outputs and targets, float (B, L) both, with ``reduction="none"``.
    """

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The loss, a scalar; ``target`` is NaN where it is not known."""
        known = ~target.isnan()
        each: Tensor = self.loss(outputs, target.nan_to_num())
        return torch.where(known, each, 0.0).sum() / known.sum().clamp(min=1)
