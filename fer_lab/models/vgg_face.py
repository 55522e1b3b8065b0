"""The VGG-Face CNN with its eight configurations (García Zapata 2018, sec. 4.1 and 7.1.1, Table 7.1)."""

from __future__ import annotations

from typing import Literal

from fer_lab.errors import ConfigError
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.vgg_trunk import Pooling, VggTrunk

FROZEN: dict[str, tuple[str, ...]] = {
    "all": ("trunk",),
    "first": ("trunk.block1", "trunk.block2"),
    "none": (),
}


class VGGFace(FaceModel):
    """Images (B, 3, S, S) -> logits. The thesis's choice: all convolutions frozen, max pooling, three FC layers.

    The FC layers are new (with pooling those of VGG-Face do not fit); "just the first few layers" (sec. 7.1.1) is
    read as the first two blocks, four convolutions.

    Args:
        num_classes: outputs.
        image_size: S.
        width: multiplier of the convolutions' 64..512 channels and of the FC layers' 4096.
        pooling: global pooling before the FC layers.
        fc: number of FC layers, the output layer included: 3, or 1 ("none" besides the output).
        freeze: which convolutions do not train.
        dropout: after each hidden FC layer.
        weights: of the trunk: ``embedded``, ``imagenet``, a VGG-Face file, or None.
        checksum: SHA-256 of that file.

    Raises:
        ConfigError: a value is unknown.
    """

    def __init__(
        self,
        num_classes: int,
        image_size: int = 224,
        width: float = 1.0,
        pooling: Pooling = "max",
        fc: Literal[3, 1] = 3,
        freeze: Literal["all", "first", "none"] = "all",
        dropout: float = 0.5,
        weights: str | None = None,
        checksum: str | None = None,
    ) -> None:
        super().__init__(weights, checksum)
        if freeze not in FROZEN or fc not in (1, 3):
            raise ConfigError(f"model.freeze={freeze!r}, model.fc={fc!r}", expected="all, first or none; 3 or 1")
        self.trunk = VggTrunk(width, image_size, pooling)
        self.head = fc_head(self.trunk.outputs, num_classes, layers=fc, width=width, dropout=dropout)
        self.freeze(*FROZEN[freeze])
