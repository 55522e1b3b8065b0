"""CNN and facial geometry, fused in the middle (García Zapata 2018, sec. 4.1 and 7.3.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.vgg_backbone import VggBackbone


class GeometryBackbone(nn.Module):
    """A VGG backbone whose output has the geometry vector beside it."""

    def __init__(self, frontal: VggBackbone, geometry: int) -> None:
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
        backbone: the convolutions; its width is also that of the FC layers.
        geometry: length of the geometry vector.
        dropout: after each hidden FC layer.
    """

    def __init__(self, num_classes: int, backbone: VggBackbone, geometry: int, dropout: float = 0.5) -> None:
        super().__init__()
        self.backbone = GeometryBackbone(backbone, geometry)
        self.head = fc_head(self.backbone.outputs, num_classes, layers=3, width=backbone.width, dropout=dropout)
        self.freeze("backbone")
