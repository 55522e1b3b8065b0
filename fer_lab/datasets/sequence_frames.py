"""Frames of image sequences that go from neutral to a peak, as images of their own (Rosa Ramos 2018, sec. 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_lab.datasets.base import skip
from fer_lab.errors import ConfigError
from fer_lab.media import Unreadable, numbered

NEUTRAL = "neutral"


@dataclass(frozen=True)
class Frames:
    """Which frames of a sequence are taken, by their place: 0 is its first, 1 its last frame.

    How many frames Rosa Ramos 2018 took of a sequence is not stated; these places are ours.

    Args:
        shown: begin and end of those that show what the sequence is labelled with.
        neutral: begin and end of those that are neutral; None: none is taken as such.
        most: of each of the two at most so many, evenly spread; None: all that are there.

    Raises:
        ConfigError: a place is not from 0 to 1, or an end before its begin, or both overlap, or none is to be taken.
    """

    shown: Sequence[float] = (0.5, 1.0)
    neutral: Sequence[float] | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        for name, places in (("shown", self.shown), ("neutral", self.neutral)):
            if places is not None and not (len(places) == 2 and 0 <= places[0] <= places[1] <= 1):
                raise ConfigError(f"data.dataset.frames.{name}={list(places)}", expected="begin and end, within 0 to 1")
        if self.neutral is not None and self.neutral[1] >= self.shown[0]:
            raise ConfigError(
                f"data.dataset.frames.neutral={list(self.neutral)}",
                expected=f"an end before {self.shown[0]:g}, where data.dataset.frames.shown begins",
            )
        if self.most is not None and self.most < 1:
            raise ConfigError(f"data.dataset.frames.most={self.most}", expected="1 or more, or null for all")

    def taken(self, numbers: Sequence[int], emotion: str) -> list[tuple[int, str]]:
        """The numbers of the frames that are taken of a sequence, and what each shows."""
        first, length = min(numbers), max(1, max(numbers) - min(numbers))
        places = {number: (number - first) / length for number in sorted(numbers)}
        wanted = [(self.neutral, NEUTRAL), (self.shown, emotion)]
        return [
            (number, label)
            for within, label in wanted
            if within is not None
            for number in self._spread([n for n, place in places.items() if within[0] <= place <= within[1]])
        ]

    def _spread(self, numbers: Sequence[int]) -> list[int]:
        if self.most is None or len(numbers) <= self.most:
            return list(numbers)
        places = np.linspace(len(numbers) - 1, 0, self.most).round().astype(int)[::-1]  # one: the last
        return [numbers[place] for place in places]


def as_images(
    root: Path, rows: Iterable[Mapping[str, Any]], frames: Frames, target: str, skipped: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """Rows of an index for the frames of its sequences, with the columns ``sequence`` and ``number``.

    Videos, and sequences that cannot be read or have no such frame, go to ``skipped``.

    Args:
        root: of the data.
        rows: one a sequence.
        frames: which are taken.
        target: the column that says what a sequence shows.
        skipped: is added to.
    """
    for row in rows:
        taken, files, reason = [], {}, "a video: frames are taken of sequences of images"
        if row["kind"] == "sequence":
            try:
                files = numbered(root, row["path"])
                taken, reason = frames.taken(list(files), row[target]), "no frame at the places of data.dataset.frames"
            except Unreadable as error:
                reason = error.reason
        if not taken:
            skipped.append(skip(row["path"], root, reason))
        for number, label in taken:
            facts = {"id": f"{row['id']}/{number:08d}", "path": files[number], "kind": "image", "fps": None}
            yield {**row, **facts, target: label, "sequence": row["id"], "number": number}
