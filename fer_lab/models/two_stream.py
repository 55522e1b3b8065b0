"""Two VGG streams, fused before the FC layers (García Zapata 2018, sec. 4.1 and 7.1.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.vgg_trunk import Pooling, VggTrunk


class TwoTrunks(nn.Module):
    """One trunk for each of two views; their outputs (B, outputs) side by side."""

    def __init__(self, width: float, image_size: int, pooling: Pooling) -> None:
        super().__init__()
        self.frontal = VggTrunk(width, image_size, pooling)
        self.face = VggTrunk(width, image_size, pooling)
        self.outputs = self.frontal.outputs + self.face.outputs

    def forward(self, frontal: Tensor, face: Tensor) -> Tensor:
        """Features (B, outputs) of both views."""
        return torch.cat([self.frontal(frontal), self.face(face)], dim=1)


class TwoStream(FaceModel):
    """Frontalized and plain faces, each (B, 3, S, S) in [0, 1] -> logits.

    Both trunks start from the same weights, share none, and are frozen as in the chosen single CNN ("rest
    unchanged"). Arguments as in ``VGGFace``.
    """

    def __init__(
        self,
        num_classes: int,
        image_size: int = 224,
        width: float = 1.0,
        pooling: Pooling = "max",
        dropout: float = 0.5,
        weights: str | None = None,
        checksum: str | None = None,
    ) -> None:
        super().__init__(weights, checksum)
        self.trunk = TwoTrunks(width, image_size, pooling)
        self.head = fc_head(self.trunk.outputs, num_classes, layers=3, width=width, dropout=dropout)
        self.freeze("trunk")
