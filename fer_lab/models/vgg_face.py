"""The VGG-Face CNN with its eight configurations (García Zapata 2018, sec. 4.1 and 7.1.1, Table 7.1)."""

from __future__ import annotations

from typing import Literal

from fer_lab.errors import ConfigError
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.pretrained import PretrainedBackbone

FROZEN: dict[str, tuple[str, ...]] = {
    "all": ("backbone",),
    "first": ("backbone.block1", "backbone.block2"),
    "none": (),
}


class VGGFace(FaceModel):
    """Images (B, 3, S, S), float RGB in [0, 1] -> logits.

    The thesis's choice: all convolutions frozen, max pooling, three FC layers.

    The FC layers are new (with pooling those of VGG-Face do not fit); "just the first few layers" (sec. 7.1.1) is
    read as the first two blocks, four convolutions.

    Args:
        num_classes: outputs.
        backbone: the convolutions, with their global pooling; its width is also that of the FC layers (4096 at 1).
        fc: number of FC layers, the output layer included: 3, or 1 ("none" besides the output).
        freeze: which convolutions do not train.
        dropout: after each hidden FC layer.

    Raises:
        ConfigError: a value is unknown.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: PretrainedBackbone,
        fc: Literal[3, 1] = 3,
        freeze: Literal["all", "first", "none"] = "all",
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if freeze not in FROZEN or fc not in (1, 3):
            raise ConfigError(f"model.freeze={freeze!r}, model.fc={fc!r}", expected="all, first or none; 3 or 1")
        self.backbone = backbone
        self.head = fc_head(backbone.outputs, num_classes, layers=fc, width=backbone.width, dropout=dropout)
        self.freeze(*FROZEN[freeze])
