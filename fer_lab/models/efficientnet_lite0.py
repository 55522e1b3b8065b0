"""EfficientNet-lite0 (Tan & Le 2019; TensorFlow's lite variant: no squeeze and excitation, ReLU6), as timm has it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import timm
from torch import nn

from fer_lab.models.packaged import PackagedBackbone

NETWORK = "tf_efficientnet_lite0"


class EfficientNetLite0(PackagedBackbone):
    """Images (B, 1 or 3, any, any), float in [0, 1] -> features (B, 1280); see ``PackagedBackbone``.

    Eighteen blocks: the stem, sixteen of inverted residuals, the last convolution; and the pooling.
    """

    first = "conv_stem.weight"
    comes_with = "efficientnet_lite0"
    folded = False
    names = f"timm's names of {NETWORK}"

    def build(self) -> None:
        """See ``convolved``."""
        made: Any = timm.create_model(NETWORK, pretrained=False, num_classes=0)
        self.stem = nn.Sequential(OrderedDict(conv_stem=made.conv_stem, bn1=made.bn1))
        self.stages: nn.Sequential = made.blocks
        self.top = nn.Sequential(OrderedDict(conv_head=made.conv_head, bn2=made.bn2))

    def convolved(self) -> list[nn.Module]:
        """The stem, each inverted residual, the last convolution."""
        inner = [block for stage in self.stages if isinstance(stage, nn.Sequential) for block in stage]
        return [self.stem, *inner, self.top]

    def _called(self, name: str) -> str:
        place, _, rest = name.partition(".")
        return f"blocks.{rest}" if place == "stages" else rest
