"""What is in a data set, counted from its index: the figures that a data set's description prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from fer_lab import media
from fer_lab.errors import ConfigError, nearest

Counter = Callable[[Path, pd.DataFrame], object | None]


def count(name: str, root: Path, index: pd.DataFrame) -> object | None:
    """One figure; None where the data set does not tell it.

    Args:
        name: ``subjects``, ``videos``, ``images``, ``fps``, ``seconds``, ``ages``, ``sexes``, ``races``.
        root: the data set's folder or zip.
        index: its index.

    Raises:
        ConfigError: no such figure.
    """
    if name not in COUNTERS:
        raise ConfigError(f"count {name!r}", expected=f"one of {nearest(name, COUNTERS)}")
    return COUNTERS[name](root, index)


def _subjects(root: Path, index: pd.DataFrame) -> object | None:
    return int(index["subject"].nunique()) or None


def _videos(root: Path, index: pd.DataFrame) -> object | None:
    return int((index["kind"] != "image").sum())


def _images(root: Path, index: pd.DataFrame) -> object | None:
    return int((index["kind"] == "image").sum())


def _fps(root: Path, index: pd.DataFrame) -> object | None:
    rates = index["fps"].dropna().unique()
    return float(rates[0]) if len(rates) == 1 else None


def _seconds(root: Path, index: pd.DataFrame) -> object | None:
    """Shortest and longest duration, from the files' own clocks; no frame is decoded."""
    found: list[float] = []

    def note(timeline: media.Timeline) -> list[int]:
        found.append(timeline.duration)
        return []

    for row in index.itertuples():
        list(media.frames(root, str(row.path), str(row.kind), note, float(row.fps)))  # type: ignore[arg-type]
    return f"{min(found):.1f}-{max(found):.1f} seconds"


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


COUNTERS: Mapping[str, Counter] = {
    "subjects": _subjects,
    "videos": _videos,
    "images": _images,
    "fps": _fps,
    "seconds": _seconds,
    "ages": _ages,
    "sexes": _shares("sex"),
    "races": _shares("race"),
}
