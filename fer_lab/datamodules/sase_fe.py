"""Batches of SASE-FE."""

from __future__ import annotations

from typing import ClassVar

from fer_lab.datamodules.datamodule import FaceDataModule


class SaseFe(FaceDataModule):
    """SASE-FE over the shared items."""

    name = "sase_fe"
    default_target: ClassVar[str] = "hidden"
