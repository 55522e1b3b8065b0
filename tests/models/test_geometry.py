"""Fusion with geometry: what the network learns does not depend on the scale of the parts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from fer_lab.models.geometry import CnnGeometry
from fer_lab.models.standardise import Standardise
from fer_lab.models.vgg_backbone import VggBackbone

ITEMS, CLASSES, GEOMETRY = 192, 3, 8


def items() -> tuple[Tensor, Tensor, Tensor]:
    """Images that say nothing, small landmarks that say much, and labels."""
    generator = torch.Generator().manual_seed(3)
    labels = torch.arange(ITEMS) % CLASSES
    centres = torch.randn(CLASSES, GEOMETRY, generator=generator)
    points = 0.1 * (centres[labels] + torch.randn(ITEMS, GEOMETRY, generator=generator))
    return torch.rand(ITEMS, 3, 32, 32, generator=generator), points, labels


def scores_of_a_training(scale: float, fitted: bool = True) -> Tensor:
    """Probabilities (items, classes) of the second half, trained on the first; CNN features times ``scale``."""
    torch.manual_seed(0)
    model = CnnGeometry(CLASSES, VggBackbone(1 / 16, 32), GEOMETRY)
    last = model.get_submodule("backbone.frontal.block5.conv5_3")
    with torch.no_grad():
        for value in last.parameters():
            value.mul_(scale)
    images, points, labels = items()
    half = ITEMS // 2
    if fitted:
        model.fit([(images[:half], points[:half])])
    optimizer = torch.optim.Adam(model.head.parameters(), 1e-3)
    for step in range(60):
        torch.manual_seed(step)
        optimizer.zero_grad()
        F.cross_entropy(model.train()(images[:half], points[:half]), labels[:half]).backward()
        optimizer.step()
    with torch.no_grad():
        return model.eval()(images[half:], points[half:]).softmax(1)


def test_features_25_times_as_large_change_next_to_nothing() -> None:
    once, larger = scores_of_a_training(1.0), scores_of_a_training(25.0)
    right = [float((found.argmax(1) == items()[2][ITEMS // 2 :]).float().mean()) for found in (once, larger)]
    assert right[0] > 0.6
    assert abs(right[0] - right[1]) < 0.02
    torch.testing.assert_close(once, larger, atol=0.02, rtol=0)
    plain = [scores_of_a_training(scale, fitted=False) for scale in (1.0, 25.0)]
    assert (plain[0] - plain[1]).abs().max() > 0.1, "without statistics the scale would decide"


def test_parts_weigh_the_same_and_what_they_were_is_told() -> None:
    generator = torch.Generator().manual_seed(0)
    components = torch.tensor([1.0, 0.1]) * torch.randn(500, 2, generator=generator)
    values = torch.cat([5 + 3 * torch.randn(500, 6, generator=generator), 0.3 * components], dim=1)
    layer = Standardise(features=6, geometry=2)
    layer.fit(values)
    found = layer(values)
    torch.testing.assert_close(found.mean(0), torch.zeros(8), atol=1e-5, rtol=0)
    variance = found.var(0, correction=0)
    assert [float(part.sum()) for part in variance.split([6, 2])] == pytest.approx([4, 4], rel=1e-4)
    assert float(variance[7] / variance[6]) == pytest.approx(0.01, rel=0.3), "what hardly varies is not blown up"
    rms = {"features": (25 + 9) ** 0.5, "geometry": 0.3 * (1.01 / 2) ** 0.5}
    assert layer.rms() == {name: pytest.approx(value, rel=0.05) for name, value in rms.items()}


def test_a_part_that_never_varies_in_training_says_nothing_later() -> None:
    layer = Standardise(features=1)
    layer.fit(torch.full((10, 1), 0.1))
    assert layer(torch.tensor([[0.1], [7.0]])).tolist() == [[0.0], [0.0]]
