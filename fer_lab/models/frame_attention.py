"""A frame attention network: the faces of a clip, weighted by what they are and by how they relate to the whole."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fer_lab.models.base import FaceModel
from fer_lab.models.cnn_rnn import EachFrame
from fer_lab.models.layers import Head
from fer_lab.models.timm_network import TimmBackbone


class Attention(nn.Module):
    """Features of the faces of a clip (B, T, F) -> of the clip (B, 2 F), by self- and relation-attention.

    Each face has a weight from its own features; their weighted mean is put beside each face, and both together give it
    a second weight. The clip is the mean of these pairs, weighted by the product of the two (Meng et al., *Frame
    attention networks for facial expression recognition in videos*, ICIP 2019, equations 1 to 4).

    Args:
        size: F.
        dropout: of the features before each weight, and of the clip's before the output.
    """

    def __init__(self, size: int, dropout: tuple[float, float]) -> None:
        super().__init__()
        self.own, self.related = (nn.Sequential(nn.Dropout(dropout[0]), nn.Linear(n, 1)) for n in (size, 2 * size))
        self.dropout = nn.Dropout(dropout[1])

    def forward(self, faces: Tensor) -> Tensor:
        """Features of the clip (B, 2 F)."""
        own = self.own(faces).sigmoid()
        whole = _mean(faces, own).unsqueeze(1).expand_as(faces)
        pairs = torch.cat([faces, whole], 2)
        clip: Tensor = self.dropout(_mean(pairs, own * self.related(pairs).sigmoid()))
        return clip


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Of values (B, T, F) with weights (B, T, 1): (B, F)."""
    return (values * weights).sum(1) / weights.sum(1)


class FrameAttention(FaceModel):
    """Clips of faces (B, T, 3, S, S), float RGB in [0, 1] -> logits; all of it trains (Athanasiadis 2022, appendix).

    The script starts from a network trained on FER+, a file that does not come with it; this one starts at random.

    Args:
        num_classes: outputs.
        name: of the architecture in timm that sees each face.
        stem_stride: as for ``TimmNetwork``.
        dropout: before the weights and before the output; those of the paper's code, the script states none.
    """

    def __init__(
        self, num_classes: int, name: str, stem_stride: int | None, dropout: tuple[float, float] = (0.5, 0.6)
    ) -> None:
        super().__init__()
        self.backbone = EachFrame(TimmBackbone(name, 3, stem_stride))
        size = self.backbone.outputs
        self.head = Head(Attention(size, dropout), 2 * size, num_classes)
