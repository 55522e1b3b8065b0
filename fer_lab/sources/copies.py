"""Near copies among single images, looked for once a face store and kept in the cache. Imports no torch."""

from __future__ import annotations

import logging

import numpy as np

from fer_lab.datamodules.splits import Split
from fer_lab.evaluation.arrays import Ints
from fer_lab.evaluation.near_copies import NEAR, near_pairs
from fer_lab.evaluation.overlap import COMPARED, grey_faces
from fer_lab.faces import FaceStore
from fer_lab.storage import cache_root, digest, locked, publish, whole_once_checked

log = logging.getLogger(__name__)


def near_copies(faces: FaceStore, view: str) -> Ints:
    """The pairs (M, 2) of rows of a store that are near copies, exact ones among them, whatever part they are in.

    A third of a minute for the 36,000 images of FER2013 the first time, then read.
    """
    folder = cache_root() / "copies" / digest([faces.key, view, NEAR, COMPARED])
    with locked(folder):
        if not whole_once_checked(folder):
            log.info("looking for near copies among %d faces", len(faces.frames))
            pairs = near_pairs(grey_faces(faces.view(view)))
            with publish(folder) as part:
                np.save(part / "pairs.npy", pairs)
    return np.asarray(np.load(folder / "pairs.npy"), np.int64)


def near_copied(split: Split, faces: FaceStore, view: str) -> int | None:
    """How many test images have a near copy (no exact one) in training; None for videos, whose faces are too many.

    ``fer-lab leaks`` looks at the faces of videos, too.
    """
    if not faces.frames["id"].is_unique:
        return None
    ids = faces.frames["id"].to_numpy()[near_copies(faces, view)]
    pairs = np.concatenate([ids, ids[:, ::-1]])
    copies, test, train = split.copies or {}, set(split.test), set(split.train)
    found = {
        one
        for one, other in pairs.tolist()
        if one in test and other in train and (not copies or copies[one] != copies[other])
    }
    return len(found)
