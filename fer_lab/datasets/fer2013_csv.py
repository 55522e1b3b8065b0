"""FER2013 as a CSV: one row an image, its pixels as text."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.label_table import read_table
from fer_lab.datasets.stills import in_zips
from fer_lab.errors import DataError
from fer_lab.media import Image

NAMES = ("fer2013.csv", "icml_face_data.csv")
PARTS = ("Training", "PublicTest", "PrivateTest")
HEADER = ("emotion", "pixels", "Usage")


def find(root: Path, files: Sequence[str]) -> str:
    """The path of the CSV (plain, ``.gz``, or in a zip), or ''.

    Args:
        root: the data set's folder.
        files: all files in it.
    """
    inside = in_zips(root, files)
    for name in NAMES:
        for file in (*files, *inside):
            if PurePosixPath(file).name in (name, f"{name}.gz"):
                return file
    return ""


def rows(root: Path, path: str, emotions: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of the index.

    Raises:
        DataError: a column is missing, or an emotion or a Usage is unknown.
    """
    table = _read(root, path, ["emotion", "Usage"])
    numbers = pd.to_numeric(table["emotion"], errors="coerce")
    known = numbers.isin(range(len(emotions)))
    _refuse(path, table["emotion"], known, f"an emotion, 0 to {len(emotions) - 1}: {', '.join(emotions)}")
    usage = table["Usage"]
    _refuse(path, usage, usage.isin(PARTS), f"a Usage: {', '.join(PARTS)}")
    for row, (number, part) in enumerate(zip(numbers.astype(int), usage, strict=True)):
        emotion = emotions[number]
        yield {
            "id": f"{part}/{emotion}/{row:08d}",
            "path": path,
            "kind": "pixels",
            "subject": "",
            "fps": None,
            "emotion": emotion,
            "part_given": part,
            "row": row,
        }


def images(root: Path, path: str, wanted: NDArray[np.int64], side: int) -> Image:
    """The pictures of some rows: uint8 (N, side, side).

    Raises:
        DataError: a row has too few or too many values, or one outside 0 to 255.
    """
    texts = _read(root, path, ["pixels"])["pixels"]
    pixels = np.empty((len(wanted), side, side), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # how numpy < 2.4 says that a text ends in rubbish
        for place, row in enumerate(wanted):
            pixels[place] = _pixels(str(texts.iat[row]), side, f"{path}, line {texts.index[row]}")
    return pixels


def _pixels(text: str, side: int, where: str) -> Image:
    try:
        values = np.fromstring(text, dtype=np.int64, sep=" ")
    except (ValueError, DeprecationWarning) as error:
        raise DataError(f"{where}: pixels that are no numbers", expected="0 to 255, with spaces between") from error
    if values.size != side * side:
        raise DataError(
            f"{where}: {values.size} pixel values",
            expected=f"{side * side} numbers ({side} x {side})",
        )
    if values.min() < 0 or values.max() > 255:
        raise DataError(f"{where}: pixel values {values.min()} to {values.max()}", expected="0 to 255")
    return values.reshape(side, side).astype(np.uint8)


def _read(root: Path, path: str, columns: list[str]) -> pd.DataFrame:
    table = read_table(root, path, columns)
    if missing := sorted(set(columns) - set(table.columns)):
        raise DataError(f"{path} has no column {', '.join(missing)}", expected=f"the columns {', '.join(HEADER)}")
    return table


def _refuse(path: str, values: pd.Series[Any], good: pd.Series[bool], expected: str) -> None:
    if not good.all():
        line = values.index[~good.to_numpy()][0]
        raise DataError(f"{path}, line {line}: {values[line]!r}", expected=expected)
