"""Batches of FER2013."""

from __future__ import annotations

from typing import ClassVar

from fer_lab.datamodules.datamodule import FaceDataModule


class Fer2013(FaceDataModule):
    """FER2013 over the shared items."""

    name = "fer2013"
    default_target: ClassVar[str] = "emotion"
