"""CNN with LSTM or GRU on images, end to end (García Zapata 2018, sec. 4.3 and 7.2.2)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.backbone import Backbone
from fer_lab.models.base import FaceModel, under
from fer_lab.models.layers import Head, fully_connected, scaled
from fer_lab.models.rnn import Recurrent, Rnn
from fer_lab.models.vgg_backbone import VggBackbone


class EachFrame(nn.Module):
    """A backbone on every image of a sequence: (B, T, 3, S, S) -> (B, T, outputs)."""

    def __init__(self, cnn: Backbone) -> None:
        super().__init__()
        self.cnn, self.outputs = cnn, cnn.outputs

    def forward(self, images: Tensor) -> Tensor:
        """Features (B, T, outputs)."""
        features: Tensor = self.cnn(images.flatten(0, 1))
        return features.view(*images.shape[:2], -1)


class CnnRnn(FaceModel):
    """Sequences of faces (B, T, 3, S, S), float RGB in [0, 1] -> logits.

    Convolutions (frozen), FC6 and FC7 of the fine-tuned CNN (trained further), recurrent layers, output. Which layers
    of the CNN train is not stated; this continues what its own fine-tuning did.

    Args:
        num_classes: outputs.
        backbone: the convolutions; its width is also that of FC6 and FC7.
        rnn: ``lstm`` or ``gru``.
        hidden: units of each recurrent layer.
        layers: number of recurrent layers ("Number of layers 3", Table 4.3).
        dropout: after FC6 and FC7, between the recurrent layers and before the output.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: VggBackbone,
        rnn: Rnn,
        hidden: int = 256,
        layers: int = 3,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        fc7 = scaled(4096, backbone.width)
        self.backbone = EachFrame(backbone)
        fc = fully_connected([self.backbone.outputs, fc7, fc7], dropout)
        recurrent = Recurrent(rnn, fc7, hidden, layers, dropout)
        self.head = Head(nn.Sequential(OrderedDict(fc=fc, recurrent=recurrent)), hidden, num_classes)
        self.freeze("backbone")

    def start_from(self, *parents: Mapping[str, Tensor]) -> None:
        """Take a fine-tuned ``VGGFace``'s weights: FC6 and FC7, and the backbone where its state holds it.

        Raises:
            ConfigError: the parent has other layers or other sizes.
        """
        (parent,) = parents
        fc, backbone = under("head.hidden.", parent), under("backbone.", parent)
        try:
            self.head.hidden.get_submodule("fc").load_state_dict(fc)
            if backbone:
                self.backbone.get_submodule("cnn").load_state_dict(backbone)
        except RuntimeError as error:
            raise ConfigError(
                f"the parent's weights do not fit {type(self).__name__}: {error}",
                expected="a VGGFace with three FC layers, of the same width, image size and pooling",
                do="give the parent cell the same profile and model.fc=3",
            ) from error
