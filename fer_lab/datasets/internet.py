"""Hand-labelled images from the internet: a folder with a labels file, and a twin of Rosa Ramos 2018's collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.emotionet_twin import OF_A_PERSON, Sitter, wild_picture
from fer_lab.datasets.folder import Folder
from fer_lab.datasets.folder_labels import LIST
from fer_lab.datasets.stills import wanted
from fer_lab.datasets.twins import BYTES_PER_PIXEL, IDENTITIES, seed_of, share
from fer_lab.media import write_image
from fer_lab.phases import counted
from fer_lab.storage import make_folder

NAME, IMAGES = "internet", "images"
COUNTS: Mapping[str, int] = {
    "anger": 375, "disgust": 112, "fear": 47, "happiness": 355, "neutral": 383, "sadness": 180, "surprise": 173
}  # fmt: skip
"""Images of each class (Rosa Ramos 2018, Table 6.1)."""


class Internet(Folder):
    """Images from the internet, read as any folder with a labels file; see ``Folder`` for its settings.

    Where Rosa Ramos 2018 found hers is not stated. Who is seen may be left empty: such images are then taken for those
    of different people.
    """

    name = NAME
    title = "internet images"
    request = "your own collection: that of Rosa Ramos 2018 is not published"
    terms = "those of each image; nothing of it is shown"
    tree = """
internet/                     paths.internet
  labels.csv                    columns path,label,subject; subject may be empty: not known who it is
  images/0001.jpg               any names and folders, as in labels.csv
"""

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write pictures as from the web, one face each, and ``labels.csv``."""
        labels = planned(wanted(sum(COUNTS.values()), scale))
        everyone = list(sitters(labels))
        make_folder(root / IMAGES)
        work = partial(_sit, root=root, size=scale.size)
        list(counted("twins", share(work, everyone, workers), len(everyone), "people"))
        rows = [(_path(row), labels[row], sitter.subject) for sitter in everyone for row in sitter.rows]
        table = pd.DataFrame(sorted(rows), columns=["path", "label", "subject"])
        table.to_csv(root / LIST, index=False, lineterminator="\n")

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """How many pictures there are, and how large."""
        return {"stills": wanted(sum(COUNTS.values()), scale), "size": scale.size}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        return int(wanted(sum(COUNTS.values()), scale) * scale.size**2 * BYTES_PER_PIXEL)


def planned(stills: int) -> list[str]:
    """The label of each picture of a twin of about so many: as many of each class as in the thesis, in their share."""
    part = stills / sum(COUNTS.values())
    labels = [emotion for emotion, count in COUNTS.items() for _ in range(max(1, round(count * part)))]
    mixed: list[str] = np.random.default_rng(seed_of(NAME, "plan")).permutation(labels).tolist()
    return mixed


def sitters(labels: Sequence[str]) -> Iterator[Sitter]:
    """Who is in which pictures."""
    for number, (start, identity) in enumerate(zip(range(0, len(labels), OF_A_PERSON), IDENTITIES[NAME], strict=False)):
        own = tuple(range(start, min(start + OF_A_PERSON, len(labels))))
        yield Sitter(f"person_{number + 1:04d}", identity, own, tuple(labels[row] for row in own))


def _sit(sitter: Sitter, root: Path, size: int) -> None:
    from fer_lab.generator import Identity  # takes long to import

    identity = Identity(sitter.identity)
    for row, emotion in zip(sitter.rows, sitter.emotions, strict=True):
        picture, _ = wild_picture(identity, emotion, seed_of(NAME, row), size)
        write_image(root / _path(row), picture)


def _path(row: int) -> str:
    return f"{IMAGES}/{row + 1:04d}.jpg"
