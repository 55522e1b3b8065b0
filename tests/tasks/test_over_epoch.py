"""A metric over an epoch is what it would be if it had been told of each step."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics import MeanMetric
from torchmetrics.classification import MulticlassAccuracy

from fer_lab.tasks.over_epoch import OverEpoch

STEPS = st.lists(st.integers(1, 9), min_size=1, max_size=6)


@given(sizes=STEPS, seed=st.integers(0, 99))
def test_it_is_as_if_each_step_were_told(sizes: list[int], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    told, kept = MeanMetric(), OverEpoch(MeanMetric())
    right, kept_right = (MulticlassAccuracy(3, average="micro") for _ in range(2))
    later = OverEpoch(kept_right)
    for size in sizes:
        loss, outputs = torch.rand((), generator=generator), torch.rand((size, 3), generator=generator)
        target = torch.randint(3, (size,), generator=generator)
        told.update(loss, size)
        kept.update(loss, torch.tensor(size))
        right.update(outputs, target)
        later.update(outputs, target)
    torch.testing.assert_close(kept.compute(), told.compute())
    assert torch.equal(later.compute(), right.compute())
    assert torch.equal(later.compute(), right.compute())  # asked for in the middle of an epoch, too


def test_an_epoch_begins_with_nothing() -> None:
    metric = OverEpoch(MeanMetric())
    metric.update(torch.tensor(3.0), torch.tensor(1))
    metric.reset()
    metric.update(torch.tensor(1.0), torch.tensor(1))
    assert metric.compute() == 1
