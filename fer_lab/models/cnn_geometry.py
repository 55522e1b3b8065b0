"""CNN and facial geometry, fused in the middle (García Zapata 2018, sec. 4.1 and 7.3.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.vgg_trunk import Pooling, VggTrunk


class GeometryTrunk(nn.Module):
    """A VGG trunk whose output has the geometry vector beside it."""

    def __init__(self, width: float, image_size: int, pooling: Pooling, geometry: int) -> None:
        super().__init__()
        self.frontal = VggTrunk(width, image_size, pooling)
        self.outputs = self.frontal.outputs + geometry

    def forward(self, frontal: Tensor, geometry: Tensor) -> Tensor:
        """Features (B, outputs)."""
        return torch.cat([self.frontal(frontal), geometry], dim=1)


class CnnGeometry(FaceModel):
    """Frontalized faces (B, 3, S, S) and their reduced landmarks (B, geometry) -> logits.

    The geometry joins after the last convolution (pooled), before the FC layers.

    Args:
        num_classes: outputs.
        geometry: length of the geometry vector.
        image_size: S.
        width, pooling, dropout, weights, checksum: as in ``VGGFace``.
    """

    def __init__(
        self,
        num_classes: int,
        geometry: int,
        image_size: int = 224,
        width: float = 1.0,
        pooling: Pooling = "max",
        dropout: float = 0.5,
        weights: str | None = None,
        checksum: str | None = None,
    ) -> None:
        super().__init__(weights, checksum)
        self.trunk = GeometryTrunk(width, image_size, pooling, geometry)
        self.head = fc_head(self.trunk.outputs, num_classes, layers=3, width=width, dropout=dropout)
        self.freeze("trunk")
