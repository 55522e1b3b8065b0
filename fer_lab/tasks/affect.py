"""Numbers of an item, such as valence and arousal."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.losses import OverKnown


class Affect(FaceTask):
    """Mean squared error over the known values; the answers are the network's outputs, in the data set's own scale."""

    kind = "values"
    stored = np.float32

    def usual_loss(self) -> nn.Module:
        """Squared error of outputs (B, L) and values (B, L), a number or NaN."""
        return OverKnown(nn.MSELoss(reduction="none"))

    def activation(self, outputs: Tensor) -> Tensor:
        """The outputs themselves."""
        return outputs
