"""Batches of OULU-CASIA."""

from __future__ import annotations

from typing import ClassVar

from fer_lab.datamodules.datamodule import FaceDataModule


class OuluCasia(FaceDataModule):
    """OULU-CASIA over the shared items."""

    name = "oulu_casia"
    default_target: ClassVar[str] = "emotion"
