"""Hand-labelled images from the internet: a folder with a labels file, and a twin of Rosa Ramos 2018's collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
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
    counts: Mapping[str, int] = COUNTS
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
        labels = planned(self._stills(scale), self.name, self.counts)
        everyone = list(self.sitters(labels))
        make_folder(root / IMAGES)
        work = partial(_sit, root=root, name=self.name, size=scale.size)
        known = dict(counted("twins", share(work, everyone, workers), len(everyone), "people"))
        rows: list[dict[str, Any]] = [
            {"path": _path(row), "label": labels[row], "subject": one.subject, **self.told(known[one.subject])}
            for one in everyone
            for row in one.rows
        ]
        table = pd.DataFrame(sorted(rows, key=itemgetter("path")))
        table.to_csv(root / LIST, index=False, lineterminator="\n")

    def sitters(self, labels: Sequence[str]) -> Iterator[Sitter]:
        """Who is in which pictures of the twin."""
        return sitters(labels)

    def told(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the list says of a person beside who it is: further columns."""
        return {}

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """How many pictures there are, and how large."""
        return {"stills": self._stills(scale), "size": scale.size}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        return int(self._stills(scale) * scale.size**2 * BYTES_PER_PIXEL)

    def _stills(self, scale: TwinScale) -> int:
        return wanted(sum(self.counts.values()), scale)


def planned(stills: int, name: str = NAME, counts: Mapping[str, int] = COUNTS) -> list[str]:
    """The label of each picture of a twin of about so many: as many of each class as in the thesis, in their share."""
    part = stills / sum(counts.values())
    labels = [emotion for emotion, count in counts.items() for _ in range(max(1, round(count * part)))]
    mixed: list[str] = np.random.default_rng(seed_of(name, "plan")).permutation(labels).tolist()
    return mixed


def sitters(
    labels: Sequence[str], people: Iterable[int] = IDENTITIES[NAME], of_a_person: int = OF_A_PERSON
) -> Iterator[Sitter]:
    """Who is in which pictures.

    Args:
        labels: of each picture.
        people: seeds of the generator's people, in order.
        of_a_person: pictures of each of them.
    """
    for number, (start, identity) in enumerate(zip(range(0, len(labels), of_a_person), people, strict=False)):
        own = tuple(range(start, min(start + of_a_person, len(labels))))
        yield Sitter(f"person_{number + 1:04d}", identity, own, tuple(labels[row] for row in own))


def _sit(sitter: Sitter, root: Path, name: str, size: int) -> tuple[str, Mapping[str, Any]]:
    """Write somebody's pictures; who it is, and what is true of them."""
    from fer_lab.generator import Identity  # takes long to import

    identity = Identity(sitter.identity, sunglasses=sitter.sunglasses)
    for row, emotion in zip(sitter.rows, sitter.emotions, strict=True):
        picture, _ = wild_picture(identity, emotion, seed_of(name, row), size)
        write_image(root / _path(row), picture)
    return sitter.subject, {**identity.attributes, "sunglasses": sitter.sunglasses}


def _path(row: int) -> str:
    return f"{IMAGES}/{row + 1:04d}.jpg"
