"""Batches of CK+."""

from __future__ import annotations

from typing import ClassVar

from fer_lab.datamodules.datamodule import FaceDataModule


class CkPlus(FaceDataModule):
    """CK+ over the shared items."""

    name = "ck_plus"
    default_target: ClassVar[str] = "emotion"
