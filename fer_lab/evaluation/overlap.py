"""What two parts of a split share: people, videos, and faces that are copies of each other. No torch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.evaluation.arrays import Bools, Ints
from fer_lab.evaluation.near_copies import in_order

BETWEEN = (("test", "train"), ("test", "val"), ("val", "train"))
"""The parts that are held against each other; shares are of the first."""
COMPARED = 64
"""Larger faces are looked at for near copies at this side, px: thousands at their own take too much memory."""
Parts = Mapping[str, Collection[str]]
"""The ids (videos or images) of each part of a split."""


@dataclass(frozen=True)
class Overlap:
    """What two parts share.

    Attributes:
        part, other: names of the two.
        faces: how many faces the first has.
        people, videos: names that are in both, sorted.
        copies: kind of copy -> pairs (M, 2) of rows, that of ``part`` first.
        touched: what is shared -> rows of the faces of ``part`` that are concerned: by ``people``, ``videos``, or a
            kind of copy.
    """

    part: str
    other: str
    faces: int
    people: tuple[str, ...]
    videos: tuple[str, ...]
    copies: Mapping[str, Ints]
    touched: Mapping[str, Ints]

    def number(self, what: str) -> int:
        """How many people, videos, or pairs of copies of a kind."""
        return len({"people": self.people, "videos": self.videos, **self.copies}[what])

    def share(self, *what: str) -> float:
        """Share of the faces of ``part`` that are concerned (0 to 1), by anything where nothing is named."""
        rows = [self.touched[name] for name in what or self.touched]
        return len(np.unique(np.concatenate(rows))) / self.faces if self.faces else 0.0


def overlaps(faces: pd.DataFrame, parts: Parts, copies: Mapping[str, Ints]) -> list[Overlap]:
    """What every two parts of a split share.

    Args:
        faces: one row a face, numbered from 0: columns ``video`` and ``subject`` (``""``: nobody named).
        parts: ids of each part; a part that has none is left out.
        copies: kind of copy -> pairs (M, 2) of rows.
    """
    inside = {part: faces["video"].isin(set(ids)).to_numpy() for part, ids in parts.items() if len(ids)}
    found = [(part, other) for part, other in BETWEEN if part in inside and other in inside]
    return [_overlap(faces, part, other, inside[part], inside[other], copies) for part, other in found]


def together(folds: Sequence[Overlap]) -> Overlap:
    """What two parts share over all folds, each pair of copies once, the lower row first."""
    first = folds[0]
    pairs = {kind: np.concatenate([fold.copies[kind] for fold in folds]) for kind in first.copies}
    return Overlap(
        first.part,
        first.other,
        sum(fold.faces for fold in folds),
        tuple(sorted({name for fold in folds for name in fold.people})),
        tuple(sorted({name for fold in folds for name in fold.videos})),
        {kind: np.unique(in_order(found), axis=0) for kind, found in pairs.items()},
        {what: np.unique(np.concatenate([fold.touched[what] for fold in folds])) for what in first.touched},
    )


def groups_apart(videos: pd.Series[str], splits: Sequence[Parts]) -> Ints:
    """A number for each face, (N,): faces of one number are never in two parts, whichever of the splits is taken.

    Where validation is the test part, its faces are in both: that is seen by their videos, not by their copies.
    """
    masks = [videos.isin(set(ids)).to_numpy() for parts in splits for ids in parts.values()]
    return np.unique(np.array(masks).T, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def grey_faces(view: Any) -> NDArray[np.uint8]:
    """Faces (N, S, S, C), read one by one, as they are compared: grey, at most ``COMPARED`` px wide, (N, s, s)."""
    side = min(view.shape[1], COMPARED)
    made = np.empty((len(view), side, side), np.uint8)
    for row, face in enumerate(view):
        grey = cv2.cvtColor(np.asarray(face), cv2.COLOR_RGB2GRAY) if face.shape[-1] == 3 else np.asarray(face[..., 0])
        made[row] = grey if len(grey) == side else cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    return made


def without(pairs: Ints, others: Sequence[Ints]) -> Ints:
    """Those pairs (M, 2) of rows that are not among the others, in order."""
    known = {tuple(pair) for found in others for pair in found.tolist()}
    return in_order(np.array([pair for pair in pairs.tolist() if tuple(pair) not in known], np.int64).reshape(-1, 2))


def _overlap(
    faces: pd.DataFrame, part: str, other: str, ours: Bools, theirs: Bools, copies: Mapping[str, Ints]
) -> Overlap:
    names = {"people": faces["subject"].astype(str), "videos": faces["video"].astype(str)}
    shared = {what: (set(names[what][ours]) & set(names[what][theirs])) - {""} for what in names}
    pairs = {kind: _turned(found, ours, theirs) for kind, found in copies.items()}
    touched = {what: np.flatnonzero(ours & names[what].isin(shared[what]).to_numpy()) for what in names}
    touched |= {kind: np.unique(found[:, 0]) for kind, found in pairs.items()}
    people, videos = (tuple(sorted(shared[what])) for what in names)
    return Overlap(part, other, int(ours.sum()), people, videos, pairs, touched)


def _turned(pairs: Ints, ours: Bools, theirs: Bools) -> Ints:
    """The pairs between two parts, the row of the first part first."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    between: Ints = both[ours[both[:, 0]] & theirs[both[:, 1]]]
    return between
