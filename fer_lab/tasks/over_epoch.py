"""A metric over the steps of an epoch, computed once at its end."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import Metric


class OverEpoch:
    """Keeps what a metric is to be told, and tells it when its value is asked for.

    To update a metric takes a tenth of a millisecond on a CPU, as much as a tenth of a step of a small head.

    Args:
        metric: of tensors whose first axis is the items, or the steps where they are numbers.
    """

    def __init__(self, metric: Metric) -> None:
        self.metric, self.kept = metric, list[tuple[Tensor, ...]]()

    def update(self, *values: Tensor) -> None:
        """Keep what a step gives: tensors on its device, without their graphs."""
        self.kept.append(values)

    def compute(self) -> Tensor:
        """The value over all that was kept; a metric of nothing says what it then says."""
        self.metric.reset()
        if self.kept:
            columns = [
                torch.cat([one if one.dim() else one[None] for one in own]) for own in zip(*self.kept, strict=True)
            ]
            device = columns[0].device
            self.metric.to(device).update(*(column.to(device) for column in columns))
        value: Tensor = self.metric.compute()
        return value

    def reset(self) -> None:
        """Forget it: another epoch begins."""
        self.kept.clear()
