import torch
from torch import nn

from fer_lab.tasks.penalty import Penalty


def test_it_is_over_the_convolutions_alone() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2))
    weight = model[0].weight
    torch.testing.assert_close(Penalty(l1=0.5)(model), 0.5 * weight.abs().sum())
    torch.testing.assert_close(Penalty(l2=2.0)(model), 2 * (weight**2).sum())


def test_it_pulls_weights_towards_zero() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3))
    Penalty(l2=1.0)(model).backward()
    torch.testing.assert_close(model[0].weight.grad, 2 * model[0].weight)
