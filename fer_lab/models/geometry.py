"""Facial geometry, alone or fused with a CNN in the middle (García Zapata 2018, sec. 4.1 and 7.3.1)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head, fully_connected, scaled
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.models.standardise import Standardise


class Standardised(FaceModel):
    """A backbone that gives parts side by side, each standardised on the training items, then the FC layers of VGG.

    That the parts are standardised is ours: beside CNN features, of whatever scale their weights give them, geometry
    would count for as little or as much as that scale says. That they weigh the same was measured on the twin of
    OULU-CASIA (laptop, random convolutions, 16 epochs, three seeds, test accuracy; geometry alone .792): columns of
    one variance each .787, one scale a part .747, one scale and the same total variance .810. On the embedded backbone
    it has .757, and geometry alone .783 (results/reference/own/geometry).

    Args:
        backbone: gives (B, sum of the parts).
        num_classes: outputs.
        width: of the FC layers; 4096 at 1.
        dropout: after each hidden FC layer.
        parts: name of each part -> its columns, in their order.
    """

    def __init__(self, backbone: nn.Module, num_classes: int, width: float, dropout: float, **parts: int) -> None:
        super().__init__()
        self.backbone = backbone
        size = scaled(4096, width)
        layers = fully_connected([sum(parts.values()), size, size], dropout)
        hidden = nn.Sequential(OrderedDict(standardise=Standardise(**parts), fc=layers))
        self.head = Head(hidden, size, num_classes)

    @property
    def standardise(self) -> Standardise:
        """What comes before the FC layers."""
        return cast(Standardise, self.head.hidden.get_submodule("standardise"))

    def fit(self, inputs: Iterable[tuple[Tensor, ...]]) -> None:
        """Take the statistics of the parts over the training items."""
        self.standardise.fit(torch.cat([self.backbone(*one).float() for one in inputs]))

    def facts(self) -> dict[str, float]:
        """``rms_<part>``: root mean square over the training items, before it is standardised."""
        return {f"rms_{name}": value for name, value in self.standardise.rms().items()}


class Geometry(Standardised):
    """The reduced landmarks of faces (B, geometry) -> logits: ``CnnGeometry`` without the CNN.

    Args:
        num_classes: outputs.
        geometry: length of the geometry vector.
        width: of the FC layers; 4096 at 1.
        dropout: after each hidden FC layer.
    """

    def __init__(self, num_classes: int, geometry: int, width: float, dropout: float = 0.5) -> None:
        super().__init__(nn.Identity(), num_classes, width, dropout, geometry=geometry)


class CnnGeometry(Standardised):
    """Frontalized faces (B, 3, S, S) and their reduced landmarks (B, geometry) -> logits.

    The geometry joins after the last convolution (pooled), before the FC layers.

    Args:
        num_classes: outputs.
        backbone: the convolutions; its width is also that of the FC layers.
        geometry: length of the geometry vector.
        dropout: after each hidden FC layer.
    """

    def __init__(self, num_classes: int, backbone: PretrainedBackbone, geometry: int, dropout: float = 0.5) -> None:
        sizes = {"features": backbone.outputs, "geometry": geometry}
        super().__init__(GeometryBackbone(backbone), num_classes, backbone.width, dropout, **sizes)
        self.freeze("backbone")


class GeometryBackbone(nn.Module):
    """A VGG backbone whose output has the geometry vector beside it."""

    def __init__(self, frontal: PretrainedBackbone) -> None:
        super().__init__()
        self.frontal = frontal

    def forward(self, frontal: Tensor, geometry: Tensor) -> Tensor:
        """Features (B, outputs of the backbone + geometry)."""
        return torch.cat([self.frontal(frontal), geometry], dim=1)
