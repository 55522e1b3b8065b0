"""What is in a data set, counted from its index: the figures that a data set's description prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from fer_lab import media
from fer_lab.datasets.composite import ORIGIN
from fer_lab.datasets.emotionet import NOT_THERE
from fer_lab.datasets.emotionet_list import UNITS
from fer_lab.datasets.fer2013 import SIDE
from fer_lab.errors import ConfigError, nearest
from fer_lab.fetching.account import read_classes
from fer_lab.fetching.outcomes import Outcome

Counter = Callable[[Path, pd.DataFrame], object | None]
LABELS = ("emotion", "label")
FETCHED = "fetched"
MOST = 0.5
ROWS: Mapping[str, Sequence[str]] = {"class": LABELS, "part": ("part_given",)}
"""What stands for the number of rows -> the columns, the first that there is, that have the value after the dot."""


def count(name: str, root: Path, index: pd.DataFrame) -> object | None:
    """One figure; None where the data set does not tell it.

    Args:
        name: ``subjects``, ``videos``, ``images``, ``sequences``, ``fps``, ``seconds``, ``size``, ``ages``, ``sexes``,
            ``races``, ``emotions`` (how many), ``formats`` (``video``, ``static`` or both), ``lengths`` (frames of the
            shortest and the longest); of EmotioNet ``not_there``, ``commas``, ``unknown_units``, ``thousands`` and
            ``beyond_thousands`` (full videos of a thousand images, and what is left of the last one); with a dot and a
            value, that figure of some rows only: ``sequences.anger`` of a class. ``class`` and ``part`` stand for the
            number of rows: ``class.anger``, ``part.Training``; ``fetched`` for that of a list's rows that a download
            ended with: ``fetched.HTTP 404``, told where ``fer-lab fetch`` has left its account. After a member of a
            composite data set and a slash, that figure of its rows: ``jaffe/class.anger``.
        root: the data set's folder or zip.
        index: its index.

    Raises:
        ConfigError: no such figure, or no such class, part or member.
    """
    member, slash, figure = name.rpartition("/")
    figure, dot, value = figure.partition(".")
    if figure == FETCHED:
        return _fetched(root, value)
    known = {**COUNTERS, **dict.fromkeys(ROWS, _number)} if dot else COUNTERS
    if figure not in known:
        raise ConfigError(f"count {name!r}", expected=f"one of {nearest(figure, known)}")
    rows = _rows_of(name, value, index, ROWS.get(figure, LABELS)) if dot else index
    if slash and rows is not None:
        rows = _rows_of_member(name, member, index, rows)
    return None if rows is None else known[figure](root, rows)


def _rows_of(name: str, value: str, index: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame | None:
    """The rows in which the first of the columns that there is has a value."""
    column = next((column for column in columns if column in index), None)
    if column is None:
        return None
    if value not in set(index[column]):
        raise ConfigError(f"count {name!r}", expected=f"{column} one of {nearest(value, set(index[column]))}")
    return index[index[column] == value]


def _rows_of_member(name: str, member: str, index: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Those of some rows of a composite data set that are a member's; of a class that only others have, none."""
    known = set(index[ORIGIN]) if ORIGIN in index else set()
    if member not in known:
        raise ConfigError(f"count {name!r}", expected=f"a member of a composite data set: {nearest(member, known)}")
    return rows[rows[ORIGIN] == member]


def _fetched(root: Path, value: str) -> object | None:
    """Rows of a list in a class of its download; not told where there is no account of it."""
    if value not in list(Outcome):
        raise ConfigError(f"count {FETCHED}.{value}", expected=f"one of {nearest(value, list(Outcome))}")
    classes = read_classes(root)
    return None if classes is None else classes.get(value, 0)


def _number(root: Path, index: pd.DataFrame) -> object | None:
    return len(index)


def _subjects(root: Path, index: pd.DataFrame) -> object | None:
    return len(set(index["subject"].dropna()) - {""}) or None


def _videos(root: Path, index: pd.DataFrame) -> object | None:
    return int(index["kind"].isin(("video", "sequence")).sum())


def _images(root: Path, index: pd.DataFrame) -> object | None:
    return int(index["kind"].isin(("image", "pixels")).sum())


def _sequences(root: Path, index: pd.DataFrame) -> object | None:
    """Also those of which only some images are there."""
    if "sequence" in index:
        return int(index["sequence"].nunique())
    return int((index["kind"] == "sequence").sum())


