"""The real pictures that programs are compared on, unpacked from their archives into a folder that goes again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
from compared import CLASSES, Picture

FER2013 = {"angry": "anger", "happy": "happiness", "sad": "sadness"}
"""What the folders of its classes are called, where that is not what we do."""


def fer2013(data: Path, folder: Path, part: str) -> Iterator[Picture]:
    """FER2013's ``PrivateTest`` or ``PublicTest``: 3,589 grey pictures of 48 px each; nobody is named."""
    with ZipFile(data / "fer2013" / "test.zip") as archive:
        names = [name for name in archive.namelist() if f"/{part}_" in name]
        for name in sorted(names, key=lambda name: int(re.findall(r"\d+", name)[-1])):
            word = name.split("/")[-2]
            yield Picture(_unpacked(archive, name, folder), CLASSES.index(FER2013.get(word, word)), "")


def wild(data: Path, folder: Path) -> Iterator[Picture]:
    """Labelled faces in the wild, mostly 350 px; those named like ``First_Last_0001`` are of that person.

    Of another class (contempt) are left out.
    """
    root = data / "facial_expressions"
    table = pd.read_csv(root / "legend.csv")
    with ZipFile(root / "images.zip") as archive:
        inside = {Path(name).name: name for name in archive.namelist() if not name.endswith("/")}
        for image, emotion in zip(table["image"], table["emotion"].str.lower(), strict=True):
            if emotion in CLASSES and image in inside:
                person = re.fullmatch(r"(\D+)_\d{4}", Path(image).stem)
                yield Picture(
                    _unpacked(archive, inside[image], folder), CLASSES.index(emotion), person[1] if person else ""
                )


def _unpacked(archive: ZipFile, name: str, folder: Path) -> Path:
    """A picture under its own name in a folder that has no others of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / Path(name).name
    path.write_bytes(archive.read(name))
    return path
