"""The twin of EmotioNet: pictures as from the web, one face each, and their list of URLs and action units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.emotionet_list import ELEVEN, UNITS, UNKNOWN
from fer_lab.datasets.emotionet_web import NAME, Page, pages_of
from fer_lab.datasets.fer2013_wild import exposed, taken
from fer_lab.datasets.stills import PEOPLE
from fer_lab.datasets.twins import IDENTITIES, seed_of, share, write_subjects
from fer_lab.fetching import file_name
from fer_lab.media import Image, write_image
from fer_lab.phases import counted

if TYPE_CHECKING:
    from fer_lab.generator import Identity, Truth

IMAGES, LIST = "images", "list.csv"
OF_A_PERSON = 25
"""Pictures of one person: painting a skin takes as long as drawing as many."""
SHOWN: Mapping[str, float] = {
    "neutral": 0.45, "happiness": 0.27, "surprise": 0.07, "anger": 0.06, "sadness": 0.06, "disgust": 0.05, "fear": 0.04
}  # fmt: skip
"""Share of each expression; about one in seven of the eleven units is then active, as in the thesis (Table 6)."""
ACTIVE = 0.3
"""A unit is active where its activation is at least this on one side of the face; stray ones stay below a quarter."""
UNKNOWN_OF_ELEVEN, KNOWN_OF_OTHERS = 0.034, 0.02
"""Shares of labels. With the former all eleven are known of 68 %: 10,282 + 4,424 of 21,500 images (sec. 4.3)."""
ROOM, ASPECT = (1.3, 2.1), (0.75, 1.4)
"""Height of a picture in heights of the face's landmarks, and its width by its height."""
Labels = NDArray[np.int16]


@dataclass(frozen=True)
class Sitter:
    """A person and the pictures of them: the unit that a worker process draws. ``rows`` are places in the list."""

    subject: str
    identity: int
    rows: tuple[int, ...]
    emotions: tuple[str, ...]
    sunglasses: bool = False


def write(root: Path, stills: int, size: int, workers: int) -> None:
    """Write ``list.csv`` with so many rows and who is in them, and fetch the images from a server on loopback.

    Args:
        root: an empty folder.
        stills: how many are listed.
        size: the largest side of a picture, px.
        workers: processes; the files are the same for any number.
    """
    everyone, pages = sitters(stills), pages_of(stills)
    units, people = np.empty((stills, len(UNITS)), np.int16), []
    with TemporaryDirectory(dir=root, prefix=".drawn-") as drawn:
        files = [Path(drawn, f"{row:05d}.{page.form}") for row, page in enumerate(pages)]
        wanted = [file if page.is_there else None for file, page in zip(files, pages, strict=True)]
        work = partial(_sit, files=wanted, size=size)
        for sitter, active, attributes in counted("twins", share(work, everyone, workers), len(everyone), "people"):
            units[list(sitter.rows)] = active
            people.append({"subject": sitter.subject, **attributes})
        _fetch(pages, files, root)
    table = pd.DataFrame(_with_unknown(units), columns=list(UNITS))
    table.insert(0, "url", [page.url for page in pages])
    table.to_csv(root / LIST, index=False, header=False, lineterminator="\n")
    seen = [(file_name(pages[row].url), sitter.subject) for sitter in everyone for row in sitter.rows]
    pd.DataFrame(sorted(seen), columns=["image", "subject"]).to_csv(root / PEOPLE, index=False, lineterminator="\n")
    write_subjects(root, people)


def _fetch(pages: Sequence[Page], files: Sequence[Path], root: Path) -> None:
    from fer_lab.datasets.emotionet_server import fetch  # imports the client, which takes long
    from fer_lab.fetching.account import account, write_account

    write_account(root, account(fetch(pages, files, root).values(), []), [], {})


def sitters(stills: int, name: str = NAME) -> list[Sitter]:
    """Who is in which row of the list of a twin, and what they show."""
    rng = np.random.default_rng(seed_of(name, "plan"))
    order = rng.permutation(stills)
    emotions = rng.choice(list(SHOWN), stills, p=list(SHOWN.values()))
    rows = [order[start : start + OF_A_PERSON].tolist() for start in range(0, stills, OF_A_PERSON)]
    return [
        Sitter(f"person_{number:04d}", identity, tuple(own), tuple(emotions[own].tolist()))
        for number, (identity, own) in enumerate(zip(IDENTITIES[name], rows, strict=False), 1)
    ]


def _sit(sitter: Sitter, files: Sequence[Path | None], size: int) -> tuple[Sitter, Labels, Mapping[str, Any]]:
    """Write those pictures of a person that have a file; units (n, 60), 1 where active, and what is known of them."""
    from fer_lab.generator import Identity  # takes long to import

    identity = Identity(sitter.identity)
    active = np.zeros((len(sitter.rows), len(UNITS)), np.int16)
    for place, (row, emotion) in enumerate(zip(sitter.rows, sitter.emotions, strict=True)):
        picture, truth = wild_picture(identity, emotion, seed_of(NAME, row), size)
        active[place] = _active(truth)
        if file := files[row]:
            write_image(file, picture)
    return sitter, active, identity.attributes


def wild_picture(identity: Identity, emotion: str, seed: int, size: int) -> tuple[Image, Truth]:
    """A picture as from the web, its largest side ``size`` px at most, and what the generator knows of it."""
    rng = np.random.default_rng([seed, 1])
    frame, truth = taken(identity, emotion, seed, size, rng)
    return exposed(_around(frame, truth, rng), rng), truth


def _around(frame: Image, truth: Truth, rng: np.random.Generator) -> Image:
    """The part of a frame that somebody has put online: some room around the face, upright or across."""
    low, high = truth.landmarks[0].min(axis=0), truth.landmarks[0].max(axis=0)
    height = float(high[1] - low[1]) * rng.uniform(*ROOM)
    half = np.array([height * rng.uniform(*ASPECT), height]) / 2
    left, top = np.maximum(np.rint((low + high) / 2 - half), 0).astype(int)
    right, bottom = np.rint((low + high) / 2 + half).astype(int)
    return np.ascontiguousarray(frame[top:bottom, left:right])


def _active(truth: Truth) -> Labels:
    """(60,) 1 where a unit is active; 0 where the generator's faces have no such unit."""
    from fer_lab.generator.action_units import AU_NAMES, au_indices

    units, labels = truth.action_units[0], np.zeros(len(UNITS), np.int16)
    for name in {name.rstrip("RL") for name in AU_NAMES}:
        labels[UNITS.index(name)] = units[list(au_indices(name))].max() >= ACTIVE
    return labels


def _with_unknown(units: Labels) -> Labels:
    """The same with 999 where nobody has annotated a unit."""
    annotated = np.isin(UNITS, ELEVEN)
    drawn = np.random.default_rng(seed_of(NAME, "unknown")).random(units.shape)
    unknown = drawn < np.where(annotated, UNKNOWN_OF_ELEVEN, 1 - KNOWN_OF_OTHERS)
    return np.where(unknown, np.int16(UNKNOWN), units)
