"""What the items need of a face store: its rows, its views, its landmarks, its blendshapes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from fer_lab.datasets import UNTIL
from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Singles
from fer_lab.evaluation.target import Target
from fer_lab.faces import BLENDSHAPES
from fer_lab.faces.pixels import Pixels

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


class Faces(Protocol):
    """A face store, one row a face, in the order of the index and then of time."""

    @property
    def frames(self) -> pd.DataFrame:
        """Columns ``row, id, frame, time, position``."""

    @property
    def landmarks(self) -> npt.NDArray[Any]:
        """68 points of each face, (N, 68, 2), px of the source frame."""

    @property
    def blendshapes(self) -> npt.NDArray[Any]:
        """MediaPipe's blendshapes of each face, (N, 52), in [0, 1]."""

    def view(self, name: str) -> Pixels:
        """Faces prepared in one way, uint8 (N, S, S, C)."""


@dataclass(frozen=True)
class GivenFaces:
    """Faces in memory, those of one video in the order of time; when they were is not known.

    Args:
        views: uint8 (N, S, S, C) by name; none for what sees the points alone.
        points: 68 points of each face, (N, 68, 2), px of the source frame; None where nobody looked for them.
        said: the blendshapes of each face, (N, 52), likewise.

    Raises:
        DataError: no faces, views that are no images, or not as many of each.
    """

    views: Mapping[str, Bytes]
    points: Singles | None = None
    said: Singles | None = None

    def __post_init__(self) -> None:
        """Refuse what is not so many faces."""
        for name, view in self.views.items():
            if view.dtype != np.uint8 or view.ndim != 4 or view.shape[1] != view.shape[2]:
                raise DataError(f"view {name!r} is {view.dtype} {view.shape}", expected="uint8 (N, S, S, C)")
        if len({len(view) for view in self.views.values()}) > 1 or not self._count:
            raise DataError("views of no face, or not of the same faces", expected="N of each view, 1 or more")
        if self.points is not None and self.points.shape != (self._count, 68, 2):
            raise DataError(f"landmarks are {self.points.shape}", expected=f"({self._count}, 68, 2)")
        if self.said is not None and self.said.shape != (self._count, len(BLENDSHAPES)):
            raise DataError(f"blendshapes are {self.said.shape}", expected=f"({self._count}, {len(BLENDSHAPES)})")

    @property
    def _count(self) -> int:
        return next((len(given) for given in (*self.views.values(), self.points, self.said) if given is not None), 0)

    @property
    def frames(self) -> pd.DataFrame:
        """One row a face."""
        rows = np.arange(self._count)
        return pd.DataFrame({"row": rows, "id": "", "frame": rows, "time": np.nan, "position": np.nan})

    @property
    def landmarks(self) -> Singles:
        """The points.

        Raises:
            DataError: none were given.
        """
        if self.points is None:
            raise DataError("no landmarks were given", expected="68 points of each face, (N, 68, 2)")
        return self.points

    @property
    def blendshapes(self) -> Singles:
        """What was given.

        Raises:
            DataError: nothing was.
        """
        if self.said is None:
            raise DataError(
                "no blendshapes were given", expected=f"{len(BLENDSHAPES)} of each face, from faces.prepare"
            )
        return self.said

    def view(self, name: str) -> Bytes:
        """Faces prepared in one way.

        Raises:
            DataError: they were not given.
        """
        if name not in self.views:
            raise DataError(f"no view {name!r} among {list(self.views)}", expected="each view that the run needs")
        return self.views[name]


def content_hashes(faces: Faces, view: str) -> dict[str, str]:
    """A hash over the pixels of all faces of each id: equal for exact copies."""
    pixels, frames = faces.view(view), faces.frames
    hashes = {name: hashlib.blake2b(digest_size=16) for name in frames["id"].unique()}
    for row, name in zip(frames["row"], frames["id"], strict=True):
        hashes[name].update(pixels[row].tobytes())
    return {name: value.hexdigest() for name, value in hashes.items()}


def without_late_faces(faces: Faces, index: pd.DataFrame, ids: Iterable[str]) -> list[str]:
    """Of some videos those with faces in the first half of what is used of them alone (Athanasiadis 2022, sec. 4.1).

    Where a second half is asked for, the later half of the faces that such a video has stands for it.

    Args:
        faces: the store.
        index: of the data set; a column ``until`` says where a video ends.
        ids: of videos, and of images, which have no halves.
    """
    videos = index[index["kind"].isin(("video", "sequence")) & index["id"].isin(set(ids))].set_index("id")
    last = faces.frames.groupby("id")["position"].max()
    until = videos[UNTIL] if UNTIL in videos else pd.Series(1.0, videos.index)
    return sorted(name for name in videos.index.intersection(last.index) if last[name] < until[name] / 2)


def labelled_rows(
    faces: Faces,
    index: pd.DataFrame,
    parts: Mapping[str, tuple[str, ...]],
    target: Target,
    column: str,
    truth: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The rows of each part with what is known of them.

    Args:
        faces: the store.
        index: columns ``id``, ``subject``, and what is known of each id unless ``truth`` says it: the class in
            ``column``; labels and values in a column each, by their names.
        parts: ids of each part; an id in two parts (validation = test) is listed in both.
        target: what is asked for.
        column: its name.
        truth: what is known of each face, a row each in the order of the store: the target's ``truth_columns``.

    Returns:
        Columns ``row, video, subject, part`` and the target's ``truth_columns``, by part, then in the order of the
        store.
    """
    about = index.set_index("id")
    rows = faces.frames[["row", "id"]].rename(columns={"id": "video"}).join(about["subject"], on="video")
    if truth is None:
        rows = rows.join(_known_of_ids(about, target, column), on="video")
    else:
        rows = pd.concat([rows, truth.set_axis(rows.index)], axis=1)
    picked = [rows[rows["video"].isin(set(ids))].assign(part=part) for part, ids in parts.items()]
    found = pd.concat(picked, ignore_index=True)[["row", "video", "subject", "part", *target.truth_columns]]
    return found.astype({"label": "int64"}) if target.exclusive else found


def _known_of_ids(about: pd.DataFrame, target: Target, column: str) -> pd.DataFrame:
    """The truth columns of each row of an index."""
    if not target.exclusive:
        return about[list(target.names)].astype("float64").set_axis(target.truth_columns, axis=1)
    numbers = {name: number for number, name in enumerate(target.names)}
    return pd.DataFrame({"label": about[column].map(numbers)})
