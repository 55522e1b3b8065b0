"""Valence and arousal as people have said them: a CSV with a row a picture, or a frame of a video, and annotator.

``fer-lab annotate --export csv`` writes such a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from fer_lab.datasets.base import skip
from fer_lab.datasets.frame_labels import MOST
from fer_lab.datasets.label_table import read_table
from fer_lab.errors import DataError
from fer_lab.evaluation.targets import Values
from fer_lab.media import VIDEO_SUFFIXES

UNKNOWN = ("", "NaN", "nan")
NOTHING = "says neither valence nor arousal"
NO_NUMBER = "valence, arousal or time is no number"
OUT_OF_RANGE = "valence or arousal is outside the scale, {low:g} to {high:g}"
NO_TIME = f"is of a video and has no time between 0 and {MOST:g} s"
TWICE = "an annotator says it twice: which is meant is not known"


def read(root: Path, path: str, target: Values) -> pd.DataFrame:
    """Every row that can be used: ``path``, ``time`` (s; 0 of a picture), the values, ``annotator``.

    The labels of the index are the rows' lines in the file. A value that is empty or NaN is not known.
    ``attrs["skipped"]`` has a row for each of those left out, by line and path: without any value, with what is no
    number or outside the scale, of a video at no time, and all of an annotator that are of one picture or moment.

    Args:
        root: the data set's folder.
        path: of the table, relative to it; columns ``path``, the target's, perhaps ``time`` (s) and ``annotator``.
        target: valence and arousal, and their scale.

    Raises:
        DataError: see ``label_table.read_table``; a column is not there, or a row has no path.
    """
    said = read_table(root, path)
    if missing := [name for name in ("path", *target.names) if name not in said]:
        raise DataError(f"{path} has no column {missing[0]!r}",
                        expected=f"path, {', '.join(target.names)}, and perhaps time, annotator")  # fmt: skip
    if (empty := said["path"] == "").any():
        raise DataError(f"{path}, line {said.index[empty][0]}: no path", expected="the path of a picture or video")
    table = said.reindex(columns=["path", "time", *target.names, "annotator"], fill_value="")
    numbers = table[["time", *target.names]].apply(pd.to_numeric, errors="coerce")
    reasons = _reasons(table, numbers, target)
    table[["time", *target.names]] = numbers
    table["time"] = table["time"].where(table["path"].map(is_video), 0.0)
    again = table[reasons == ""].duplicated(["path", "time", "annotator"], keep=False)
    reasons[again.index[again]] = TWICE
    used = table[reasons == ""].astype(dict.fromkeys(("time", *target.names), float))
    wrong = table[["path"]].assign(why=reasons)[reasons != ""]
    used.attrs["skipped"] = [
        skip(f"{path}, line {row.Index}: {row.path}", root, str(row.why)) for row in wrong.itertuples()
    ]
    return used


def together(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """What all annotators say of a picture or moment: the mean of those who said something.

    Args:
        table: of ``read``.
        names: the columns of values.

    Returns:
        ``path, time`` and the values, NaN where nobody said any; and ``annotators``, how many said something.
    """
    of_moment = table.groupby(["path", "time"], sort=True)
    counted = of_moment["annotator"].nunique().rename("annotators")
    return pd.concat([of_moment[list(names)].mean(), counted], axis=1).reset_index()


def is_video(path: str) -> bool:
    """Whether a path is that of a video, by the end of its name."""
    return PurePosixPath(path).suffix.lower() in VIDEO_SUFFIXES


def _reasons(table: pd.DataFrame, numbers: pd.DataFrame, target: Values) -> pd.Series:
    """Why each row is left out; '' where it is not."""
    unread = numbers.isna() & ~table[list(numbers)].isin(UNKNOWN)
    values = numbers[list(target.names)]
    outside = ((values < target.low) | (values > target.high)).any(axis=1)
    untimed = table["path"].map(is_video) & ~numbers["time"].between(0, MOST)
    found = pd.Series("", index=table.index, dtype=object)
    for rows, reason in (
        (untimed, NO_TIME),
        (outside, OUT_OF_RANGE.format(low=target.low, high=target.high)),
        (values.isna().all(axis=1), NOTHING),
        (unread.any(axis=1), NO_NUMBER),
    ):
        found[rows] = reason
    return found
