"""Labels of frames in the long form: a CSV with a row a frame of a video, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_lab import media
from fer_lab.datasets.label_table import read_table, typed
from fer_lab.errors import DataError, nearest
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Labels, Values
from fer_lab.storage import digest

MOST = 1e7
"""A frame's number or its seconds are less than this."""
TOLERANCE = 100
"""Milliseconds between a frame and the row that is taken for it, at most, where rows have times."""


def read(file: Path) -> pd.DataFrame:
    """The table: ``path`` and ``frame`` (0-based number in the video) or ``time`` (seconds), then what is known.

    A row's line in the file is its label in the index; empty lines are passed over.

    Raises:
        DataError: it is no such CSV, a column stands twice, or a frame in two rows.
    """
    table = typed(read_table(file.parent, file.name), texts=("path", "emotion"))
    place = "frame" if "frame" in table else "time"
    for column in ("path", place):
        if column not in table or table[column].isna().any():
            raise DataError(f"{file} does not say {column!r} in each row", expected="columns path, and frame or time")
    _check_numbers(table, place, file)
    if place == "frame":
        table[place] = table[place].astype(np.int64)
    if (again := table.duplicated(["path", place])).any():
        first = table[again].iloc[0]
        raise DataError(f"{_line(file, again)}: {first['path']}, {place} {first[place]:g} stands in two rows",
                        expected="a row a frame")  # fmt: skip
    return table


def beyond(root: Path, file: Path, path: str, own: pd.DataFrame) -> str | None:
    """Which rows of a video are of frames that it does not have, in words; None where there are none.

    Args:
        root: of the data.
        file: the table's.
        path: of the video, relative to ``root``; where it cannot be read, that is said of its faces.
        own: the video's rows of the table.
    """
    ends: list[float] = []

    def note(timeline: media.Timeline) -> list[int]:
        ends.append(len(timeline.numbers) if "frame" in own else timeline.duration + TOLERANCE / 1000)
        return []

    try:
        list(media.frames(root, path, "video", note))
    except media.Unreadable:
        return None
    outside = own["frame" if "frame" in own else "time"] >= ends[0]
    end = f"{ends[0]} frames" if "frame" in own else f"{ends[0] - TOLERANCE / 1000:.2f} s"
    rows = f"{outside.sum()} of its rows are beyond its end ({end}), the first"
    return f"{rows} in {_line(file, outside)}" if outside.any() else None


def of_frames(file: Path, target: Target, paths: pd.Series, frames: pd.DataFrame) -> pd.DataFrame:
    """What is known of faces: of the row of their frame, or of the nearest in time, ``TOLERANCE`` away at most.

    Args:
        file: the table's.
        target: labels or values, of which the table has a column each.
        paths: path of each face's video.
        frames: ``frame`` and ``time`` of each face.

    Returns:
        The target's ``truth_columns``, a row a face in their order; NaN where nothing is known.

    Raises:
        DataError: see ``read``; a column is missing or empty, or a value is none of the target's.
    """
    table = read(file)
    for name in target.names:
        if name not in table:
            raise DataError(f"{file} has no column {name!r}", expected=f"one of {nearest(name, table.columns)}")
        _check_values(table, name, target, file)
    wanted = pd.DataFrame({"path": paths.to_numpy(), "frame": frames["frame"].to_numpy(np.int64)})
    known = table[["path", *(["frame"] if "frame" in table else ["time"]), *target.names]]
    if "frame" in table:
        found = wanted.merge(known, on=["path", "frame"], how="left", validate="many_to_one")
    else:
        found = nearest_in_time(wanted.assign(time=frames["time"]), known)
    return found[list(target.names)].astype(np.float64).set_axis(target.truth_columns, axis=1)


def single(file: Path, own: pd.DataFrame, column: str, known: Sequence[str]) -> str:
    """The one value that all rows of a video have in a column.

    Raises:
        DataError: several values, or one that is not known.
    """
    first = own[column].iloc[0]
    if (other := (own[column] != first) | ~own[column].isin(known)).any():
        values = ", ".join(map(str, own[column].unique()))
        raise DataError(f"{_line(file, other)}: {own['path'].iloc[0]} has {column} {values}",
                        expected=f"one of {', '.join(known)}, the same in all its rows")  # fmt: skip
    return str(first)


def digest_of(own: pd.DataFrame) -> str:
    """A hash of what is known of a video."""
    return digest(own.astype(str).to_numpy().tolist())


def nearest_in_time(wanted: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``wanted`` in their order, each with the row of ``known`` of its ``path`` that is nearest in ``time``.

    Where none is within ``TOLERANCE``, the columns of ``known`` are NaN. Times are in seconds, and come back in ms.
    """
    order = wanted.assign(place=range(len(wanted)), time=_milliseconds(wanted["time"])).sort_values("time")
    timed = known.assign(time=_milliseconds(known["time"])).sort_values("time")
    found = pd.merge_asof(order, timed, on="time", by="path", direction="nearest", tolerance=TOLERANCE)
    return found.sort_values("place", ignore_index=True)


def _milliseconds(seconds: pd.Series) -> pd.Series:
    return (seconds * 1000).round().astype("int64")


def _line(file: Path, rows: pd.Series) -> str:
    """The file and line of the first of some rows."""
    return f"{file}, line {_first(rows)}"


def _first(rows: pd.Series) -> int:
    return int(rows.index[list(rows).index(True)])


def _said(values: pd.Series, rows: pd.Series) -> str:
    """The value of the first of some rows, as the file has it."""
    value = values.loc[_first(rows)]
    return repr(value) if isinstance(value, str) else f"{value:g}"


def _check_numbers(table: pd.DataFrame, place: str, file: Path) -> None:
    numbers = pd.to_numeric(table[place], errors="coerce")
    wrong = numbers.isna() | ~numbers.between(0, MOST) | ((numbers % 1 != 0) if place == "frame" else False)
    if wrong.any():
        said = _said(table[place], wrong)
        raise DataError(f"{_line(file, wrong)}: {place} {said}", expected=f"a number from 0 to {MOST:g}")


def _check_values(table: pd.DataFrame, name: str, target: Target, file: Path) -> None:
    values = pd.to_numeric(table[name], errors="coerce")
    wrong = values.isna() & table[name].notna()
    expected = "a number, or empty where it is not known"
    if isinstance(target, Labels):
        wrong |= values.notna() & ~values.isin([0, 1])
        expected = "1, 0, or empty where it is not known"
    elif isinstance(target, Values):
        wrong |= (values < target.low) | (values > target.high)
        expected = f"{target.low:g} to {target.high:g}, or empty where it is not known"
    if wrong.any():
        raise DataError(f"{_line(file, wrong)}: {name} {_said(table[name], wrong)}", expected=expected)
    if values.isna().all():
        raise DataError(f"{file}, line 1: the column {name!r} is empty: it is known of no frame", expected=expected)
