"""One class an item."""

from __future__ import annotations

from torch import Tensor, nn
from torchmetrics.classification import MulticlassAccuracy

from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.over_epoch import OverEpoch


class Classification(FaceTask):
    """Cross entropy; the answers are probabilities that sum to 1."""

    kind = "classes"

    def usual_loss(self) -> nn.Module:
        """Cross entropy of logits (B, C) and class numbers (B,), or shares of the classes (B, C)."""
        return nn.CrossEntropyLoss()

    def activation(self, outputs: Tensor) -> Tensor:
        """Probabilities from logits."""
        return outputs.softmax(-1)

    def configure_metrics(self) -> None:
        """Loss and accuracy over the training items of an epoch, as they were shown."""
        super().configure_metrics()
        accuracy = MulticlassAccuracy(
            len(self.target.names), average="micro", validate_args=False, sync_on_compute=False
        )
        self.train_accuracy = OverEpoch(accuracy)

    def count(self, outputs: Tensor, target: Tensor) -> None:
        """Count the right answers; of shares of the classes the largest is right."""
        self.train_accuracy.update(outputs, target.argmax(dim=1) if target.is_floating_point() else target)

    def log_training(self) -> None:
        """Log loss and accuracy of the epoch."""
        super().log_training()
        self.log("train/accuracy", self.train_accuracy.compute())
        self.train_accuracy.reset()
