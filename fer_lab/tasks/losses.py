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


class SoftmaxOverLabels(nn.Module):
    """Softmax cross entropy, as if labels were classes of which one is true (Bartissol 2017, sec. 4.1.3: it failed).

    The sum of -log softmax over the labels that are present, mean over the items; not known counts as absent.
    """

    def forward(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The loss, a scalar, of logits and labels (B, L): 1, 0 or NaN."""
        return -(target.nan_to_num() * outputs.log_softmax(dim=1)).sum(dim=1).mean()
