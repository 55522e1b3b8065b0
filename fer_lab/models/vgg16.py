"""VGG16 whole, its last layers trained (Athanasiadis 2022, sec. 4.2 to 4.6; Bartissol 2017, sec. 4.2.1)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head, fully_connected, scaled
from fer_lab.models.vgg_backbone import VggBackbone

NAMES = (("classifier.0", "classifier.3"), ("fc6", "fc7"))
"""The first two FC layers in torchvision's files, and in those from the Caffe model."""
OUTPUTS = ("classifier.6.weight", "fc8.weight")
"""The last one, likewise: it is read for its outputs alone."""


class VGG16(FaceModel):
    """Images (B, 3, S, S), float RGB in [0, 1] -> logits; the convolutions are frozen, the three FC layers train.

    "The final three convolutional layers" (Bartissol 2017) may be these, which TF-Slim has as convolutions, or the last
    block's: ``last_block``.

    The FC layers start from the backbone's file, if it has them in these sizes; the last one, 1,000 outputs made
    ``num_classes``, and a second one of another size start at random, as all of them do where the file has none.

    Args:
        num_classes: outputs.
        backbone: the convolutions without a global pooling (``pooling="none"``); its width is that of the FC layers.
        second: neurons of the second FC layer at width 1; the thesis's second and fourth implementation have "fewer
            parameters" there and do not say how many.
        dropout: after each hidden FC layer; not stated, VGG16's own.
        last_block: whether the last three convolutions train, and of the FC layers what starts at random; False and
            None train all three FC layers.

    Raises:
        ConfigError: the backbone pools.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: VggBackbone,
        second: int = 4096,
        dropout: float = 0.5,
        last_block: bool | None = None,
    ) -> None:
        super().__init__()
        if backbone.pooling != "none":
            raise ConfigError(f"model.backbone.pooling={backbone.pooling}", expected="none: VGG16's FC layers see maps")
        self.backbone = backbone
        sizes = [backbone.outputs, scaled(4096, backbone.width), scaled(second, backbone.width)]
        self.head = Head(fully_connected(sizes, dropout), sizes[-1], num_classes)
        self.last_block, self.taken = bool(last_block), 0
        self.outputs: int | None = None
        self.freeze(*(f"backbone.block{n}" for n in range(1, 5)) if last_block else ["backbone"])

    def take_over(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the first two FC layers of the backbone's file, each if it is there and of this size."""
        layers = {place: layer for place, layer in self.head.hidden.named_children() if isinstance(layer, nn.Linear)}
        for names in NAMES:
            for name, (place, layer) in zip(names, layers.items(), strict=True):
                weight, bias = tensors.get(f"{name}.weight"), tensors.get(f"{name}.bias")
                if weight is not None and bias is not None and weight.shape == layer.weight.shape:
                    with torch.no_grad():
                        layer.weight.copy_(weight)
                        layer.bias.copy_(bias)
                    self.taken += 1
                    if self.last_block:
                        self.freeze(f"head.hidden.{place}")
        self.outputs = next((len(tensors[name]) for name in OUTPUTS if name in tensors), None)

    def facts(self) -> dict[str, float]:
        """How many of its FC layers are those of the backbone's file, and how many outputs that has, if it says so."""
        outputs = {} if self.outputs is None else {"outputs_of_file": self.outputs}
        return {"fc_layers_of_file": self.taken, **outputs}
