"""The twin of FER2013: which images there are, faults included, and the forms in which they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_lab.datasets.fer2013_csv import HEADER, NAMES
from fer_lab.datasets.fer2013_wild import Sitting, sit
from fer_lab.datasets.twins import IDENTITIES, seed_of, share
from fer_lab.media import Image, write_image
from fer_lab.phases import counted
from fer_lab.storage import make_folder

NAME = "fer2013"
PARTS: Mapping[str, tuple[int, ...]] = {
    "Training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "PublicTest": (467, 56, 496, 895, 653, 415, 607),
    "PrivateTest": (491, 55, 528, 879, 594, 416, 626),
}
"""Images of each part and class, as published; anger, disgust, fear, happiness, sadness, surprise, neutral."""
FORMS = ("folders", "csv", "icml")
COPIED = 0.07
"""Share of PublicTest that is also in Training, exactly."""
RELABELLED = 10
"""One copy in so many has another label in PublicTest than in Training."""
BLACK_IMAGES = 2
BLACK = -1
SITTING, OF_A_PERSON = 20, 4
"""Images drawn with one skin, and images of one person: painting a skin takes as long as drawing sixty images."""
FOLDERS: Mapping[str, str] = {"anger": "angry", "happiness": "happy", "sadness": "sad"}
"""The classes whose folder has another name."""
BYTES = 12_000
"""A generous estimate of what an image takes on disk: 2,304 numbers as text."""


def plan(stills: int, emotions: Sequence[str]) -> pd.DataFrame:
    """The images of a twin of about so many: a row each, in the order of the parts, within a part at random.

    Every class is in every part, and Training and PublicTest have faults that the real data have, too.
    Columns ``part, emotion, shows``: the row whose picture it shows, mostly its own; ``BLACK`` for a black one.
    """
    rng = np.random.default_rng(seed_of(NAME, "plan"))
    part = stills / sum(map(sum, PARTS.values()))
    slots = [
        slot
        for name, counts in PARTS.items()
        for slot in rng.permutation(list(_slots(name, counts, part, emotions))).tolist()
    ]
    table = pd.DataFrame(slots, columns=["part", "emotion"])
    table["shows"] = np.arange(len(table))
    _plant_copies(table, rng)
    _plant_black(table, rng)
    return table


def draw(table: pd.DataFrame, side: int, workers: int) -> Image:
    """The pictures of a plan, uint8 (N, side, side), grey; the same for any number of workers."""
    pixels = np.zeros((len(table), side, side), np.uint8)
    sat = sittings(table, side)
    for rows, pictures in counted("twins", share(sit, sat, workers), len(sat), "sittings"):
        pixels[rows] = pictures
    shown = table["shows"].to_numpy()
    return np.where((shown == BLACK)[:, None, None], np.uint8(0), pixels[shown])


def sittings(table: pd.DataFrame, side: int) -> list[Sitting]:
    """All pictures to be drawn, in sittings of people who are in one part only."""
    own = table[table["shows"] == table.index]
    groups = [rows for _, part in own.groupby("part", sort=False) for rows in _in_pieces(part)]
    seeds = IDENTITIES[NAME]
    faces = len(groups)  # the first identities are the skins, the others the shapes
    return [
        Sitting(
            rows=tuple(group.index.tolist()),
            emotions=tuple(group["emotion"].tolist()),
            skin=seeds[number],
            people=tuple(
                seeds[faces + number * SITTING // OF_A_PERSON + place // OF_A_PERSON] for place in range(len(group))
            ),
            side=side,
        )
        for number, group in enumerate(groups)
    ]


def write(root: Path, table: pd.DataFrame, pixels: Image, form: str, emotions: Sequence[str]) -> None:
    """Write the pictures in one of ``FORMS``; emotions are those of the CSV's numbers, in order."""
    if form == "folders":
        _write_folders(root, table, pixels)
    else:
        _write_csv(root, table, pixels, form, emotions)


def _slots(part: str, counts: Sequence[int], scale: float, emotions: Sequence[str]) -> Iterator[tuple[str, str]]:
    for emotion, count in zip(emotions, counts, strict=True):
        yield from [(part, emotion)] * max(1, round(count * scale))


def _plant_copies(table: pd.DataFrame, rng: np.random.Generator) -> None:
    training, public = (table.index[table["part"] == part].to_numpy() for part in ("Training", "PublicTest"))
    for number, row in enumerate(rng.choice(public, round(COPIED * len(public)), replace=False)):
        same = (table.loc[training, "emotion"] == table.at[row, "emotion"]).to_numpy()
        table.at[row, "shows"] = rng.choice(training[~same if number % RELABELLED == 0 else same])


def _plant_black(table: pd.DataFrame, rng: np.random.Generator) -> None:
    """In Training, where nothing is a copy of them."""
    alone = table.index[
        (table["part"] == "Training") & ~table.index.isin(table.loc[table["part"] != "Training", "shows"])
    ]
    table.loc[rng.choice(alone.to_numpy(), BLACK_IMAGES, replace=False), "shows"] = BLACK


def _in_pieces(part: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, len(part), SITTING):
        yield part.iloc[start : start + SITTING]


def _write_folders(root: Path, table: pd.DataFrame, pixels: Image) -> None:
    for row, part, emotion in zip(table.index, table["part"], table["emotion"], strict=True):
        top = "train" if part == "Training" else "test"
        folder = make_folder(root / top / FOLDERS.get(emotion, emotion))
        write_image(folder / f"{part}_{row:08d}.jpg", pixels[row])


def _write_csv(root: Path, table: pd.DataFrame, pixels: Image, form: str, emotions: Sequence[str]) -> None:
    """``fer2013.csv``, or the later one, which has other columns first and spaces in its header."""
    with (root / NAMES[FORMS.index(form) - 1]).open("w", newline="\n") as file:
        file.write(",".join(HEADER) + "\n" if form == "csv" else "emotion, Usage, pixels\n")
        for row, part, emotion in zip(table.index, table["part"], table["emotion"], strict=True):
            code, text = emotions.index(emotion), " ".join(map(str, pixels[row].ravel().tolist()))
            file.write(f"{code},{text},{part}\n" if form == "csv" else f"{code},{part},{text}\n")
