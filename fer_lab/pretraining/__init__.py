"""What is trained before any run: the embedded backbone, on people of the generator."""

from fer_lab.pretraining.backbone import embedded_backbone

__all__ = ["embedded_backbone"]
