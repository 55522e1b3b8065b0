"""LSTM and GRU on sequences of features (García Zapata 2018, sec. 4.3 and 7.2.2, Table 4.3)."""

from __future__ import annotations

from typing import Literal, cast

import torch
from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head

Rnn = Literal["lstm", "gru"]


class Recurrent(nn.Module):
    """Stacked recurrent layers: sequences (B, T, inputs) -> the last layer's state at the last step (B, hidden).

    Always in single precision: the recurrence is a small part of the work and bf16 states drift.
    """

    def __init__(self, rnn: Rnn, inputs: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        if rnn not in ("lstm", "gru"):
            raise ConfigError(f"model.rnn={rnn!r} is unknown", expected="lstm or gru")
        kind = nn.LSTM if rnn == "lstm" else nn.GRU
        self.rnn = kind(inputs, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.dropout = nn.Dropout(dropout)

    def forward(self, sequence: Tensor) -> Tensor:
        """State after the last step (B, hidden)."""
        with torch.autocast(sequence.device.type, enabled=False):
            states, _ = self.rnn(sequence.float())
        return cast(Tensor, self.dropout(states[:, -1]))


class FeatureRNN(FaceModel):
    """Sequences of features (B, T, inputs), e.g. 100 principal components of fc7 -> logits.

    "Number of layers 3" (Table 4.3) is read as three stacked recurrent layers; their units are not stated.

    Args:
        num_classes: outputs.
        rnn: ``lstm`` or ``gru``.
        inputs: features a step.
        hidden: units of each recurrent layer.
        layers: number of recurrent layers.
        dropout: between the layers and before the output.
    """

    def __init__(
        self,
        num_classes: int,
        rnn: Rnn,
        inputs: int = 100,
        hidden: int = 256,
        layers: int = 3,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.backbone = nn.Identity()
        self.head = Head(Recurrent(rnn, inputs, hidden, layers, dropout), hidden, num_classes)
