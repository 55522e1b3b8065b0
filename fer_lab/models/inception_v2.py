"""Inception V2 with its logits layer trained (Bartissol 2017, sec. 4.2.1)."""

from __future__ import annotations

from torch import nn

from fer_lab.models.base import FaceModel
from fer_lab.models.inception_backbone import InceptionBackbone
from fer_lab.models.layers import Head


class InceptionV2(FaceModel):
    """Images (B, 3, S, S), float RGB in [0, 1] -> outputs; all but the last layer is frozen.

    Args:
        num_classes: outputs.
        backbone: its convolutions.
        dropout: before the last layer; TF-Slim's .2, not stated.
    """

    def __init__(self, num_classes: int, backbone: InceptionBackbone, dropout: float = 0.2) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = Head(nn.Dropout(dropout), backbone.outputs, num_classes)
        self.freeze("backbone")
