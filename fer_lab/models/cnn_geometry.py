"""CNN and facial geometry, fused in the middle (García Zapata 2018, sec. 4.1 and 7.3.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.vgg_trunk import VggTrunk


class GeometryTrunk(nn.Module):
    """A VGG trunk whose output has the geometry vector beside it."""

    def __init__(self, frontal: VggTrunk, geometry: int) -> None:
        super().__init__()
        self.frontal = frontal
        self.outputs = frontal.outputs + geometry

    def forward(self, frontal: Tensor, geometry: Tensor) -> Tensor:
        """Features (B, outputs)."""
        return torch.cat([self.frontal(frontal), geometry], dim=1)


class CnnGeometry(FaceModel):
    """Frontalized faces (B, 3, S, S) and their reduced landmarks (B, geometry) -> logits.

    The geometry joins after the last convolution (pooled), before the FC layers.

    Args:
        num_classes: outputs.
        trunk: the convolutions; its width is also that of the FC layers.
        geometry: length of the geometry vector.
        dropout: after each hidden FC layer.
    """

    def __init__(self, num_classes: int, trunk: VggTrunk, geometry: int, dropout: float = 0.5) -> None:
        super().__init__()
        self.trunk = GeometryTrunk(trunk, geometry)
        self.head = fc_head(self.trunk.outputs, num_classes, layers=3, width=trunk.width, dropout=dropout)
        self.freeze("trunk")
