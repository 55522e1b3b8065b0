"""Several labels an item, each of them present or absent, such as action units."""

from __future__ import annotations

from torch import Tensor, nn

from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.losses import OverKnown


class ActionUnits(FaceTask):
    """Binary cross entropy over the known labels; the answers are a probability each."""

    kind = "labels"

    def usual_loss(self) -> nn.Module:
        """Binary cross entropy of logits (B, L) and labels (B, L), 0, 1 or NaN."""
        return OverKnown(nn.BCEWithLogitsLoss(reduction="none"))

    def activation(self, outputs: Tensor) -> Tensor:
        """Probabilities from logits."""
        return outputs.sigmoid()
