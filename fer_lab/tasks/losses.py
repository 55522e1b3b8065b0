"""Losses over what is known: an unknown label or value (NaN) has no part in the loss nor in its gradient."""

from __future__ import annotations

import torch
from torch import Tensor, nn

TINY = 1e-12
"""Below this a constant answer that is right has no concordance: it is taken for 0."""


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


class Concordance(nn.Module):
    """1 - CCC of each value over a batch, mean over the values of which something is known (Trigeorgis et al. 2016).

    Lin's concordance, of the known entries with the variances of the population; in float32.
    """

    def forward(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The loss, a scalar from 0 to 2, of outputs and values (B, L), NaN where not known; 0 where nothing is."""
        known = ~target.isnan()
        n = known.sum(dim=0).clamp(min=1)
        x, y = target.nan_to_num().float(), torch.where(known, outputs.float(), 0.0)
        mean_x, mean_y = x.sum(dim=0) / n, y.sum(dim=0) / n
        dx, dy = torch.where(known, x - mean_x, 0.0), torch.where(known, y - mean_y, 0.0)
        apart = (dx**2 + dy**2).sum(dim=0) / n + (mean_x - mean_y) ** 2
        ccc = 2 * (dx * dy).sum(dim=0) / n / apart.clamp(min=TINY)
        some = known.any(dim=0)
        return torch.where(some, 1 - ccc, 0.0).sum() / some.sum().clamp(min=1)
