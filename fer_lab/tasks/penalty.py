"""A penalty on the weights of the convolutions (Moravčík 2021, sec. 5.1.3: L1 and L2, tried layer by layer)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Penalty:
    """``l1 * sum |w| + l2 * sum w^2`` over the weights of all 2-D convolutions, as Keras' kernel regularisers add it.

    Args:
        l1: factor of the absolute values.
        l2: factor of the squares.
    """

    l1: float = 0.0
    l2: float = 0.0

    def __call__(self, model: nn.Module) -> Tensor:
        """The penalty, a scalar."""
        weights = [layer.weight for layer in model.modules() if isinstance(layer, nn.Conv2d)]
        return torch.stack([self.l1 * w.abs().sum() + self.l2 * w.square().sum() for w in weights]).sum()