def _emotions(root: Path, index: pd.DataFrame) -> object | None:
    return int(index["emotion"].nunique()) if "emotion" in index else None


def _formats(root: Path, index: pd.DataFrame) -> object | None:
    """Whether there are single pictures, videos or both, in the words of Athanasiadis 2022, Table 3.1."""
    return ",".join(name for name, there in (("static", _images), ("video", _videos)) if there(root, index)) or None


def _size(root: Path, index: pd.DataFrame) -> object | None:
    """Width and height of the first picture."""
    first = index.iloc[0]
    if first["kind"] == "pixels":
        return f"{SIDE} x {SIDE}"  # others are refused
    frame = next(media.frames(root, first["path"], first["kind"], lambda line: [0], float(first["fps"])))
    return f"{frame.image.shape[1]} x {frame.image.shape[0]}"


def _fps(root: Path, index: pd.DataFrame) -> object | None:
    rates = index["fps"].dropna().unique()
    return float(rates[0]) if len(rates) == 1 else None


def _seconds(root: Path, index: pd.DataFrame) -> object | None:
    """Shortest and longest duration."""
    found = [timeline.duration for timeline in _timelines(root, index)]
    return f"{min(found):.1f}-{max(found):.1f} seconds"


def _lengths(root: Path, index: pd.DataFrame) -> object | None:
    """Fewest and most frames of a video, those between its first and its last counted that a copy lacks."""
    lines = _timelines(root, index[index["kind"].isin(("video", "sequence"))])
    found = [timeline.numbers[-1] - timeline.numbers[0] + 1 for timeline in lines]
    return f"{min(found)} to {max(found)}" if found else None


def _timelines(root: Path, index: pd.DataFrame) -> list[media.Timeline]:
    """Of every file, by its own clock; no frame is decoded."""
    found: list[media.Timeline] = []

    def note(timeline: media.Timeline) -> list[int]:
        found.append(timeline)
        return []

    for row in index.itertuples():
        list(media.frames(root, str(row.path), str(row.kind), note, float(row.fps)))  # type: ignore[arg-type]
    return found


def _ages(root: Path, index: pd.DataFrame) -> object | None:
    if "age" not in index:
        return None
    return f"{int(index['age'].min())}-{int(index['age'].max())}"


def _shares(column: str) -> Counter:
    """How the people are distributed over a column of ``subjects.csv``, if it has it (the twins tell no race)."""

    def shares(root: Path, index: pd.DataFrame) -> object | None:
        if column not in index:
            return None
        found = 100 * index.drop_duplicates("subject")[column].value_counts(normalize=True)
        return ", ".join(f"{share:.1f}% {name}" for name, share in found.items())

    return shares


def _not_there(root: Path, index: pd.DataFrame) -> object | None:
    """Images of a list that are not there."""
    return len([entry for entry in index.attrs.get("skipped", ()) if entry["reason"] == NOT_THERE])


def _commas(root: Path, index: pd.DataFrame) -> object | None:
    """URLs of a list with a comma in them, by the names of their images."""
    gone = [entry["id"] for entry in index.attrs.get("skipped", ()) if entry["reason"] == NOT_THERE]
    return sum(quote(",").lower() in name for name in (*index["id"], *gone))


def _unknown_units(root: Path, index: pd.DataFrame) -> object | None:
    """Action units that are not known of most images; not told where what is not known is read as absent."""
    known = index[[name for name in UNITS if name in index]].notna()
    number = int(np.count_nonzero(known.to_numpy().mean(axis=0) < MOST))
    return number or None


def _thousands(root: Path, index: pd.DataFrame) -> object | None:
    return len(index) // 1000


def _beyond_thousands(root: Path, index: pd.DataFrame) -> object | None:
    return len(index) % 1000


COUNTERS: Mapping[str, Counter] = {
    "subjects": _subjects,
    "videos": _videos,
    "images": _images,
    "sequences": _sequences,
    "fps": _fps,
    "seconds": _seconds,
    "emotions": _emotions,
    "formats": _formats,
    "lengths": _lengths,
    "size": _size,
    "ages": _ages,
    "sexes": _shares("sex"),
    "races": _shares("race"),
    "not_there": _not_there,
    "commas": _commas,
    "unknown_units": _unknown_units,
    "thousands": _thousands,
    "beyond_thousands": _beyond_thousands,
}
