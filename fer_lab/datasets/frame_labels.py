"""Labels of frames in the long form: a CSV with a row a frame of a video, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

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

    Raises:
        DataError: it is no such CSV, or a frame stands in two rows.
    """
    try:
        table = pd.read_csv(file, dtype={"path": str, "emotion": str}, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read: {error}", expected="a CSV with columns path, frame, ...") from error
    place = "frame" if "frame" in table else "time"
    for column in ("path", place):
        if column not in table or table[column].isna().any():
            raise DataError(f"{file} does not say {column!r} in each row", expected="columns path, and frame or time")
    _check_numbers(table, place, file)
    if (twice := table.duplicated(["path", place])).any():
        first = table[twice].iloc[0]
        raise DataError(f"{file}: {first['path']}, {place} {first[place]} stands in two rows", expected="a row a frame")
    return table


def of_frames(table: pd.DataFrame, target: Target, paths: pd.Series, frames: pd.DataFrame) -> pd.DataFrame:
    """What is known of faces: of the row of their frame, or of the nearest in time, ``TOLERANCE`` away at most.

    Args:
        table: as ``read`` gives it.
        target: labels or values, of which the table has a column each.
        paths: path of each face's video.
        frames: ``frame`` and ``time`` of each face.

    Returns:
        The target's ``truth_columns``, a row a face in their order; NaN where nothing is known.

    Raises:
        DataError: a column is missing, or a value is none of the target's.
    """
    for name in target.names:
        if name not in table:
            raise DataError(f"labels.csv has no column {name!r}", expected=f"one of {nearest(name, table.columns)}")
        _check_values(table, name, target)
    wanted = pd.DataFrame({"path": paths.to_numpy(), "frame": frames["frame"].to_numpy(np.int64)})
    known = table[["path", *(["frame"] if "frame" in table else ["time"]), *target.names]]
    if "frame" in table:
        found = wanted.merge(known, on=["path", "frame"], how="left", validate="many_to_one")
    else:
        found = _nearest_in_time(wanted.assign(time=frames["time"]), known)
    return found[list(target.names)].astype(np.float64).set_axis(target.truth_columns, axis=1)


def single(own: pd.DataFrame, column: str, known: Sequence[str]) -> str:
    """The one value that all rows of a video have in a column.

    Raises:
        DataError: several values, or one that is not known.
    """
    values = own[column].unique()
    if len(values) != 1 or values[0] not in known:
        raise DataError(f"labels.csv: {own['path'].iloc[0]} has {column} {', '.join(map(str, values))}",
                        expected=f"one of {', '.join(known)}, the same in all its rows")  # fmt: skip
    return str(values[0])


def digest_of(own: pd.DataFrame) -> str:
    """A hash of what is known of a video."""
    return digest(own.astype(str).to_numpy().tolist())


def _nearest_in_time(wanted: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    order = wanted.assign(place=range(len(wanted)), time=_milliseconds(wanted["time"])).sort_values("time")
    timed = known.assign(time=_milliseconds(known["time"])).sort_values("time")
    found = pd.merge_asof(order, timed, on="time", by="path", direction="nearest", tolerance=TOLERANCE)
    return found.sort_values("place", ignore_index=True)


def _milliseconds(seconds: pd.Series) -> pd.Series:
    return (seconds * 1000).round().astype("int64")


def _check_numbers(table: pd.DataFrame, place: str, file: Path) -> None:
    numbers = pd.to_numeric(table[place], errors="coerce")
    wrong = numbers.isna() | ~numbers.between(0, MOST) | ((numbers % 1 != 0) if place == "frame" else False)
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0]) + 2
        raise DataError(
            f"{file}, line {line}: {place} {table[place].iloc[line - 2]!r}", expected=f"a number from 0 to {MOST:g}"
        )


def _check_values(table: pd.DataFrame, name: str, target: Target) -> None:
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
        line = int(np.flatnonzero(wrong)[0])
        raise DataError(f"labels.csv, line {line + 2}: {name} {table[name].iloc[line]!r}", expected=expected)
