"""How far annotators agree, how late they are, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_lab.annotation.items import Items
from fer_lab.annotation.marks import DIMENSIONS
from fer_lab.annotation.store import GOLD, said_by
from fer_lab.annotation.table import COLUMNS, Said, sampled, times_of
from fer_lab.evaluation.agreement import LATEST, aligned, gold, icc, lags, mean_ccc
from fer_lab.evaluation.arrays import Floats

STEP = 0.04
"""Seconds between two samples of traces that are compared."""
BETWEEN = np.full(round(LATEST / STEP), np.nan)
"""Stands between two videos, so that no shift compares one with another."""


@dataclass(frozen=True)
class Agreement:
    """Of one dimension of the pictures, or of the videos.

    Attributes:
        of: ``pictures``, ``videos`` as recorded, or ``videos, lags taken back``.
        dimension: valence or arousal.
        n: pictures, or moments ``STEP`` apart, of which everybody says something.
        icc: ICC(2,1) over them.
        ccc: mean concordance of two annotators, over what both say something of.
    """

    of: str
    dimension: str
    n: int
    icc: float
    ccc: float


class Compared:
    """Annotators of a folder beside each other.

    Args:
        items: of the folder.
        names: of two annotators or more.

    Attributes:
        late: (annotators,) seconds by dimension: how much later each is than all on average; NaN where that is unknown.

    Raises:
        StoreError: a line of an annotator's file is damaged.
    """

    def __init__(self, items: Items, names: Sequence[str]) -> None:
        self._items = items
        self._said: list[Said] = [said_by(items.root, name) for name in names]
        self._known = [item for item in items.listed if any(item.path in said for said in self._said)]
        self.late: Mapping[str, Floats] = {name: lags(self._traces(name), STEP) for name in DIMENSIONS}

    def agreements(self) -> list[Agreement]:
        """Of pictures and of videos, where there are any; of videos also once lags are taken back."""
        pictures = [item.path for item in self._known if not item.is_video]
        videos = any(item.is_video for item in self._known)
        found = []
        for name in DIMENSIONS:
            if pictures:
                ratings = np.array([self._at(path, name, np.zeros(1))[:, 0] for path in pictures])
                found.append(_agreement("pictures", name, ratings))
            if videos:
                traces = self._traces(name)
                found.append(_agreement("videos", name, traces.T))
                moved = aligned(traces, self.late[name], STEP)
                found.append(_agreement("videos, lags taken back", name, moved.T))
        return sorted(found, key=lambda one: one.of)

    def gold(self) -> pd.DataFrame:
        """What all say together, as ``table`` says it: the mean of a picture, the gold trace of a video."""
        rows = [pd.DataFrame(columns=list(COLUMNS))]
        for item in self._known:
            times = times_of(self._items, item)
            grid = _grid(item.seconds)
            known = {name: gold(self._at(item.path, name, grid), self.late[name] * item.is_video, STEP)
                     for name in DIMENSIONS}  # fmt: skip
            at = {name: np.interp(times, grid, values) for name, values in known.items()}
            shown = times if item.is_video else np.full(1, np.nan)
            own = pd.DataFrame({"path": item.path, "time": shown, **at, "annotator": GOLD})
            rows.append(own.dropna(how="all", subset=list(DIMENSIONS)))
        return pd.concat([frame for frame in rows if len(frame)] or rows, ignore_index=True)

    def _at(self, path: str, dimension: str, times: Floats) -> Floats:
        """What each says of an item at some times, (annotators, times)."""
        return np.stack([sampled(said.get(path, {}).get(dimension, ()), times) for said in self._said])

    def _traces(self, dimension: str) -> Floats:
        """The traces of all videos one after the other, (annotators, T)."""
        parts = [self._at(item.path, dimension, _grid(item.seconds)) for item in self._known if item.is_video]
        gap = np.tile(BETWEEN, (len(self._said), 1))
        return np.concatenate([gap, *(piece for part in parts for piece in (part, gap))], axis=1)


def _grid(seconds: float) -> Floats:
    return np.arange(0, seconds + STEP / 2, STEP)


def _agreement(of: str, dimension: str, ratings: Floats) -> Agreement:
    everybody = int((~np.isnan(ratings).any(axis=1)).sum())
    return Agreement(of, dimension, everybody, icc(ratings), mean_ccc(ratings))
