"""Single images: how they are found and read, who is in them, and how faces are cut out of a twin's frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.label_table import read_table
from fer_lab.errors import ConfigError, DataError
from fer_lab.media import Image, grey, list_files, read_bytes

PEOPLE = "people.csv"
FOREHEAD = 0.07
"""How far above the middle of the 68 landmarks, which end at the brows, the square is: shares of its side."""


def in_zips(root: Path, files: Sequence[str]) -> list[str]:
    """The files inside the zips among ``files``, as paths relative to ``root`` that go through the zip."""
    return [item for file in files if file.lower().endswith(".zip") for item in list_files(root, file)]


def picture(root: Path, path: str, side: int) -> Image:
    """One picture: uint8 (side, side), grey.

    Raises:
        DataError: it has another size, or cannot be read.
    """
    pixels = grey(read_bytes(root, path), path)
    if pixels.shape != (side, side):
        height, width = pixels.shape
        raise DataError(f"{path} has {width} x {height} pixels", expected=f"{side} x {side}")
    return pixels


def wanted(published: int, scale: TwinScale) -> int:
    """How many images a twin of stills has: those asked for, at most as many as were published.

    Raises:
        ConfigError: none is asked for.
    """
    if scale.stills is not None and scale.stills < 1:
        raise ConfigError(f"profile.stills={scale.stills}", expected="1 or more, or null for as many as were published")
    return published if scale.stills is None else min(scale.stills, published)


def as_grey(frame: Image) -> Image:
    """A rendered frame, uint8 (H, W, 3) RGB, as grey, uint8 (H, W)."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)


def cut_out(
    frame: Image, landmarks: NDArray[np.float32], side: int, zoom: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
) -> Image:
    """The square around a face: uint8 (side, side), grey; what lies outside the frame repeats its border.

    Args:
        frame: uint8 (H, W, 3) RGB.
        landmarks: (68, 2) px of the frame, the truth's.
        side: of the square that comes out, px.
        zoom: side of the square in the frame, relative to the larger extent of the landmarks.
        shift: of the square, to the right and down, in shares of its side.
    """
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    length = max(2, round(float((high - low).max()) * zoom))
    centre = (low + high) / 2 + np.array([shift[0], shift[1] - FOREHEAD]) * length
    left, top = np.rint(centre - length / 2).astype(int)
    rows = np.clip(np.arange(top, top + length), 0, frame.shape[0] - 1)
    columns = np.clip(np.arange(left, left + length), 0, frame.shape[1] - 1)
    square = as_grey(np.ascontiguousarray(frame[rows][:, columns]))
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def people_in(root: Path, names: Iterable[str]) -> list[str]:
    """Who is in each image by ``people.csv``, '' where it is not known.

    Raises:
        DataError: ``people.csv`` lacks a column, or has an image twice.
    """
    if PEOPLE not in list_files(root):
        return ["" for _ in names]
    table = read_table(root, PEOPLE)
    if not {"image", "subject"} <= set(table) or table["image"].duplicated().any():
        raise DataError(f"{root / PEOPLE} does not say of every image once who is in it",
                        expected="the columns image and subject, one row an image")  # fmt: skip
    return table.set_index("image")["subject"].reindex(list(names)).fillna("").tolist()
