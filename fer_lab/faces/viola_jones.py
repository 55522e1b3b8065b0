"""Crop the largest face that OpenCV's frontal-face cascade finds.

Viola and Jones 2001, doi:10.1109/CVPR.2001.990517; the cascade was trained by R. Lienhart, after Lienhart and Maydt
2002, doi:10.1109/ICIP.2002.1038171. Its file ships with this package, under the licence in its head (see NOTICE): the
wheels of OpenCV 5 carry none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fer_lab.errors import ConfigError, StoreError
from fer_lab.faces.steps import Box, Cropped, Image, NoFace, Step, grey
from fer_lab.resources import how_to_restore
from fer_lab.storage import file_digest

CASCADE = Path(__file__).with_name("haarcascade_frontalface_default.xml")
SHA256 = "0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0"
WINDOW = 24
"""Side of the cascade's window, px: no smaller face is found."""


@dataclass(frozen=True)
class ViolaJonesCrop(Step):
    """The largest face by Viola-Jones, cut out along its box; a picture without one has no outcome.

    The thesis states no parameter (Athanasiadis 2022, sec. 3.5.2): these are ours, the first two OpenCV's usual ones.

    Args:
        scale_factor: by how much the window grows from one scale to the next.
        min_neighbours: by how many windows a face must be found, beside the first.
        min_size: side of the smallest face, as a share of the picture's shorter side.
    """

    VERSION = 1
    TITLE = "Viola-Jones crop"
    scale_factor: float = 1.1
    min_neighbours: int = 5
    min_size: float = 0.25

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ConfigError: a value out of its range, naming it.
        """
        for key, holds, expected in (
            ("scale_factor", 1 < self.scale_factor <= 2, "above 1, to 2"),
            ("min_neighbours", self.min_neighbours >= 0, "0 or more"),
            ("min_size", 0 <= self.min_size <= 1, "a share, 0 to 1"),
        ):
            if not holds:
                raise ConfigError(f"faces.steps: ViolaJonesCrop.{key} = {getattr(self, key)!r}", expected=expected)

    def apply(self, image: Image) -> Cropped | NoFace:
        """(H, W, C) to a square (S, S, C); a colour picture is looked at in grey."""
        if min(image.shape[:2]) < WINDOW:
            height, width = image.shape[:2]
            return NoFace(f"a picture of {width} x {height} px, smaller than the window of {WINDOW} px")
        faces = self.boxes(image)
        if not faces:
            return NoFace("no face")
        largest = left, top, width, height = max(faces, key=lambda box: (box[2] * box[3], box))
        return Cropped(np.ascontiguousarray(image[top : top + height, left : left + width]), largest, len(faces))

    def side(self, before: int | None) -> None:
        """Faces differ in size."""

    def boxes(self, image: Image) -> list[Box]:
        """Every face found."""
        smallest = max(WINDOW, round(self.min_size * min(image.shape[:2])))
        found = _cascade().detectMultiScale(
            grey(image), scaleFactor=self.scale_factor, minNeighbors=self.min_neighbours, minSize=(smallest, smallest)
        )
        return [(int(left), int(top), int(width), int(height)) for left, top, width, height in found]


@lru_cache(maxsize=1)
def _cascade() -> Any:
    """This process's classifier.

    Raises:
        StoreError: its file is missing or another one.
    """
    if not CASCADE.is_file() or file_digest(CASCADE) != SHA256:
        raise StoreError(
            f"{CASCADE} is missing or damaged",
            expected=f"SHA-256 {SHA256}",
            do=how_to_restore(f"fer_lab/faces/{CASCADE.name}"),
        )
    return cv2.CascadeClassifier(str(CASCADE))
