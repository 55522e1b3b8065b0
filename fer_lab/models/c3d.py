"""C3D (Tran et al. 2015), trained from scratch (García Zapata 2018, sec. 4.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head, initialise, scaled

BLOCKS: tuple[tuple[int, ...], ...] = ((64,), (128,), (256, 256), (512, 512), (512, 512))


class C3DBackbone(nn.Module):
    """Clips (B, 3, T, S, S), float RGB in [0, 1] -> features (B, outputs).

    Eight 3x3x3 convolutions and five poolings (the first 1x2x2, the others 2x2x2). Every pooling rounds up
    (``ceil_mode``): for the published 16 x 112 x 112 that gives the published shapes (time 16, 8, 4, 2, 1 and a
    last map of 4 x 4), and a clip of 5 frames, which would not fit otherwise, goes 5, 3, 2, 1, 1: a pooling over
    time that has a single frame left pools space alone.
    """

    def __init__(self, width: float, image_size: int, length: int, resize: int | None) -> None:
        super().__init__()
        self.resize = resize
        layers: list[nn.Module] = []
        channels, size, frames = 3, resize or image_size, length
        for number, block in enumerate(BLOCKS):
            for published in block:
                layers += [nn.Conv3d(channels, scaled(published, width), 3, padding=1), nn.ReLU(inplace=True)]
                channels = scaled(published, width)
            time = 1 if number == 0 else 2
            layers.append(nn.MaxPool3d((time, 2, 2), ceil_mode=True))
            size, frames = -(-size // 2), -(-frames // time)
        self.layers = nn.Sequential(*layers)
        self.outputs = channels * frames * size * size
        initialise(self)

    def forward(self, clips: Tensor) -> Tensor:
        """Features (B, outputs)."""
        # On CPUs bf16 weight gradients of small 3-D convolutions are not finite (oneDNN, torch 2.15): in float32 there.
        # Elsewhere the trainer's precision holds, whatever it is.
        with torch.autocast("cpu", enabled=False):
            return torch.flatten(self.layers((self.resized(clips.float()) - 0.5) / 0.25), 1)

    def resized(self, clips: Tensor) -> Tensor:
        """Clips (B, 3, T, S, S) at the side that the convolutions take."""
        if self.resize is None:
            return clips
        images = clips.transpose(1, 2).flatten(0, 1)
        images = F.interpolate(images, (self.resize, self.resize), mode="bilinear", antialias=True)
        return images.reshape(len(clips), -1, *images.shape[1:]).transpose(1, 2)


class C3D(FaceModel):
    """Clips of faces (B, 3, T, S, S) -> logits.

    Args:
        num_classes: outputs.
        image_size: S.
        length: T, the frames of a clip (5, sec. 7.2.2).
        width: multiplier of the convolutions' 64..512 channels and of the FC layers' 4096.
        dropout: after each hidden FC layer.
        resize: side, px, to which faces are resized before the first convolution; None takes them as they come.
            Published for 112, as is the Keras port that García Zapata 2018 names.
    """

    def __init__(
        self,
        num_classes: int,
        image_size: int = 112,
        length: int = 5,
        width: float = 1.0,
        dropout: float = 0.5,
        resize: int | None = None,
    ) -> None:
        super().__init__()
        self.backbone = C3DBackbone(width, image_size, length, resize)
        self.head = fc_head(self.backbone.outputs, num_classes, layers=3, width=width, dropout=dropout)
