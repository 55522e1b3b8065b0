"""A mark: what somebody says of an item in one go, checked before it is kept."""

from __future__ import annotations

import math
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fer_lab.errors import DataError

DIMENSIONS = ("valence", "arousal")
"""What is annotated, each from -1 to 1 (Bartissol 2017, sec. 3.4; the scale is ours: the thesis states none)."""
Points = tuple[tuple[float, float], ...]
"""Seconds from the beginning of a video (0 for a picture) and values from -1 to 1."""
LONGEST = 86_400.0
"""Seconds: later than this no video is annotated."""
MOST = 5000
"""Points of a mark, at most."""
TAKE = re.compile(r"[0-9a-z-]{1,40}")


@dataclass(frozen=True, slots=True)
class Mark:
    """Part of a take: one stroke on the pad, or a stretch of a recording, which replaces what stood there.

    Attributes:
        take: what is undone together.
        path: of the item.
        values: points by dimension, in the order of time.
    """

    take: str
    path: str
    values: Mapping[str, Points]


def checked_mark(take: Any, path: Any, values: Any) -> Mark:
    """A mark from what a request or a line of a file says.

    Raises:
        DataError: it is not of this form, a value or a time is no number in its range, or times fall.
    """
    if not isinstance(take, str) or not TAKE.fullmatch(take):
        raise DataError(f"the take {take!r:.60}", expected="small letters, digits and dashes, 40 at most")
    if not isinstance(path, str) or not path:
        raise DataError(f"the path {path!r:.60}", expected="that of a file")
    if not isinstance(values, dict) or not values or not set(values) <= set(DIMENSIONS):
        raise DataError(f"the values {values!r:.60}", expected=f"points of {' or '.join(DIMENSIONS)}")
    return Mark(take, path, {name: _points(name, values[name]) for name in DIMENSIONS if name in values})


def check_picture(mark: Mark) -> None:
    """Refuse a mark that is none of a picture.

    Raises:
        DataError: it has not exactly one point in each dimension, at 0 s.
    """
    if any([time for time, _ in mark.values.get(name, ())] != [0.0] for name in DIMENSIONS):
        raise DataError("a picture is marked at one point", expected="[[0, valence]] and [[0, arousal]]")


def _points(name: str, given: Any) -> Points:
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise DataError(f"the points of {name}", expected=f"a list of 1 to {MOST} pairs of seconds and value")
    if not all(isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair)) for pair in given):
        raise DataError(f"a point of {name} is no pair of numbers", expected="[seconds, value]")
    points = tuple((float(time), float(value)) for time, value in given)
    if outside := [value for _, value in points if not -1 <= value <= 1]:
        raise DataError(f"{name} {outside[0]:g}", expected="-1 to 1")
    times = [time for time, _ in points]
    if not all(0 <= time <= LONGEST for time in times) or times != sorted(times):
        raise DataError(f"the times of {name}", expected=f"seconds from 0 to {LONGEST:g} that do not fall")
    return points


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def merged(marks: Iterable[Mark]) -> dict[str, Points]:
    """What marks of one item say together: each replaces, from its first to its last time, what stood there.

    Args:
        marks: in the order in which they were made.

    Returns:
        Points by dimension; a dimension that nobody marked is left out.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for mark in marks:
        for name, points in mark.values.items():
            stood = found.setdefault(name, [])
            stood[bisect_left(stood, points[0][:1]) : bisect_right(stood, (points[-1][0], math.inf))] = points
    return {name: tuple(points) for name, points in found.items()}
