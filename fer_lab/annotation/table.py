"""What annotators say as a table: a row a picture, and a row a frame of a video as far as its trace goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.annotation.items import Item, Items, timeline
from fer_lab.annotation.marks import DIMENSIONS, Points
from fer_lab.annotation.store import said_by
from fer_lab.evaluation.arrays import Floats

COLUMNS = ("path", "time", *DIMENSIONS, "annotator")
GAP = 0.5
"""Seconds between two points of a trace, at most, if what is between them counts as said (as the page shows it)."""
Said = Mapping[str, Mapping[str, Points]]


def sampled(points: Points, times: Floats) -> Floats:
    """A trace at other times: on the line between two points, NaN where these are further apart than ``GAP``.

    Args:
        points: seconds and values, in the order of time; may be empty.
        times: (T,) seconds.

    Returns:
        (T,) values; NaN before the first and after the last point.
    """
    if not points:
        return np.full(len(times), np.nan)
    at, values = np.array(points).T
    after = np.clip(np.searchsorted(at, times), 1, max(len(at) - 1, 1))
    apart = at[np.minimum(after, len(at) - 1)] - at[after - 1]
    found = np.interp(times, at, values, left=np.nan, right=np.nan)
    return np.where((apart > GAP) & ~np.isin(times, at), np.nan, found)


def table(items: Items, names: Sequence[str]) -> pd.DataFrame:
    """What annotators say, in the order of items and of names.

    Returns:
        ``path``; ``time`` in seconds, NaN of a picture; ``valence`` and ``arousal`` from -1 to 1, NaN where nothing is
        said; ``annotator``. A frame of which nothing at all is said has no row.

    Raises:
        StoreError: a line of an annotator's file is damaged.
    """
    everyone = {name: said_by(items.root, name) for name in names}
    rows = [pd.DataFrame(columns=list(COLUMNS))]
    for item in items.listed:
        times = times_of(items, item) if any(item.path in said for said in everyone.values()) else np.zeros(0)
        for name, said in everyone.items():
            known = {dimension: sampled(said.get(item.path, {}).get(dimension, ()), times) for dimension in DIMENSIONS}
            shown = times if item.is_video else np.full(len(times), np.nan)
            own = pd.DataFrame({"path": item.path, "time": shown, **known, "annotator": name})
            rows.append(own.dropna(how="all", subset=list(DIMENSIONS)))
    return pd.concat([frame for frame in rows if len(frame)] or rows, ignore_index=True)


def times_of(items: Items, item: Item) -> Floats:
    """When the frames of an item are shown, in seconds; 0 of a picture."""
    return np.array(timeline(items.root, item.path).times if item.is_video else [0.0], float)


def unfinished(items: Items, names: Sequence[str]) -> list[tuple[str, str]]:
    """What a table of these annotators lacks: path and reason.

    Videos whose trace in a dimension leaves out more than ``GAP``, and what is said of files that are not there.
    """
    found = []
    by_path = {item.path: item for item in items.listed}
    for name in names:
        for path, known in said_by(items.root, name).items():
            if path not in by_path:
                found.append((path, f"{name} has annotated it, and it is not there"))
                continue
            found += [(path, f"{name}: {reason}") for reason in _lacking(known, by_path[path].seconds)]
    return found


def _lacking(known: Mapping[str, Points], seconds: float) -> list[str]:
    reasons = []
    for dimension in DIMENSIONS:
        at = np.array([time for time, _ in known.get(dimension, ())])
        covered = float(np.diff(at)[np.diff(at) <= GAP].sum())
        if not len(at) or covered < seconds - GAP:
            reasons.append(f"the trace of {dimension} covers {covered:.1f} of {seconds:.1f} s")
    return reasons


def label_studio(rows: pd.DataFrame, items: Items) -> list[dict[str, Any]]:
    """Tasks as Label Studio imports them.

    A picture is a task with two numbers (``Number``) an annotator. It knows no annotation that is a curve: a video is a
    task an annotator, its traces the data of a ``TimeSeries`` (``valueType="json"``, times in seconds).
    """
    videos = {item.path for item in items.listed if item.is_video}
    tasks: list[dict[str, Any]] = []
    for path, own in rows.groupby("path", sort=False):
        by_name = own.groupby("annotator", sort=False)
        if path in videos:
            tasks += [{"data": {"video": path, "annotator": name, "trace": _columns(part)}} for name, part in by_name]
        else:
            tasks.append({"data": {"image": path}, "annotations": [_numbers(name, part) for name, part in by_name]})
    return tasks


def _columns(own: pd.DataFrame) -> dict[str, list[float | None]]:
    """A trace by columns; what is not known is null."""
    return {
        name: [None if np.isnan(value) else round(float(value), 4) for value in own[name]]
        for name in ("time", *DIMENSIONS)
    }


def _numbers(name: Any, own: pd.DataFrame) -> dict[str, Any]:
    about = {"to_name": "image", "type": "number"}
    values = {dimension: round(float(own[dimension].iloc[0]), 4) for dimension in DIMENSIONS}
    result = [{"from_name": key, **about, "value": {"number": value}} for key, value in values.items()]
    return {"created_username": name, "result": result}
