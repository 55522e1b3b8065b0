from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from fer_lab.configs import compose
from fer_lab.tasks.losses import SoftmaxOverLabels


def test_softmax_over_labels_is_cross_entropy_where_one_is_true_and_adds_up_where_more_are() -> None:
    outputs = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([0, 2, 4, 1])
    single = torch.eye(5)[classes]
    loss = SoftmaxOverLabels()
    assert loss(outputs, single).item() == pytest.approx(cross_entropy(outputs, classes).item())
    both = torch.maximum(single, torch.eye(5)[(classes + 1) % 5])
    added = cross_entropy(outputs, classes) + cross_entropy(outputs, (classes + 1) % 5)
    assert loss(outputs, both).item() == pytest.approx(added.item())
    assert loss(outputs, single.masked_fill(single == 0, torch.nan)).item() == loss(outputs, single).item()


def test_labels_are_trained_each_by_itself_unless_a_cell_says_otherwise() -> None:
    losses = {
        cell: compose([f"cell=emotionet/{cell}"])["task"]["loss"] for cell in ("sixty_inception", "sixty_softmax")
    }
    assert losses["sixty_inception"]["loss"]["_target_"] == "torch.nn.BCEWithLogitsLoss"
    assert losses["sixty_softmax"] == {"_target_": "fer_lab.tasks.losses.SoftmaxOverLabels"}
