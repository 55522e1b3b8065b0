"""Near copies among single images, looked for once a face store and kept in the cache. Imports no torch."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fer_lab.datamodules.splits import PARTS, Split
from fer_lab.evaluation.arrays import Images, Ints
from fer_lab.evaluation.augmented_copies import augmented_pairs
from fer_lab.evaluation.near_copies import NEAR, near_pairs
from fer_lab.evaluation.overlap import COMPARED, grey_faces
from fer_lab.faces import FaceStore
from fer_lab.phases import phase
from fer_lab.storage import cache_root, digest, locked, publish, whole_once_checked

log = logging.getLogger(__name__)
Pairs = NDArray[np.object_]
"""Ids (M, 2)."""


def near_rows(faces: FaceStore, view: str) -> Ints:
    """The pairs (M, 2) of rows of a store that are near copies, exact ones among them, whatever part they are in.

    A third of a minute for the 36,000 images of FER2013 the first time, then read.
    """
    return _kept(["near", faces.key, view, NEAR, COMPARED], len(faces.frames), lambda: near_pairs(_grey(faces, view)))


def near_copies(split: Split, faces: FaceStore, view: str) -> Pairs | None:
    """The pairs of ids that are near copies, exact ones among them; None for videos, whose faces are too many.

    ``fer-lab leaks`` looks at the faces of videos, too. Of pictures as they come of which nobody is named, two parts
    may hold other cuts of one photograph: these count (45 s for FER2013 the first time). Faces that were aligned are
    too much alike for that, and where people are named, whoever is in one part only is in no other photograph.
    """
    if not faces.frames["id"].is_unique:
        return None
    ids = faces.frames["id"].to_numpy()
    pairs = near_rows(faces, view)
    if not faces.has_landmarks and not any(split.subjects.values()):
        pairs = np.concatenate([pairs, _cuts(split, faces, view)])
    found: Pairs = ids[pairs]
    return found


def same_photographs(faces: FaceStore, view: str) -> Ints:
    """The pairs (M, 2) of rows of a store that are near copies, or one the other turned, shifted, zoomed or mirrored,
    whatever part they are in.

    A minute and a half for the 36,000 images of FER2013 the first time, then read.

    Raises:
        DataError: there are too many pairs that might be (``augmented_pairs``).
    """
    number = len(faces.frames)
    cuts = _kept(["photographs", faces.key, view, NEAR], number,
                 lambda: augmented_pairs(_grey(faces, view), np.arange(number))[0])  # fmt: skip
    return np.unique(np.concatenate([near_rows(faces, view), cuts]), axis=0)


def families(faces: FaceStore, view: str) -> dict[str, str]:
    """What the images of one photograph have in common, by id: the first id of all that are pairs of each other.

    Raises:
        DataError: as ``same_photographs``.
    """
    from scipy.sparse import coo_array  # takes a third of a second to import
    from scipy.sparse.csgraph import connected_components

    number, pairs = len(faces.frames), same_photographs(faces, view)
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(number, number))
    of_one = connected_components(links, directed=False)[1]
    ids = faces.frames["id"].astype(str).to_numpy()
    _, first = np.unique(of_one, return_index=True)
    return dict(zip(ids.tolist(), ids[first[of_one]].tolist(), strict=True))


def near_copied(split: Split, faces: FaceStore, view: str) -> int | None:
    """How many test images have a near copy (no exact one) in training; None for videos."""
    pairs = near_copies(split, faces, view)
    if pairs is None:
        return None
    copies, test, train = split.copies or {}, set(split.test), {*split.train, *split.inherited}
    found = {
        one
        for one, other in np.concatenate([pairs, pairs[:, ::-1]]).tolist()
        if one in test and other in train and (not copies or copies[one] != copies[other])
    }
    return len(found)


def _cuts(split: Split, faces: FaceStore, view: str) -> Ints:
    """The pairs (M, 2) of rows in two parts of which one is the other turned, shifted, zoomed or mirrored."""
    part = {name: number for number, names in enumerate(map(split.ids, PARTS)) for name in names}
    rows = np.array([row for row, name in enumerate(faces.frames["id"]) if name in part], np.int64)
    group = np.array([part[name] for name in faces.frames["id"].iloc[rows]], np.int64)
    about = ["cuts", faces.key, view, NEAR, digest([rows.tolist(), group.tolist()])]
    return rows[_kept(about, len(rows), lambda: augmented_pairs(_grey(faces, view)[rows], group)[0])]


def _grey(faces: FaceStore, view: str) -> Images:
    return grey_faces(faces.view(view))


def _kept(about: list[object], number: int, look: Callable[[], Ints]) -> Ints:
    """Pairs of rows from the cache; looked for first where nobody has."""
    folder = cache_root() / "copies" / digest(about)
    with locked(folder):
        if not whole_once_checked(folder):
            phase("near copies", what=f"among {number} faces")
            log.info("looking for near copies among %d faces", number)
            pairs = look()
            with publish(folder) as part:
                np.save(part / "pairs.npy", pairs)
    return np.asarray(np.load(folder / "pairs.npy"), np.int64)
