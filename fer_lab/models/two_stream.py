"""Two VGG streams, fused before the FC layers (García Zapata 2018, sec. 4.1 and 7.1.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.pretrained import PretrainedBackbone


class TwoBackbones(nn.Module):
    """One backbone for each of two views; their outputs (B, outputs) side by side."""

    def __init__(self, frontal: PretrainedBackbone, face: PretrainedBackbone) -> None:
        super().__init__()
        self.frontal, self.face = frontal, face
        self.outputs = frontal.outputs + face.outputs

    def forward(self, frontal: Tensor, face: Tensor) -> Tensor:
        """Features (B, outputs) of both views."""
        return torch.cat([self.frontal(frontal), self.face(face)], dim=1)


class TwoStream(FaceModel):
    """Frontalized and plain faces, each (B, 3, S, S) in [0, 1] -> logits.

    Both backbones start from the same weights, share none, and are frozen as in the chosen single CNN ("rest
    unchanged").

    Args:
        num_classes: outputs.
        frontal: convolutions for the frontalized face; its width is also that of the FC layers.
        face: convolutions for the plain face.
        dropout: after each hidden FC layer.
    """

    def __init__(
        self, num_classes: int, frontal: PretrainedBackbone, face: PretrainedBackbone, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.backbone = TwoBackbones(frontal, face)
        self.head = fc_head(self.backbone.outputs, num_classes, layers=3, width=frontal.width, dropout=dropout)
        self.freeze("backbone")
