from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from fer_lab.configs import compose
from fer_lab.tasks.losses import Concordance, SoftmaxOverLabels


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


def test_concordance_is_that_of_lin_over_what_is_known() -> None:
    target, outputs = torch.rand(2, 9, 2, generator=torch.Generator().manual_seed(1))
    target[:4, 1] = torch.nan
    outputs.requires_grad_()
    loss = Concordance()(outputs, target)
    wanted = []
    for place, first in ((0, 0), (1, 4)):
        x, y = target[first:, place].numpy().astype(float), outputs[first:, place].detach().numpy().astype(float)
        apart = x.var() + y.var() + (x.mean() - y.mean()) ** 2
        wanted.append(1 - 2 * ((x - x.mean()) * (y - y.mean())).mean() / apart)
    assert loss.item() == pytest.approx(sum(wanted) / 2, abs=1e-6)
    loss.backward()
    assert outputs.grad is not None
    assert outputs.grad.isfinite().all()
    assert not outputs.grad[:4, 1].any()


@pytest.mark.parametrize("target", [torch.full((3, 2), torch.nan), torch.zeros(1, 2), torch.zeros(3, 2)])
def test_concordance_has_a_gradient_where_nothing_is_known_or_nothing_varies(target: torch.Tensor) -> None:
    outputs = torch.zeros_like(target, requires_grad=True)
    loss = Concordance()(outputs, target)
    loss.backward()
    assert loss.item() == (0 if target.isnan().all() else 1)
    assert outputs.grad is not None
    assert outputs.grad.isfinite().all()
