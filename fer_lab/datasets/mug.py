"""MUG: posed expressions that leave neutral and return to it, as image sequences in colour, 19 frames a second."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from fer_lab.datasets import mug_twin
from fer_lab.datasets.base import OF_PEOPLE, SUBJECTS, DataSet, TwinScale, join_subjects, skip
from fer_lab.datasets.stills import in_zips
from fer_lab.datasets.twins import BYTES_PER_PIXEL
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.labels import ALIASES
from fer_lab.media import IMAGE_SUFFIXES, list_files
from fer_lab.storage import MANIFEST

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
NAMES: Mapping[str, str] = {emotion: emotion for emotion in EMOTIONS} | dict(ALIASES)
"""Name of a folder (upper and lower case are one) -> emotion."""
FRAME = re.compile(r"(?:.*/)?((\d{3})/(?:([^/]+)/)?(take\d{3}))/[^/]+", re.IGNORECASE)
"""Where a frame lies: take, person, folder of the expression if there is one, number of the take."""
BESIDE = (SUBJECTS, MANIFEST)


class Mug(DataSet):
    """The first, posed part of MUG: each take a sequence neutral -> peak -> neutral of 50 to 160 frames.

    People, expressions and takes are folders in published code that reads the data; that an unlabelled take lies in its
    person's folder, or in one that is named by no expression, is ours. Neutral takes are listed, not used.
    """

    name = "mug"
    title = "MUG"
    reference = (
        "Aifanti, Papachristou, Delopoulos: The MUG facial expression database. "
        "11th International Workshop on Image Analysis for Multimedia Interactive Services (WIAMIS), 2010"
    )
    request = "the Multimedia Understanding Group, Aristotle University of Thessaloniki (https://mug.ee.auth.gr/fed/)"
    terms = "a signed licence, research only; only the people whom the licence names may be shown in publications"
    tree = """
mug/                          the folders of the people may lie deeper, as in subjects3/, or in a .zip
  001/                        the person
    anger/                    also disgust fear happiness sadness surprise; neutral is listed, not used
      take000/
        img_0000.jpg ...        19 frames a second, 896 x 896, colour; neutral to peak to neutral
    take000/                  not labelled: listed, not used; so is a take in a folder of another name
  subjects.csv                may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"subjects": 52}
    """The people whose pictures are given to those who ask; 86 took part. How many takes these are is not said."""
    described: Mapping[str, int | str] = {
        "elicitation": "posed,induced", "subjects": 86, "women": 35, "men": 51, "sequences": 1462
    }  # fmt: skip
    """Of the whole data set (Aifanti et al. 2010); the sequences are those of its first, posed part."""
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}
    attributes = OF_PEOPLE
    twin_is_whole = True
    twin_version = 2
    fps = mug_twin.FPS

    def index(self, root: Path) -> pd.DataFrame:
        """One row a labelled take; target ``emotion`` (6). See ``DataSet.index``.

        Raises:
            DataError: there is no folder, or no labelled take in it.
        """
        if not root.is_dir():
            raise self.missing(root, "there is no folder")
        files = list_files(root)
        skipped: list[dict[str, str]] = []
        takes = _takes(root, [*files, *in_zips(root, files)], skipped)
        return join_subjects(self.make_index(root, list(_rows(root, takes, skipped)), skipped), root)

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        takes = sum(len(person.recordings) for person in mug_twin.everyone(scale))
        kept = scale.frames_per_window
        frames = mug_twin.WAYS * kept if kept else mug_twin.SECONDS[1] * mug_twin.FPS
        return int(takes * (frames + 2) * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write takes, some of them neutral or not labelled, with truth and ``subjects.csv``."""
        mug_twin.write(root, scale, workers)


def _takes(root: Path, files: list[str], skipped: list[dict[str, str]]) -> dict[str, re.Match[str]]:
    """Folder -> what its path says, of every folder that is a take; all other files go to ``skipped``."""
    found: dict[str, re.Match[str]] = {}
    for file in files:
        path = PurePosixPath(file)
        if file in BESIDE or path.parts[0] == "truth" or path.suffix.lower() == ".zip":
            continue
        match = FRAME.fullmatch(file)
        if match and path.suffix.lower() in IMAGE_SUFFIXES:
            found.setdefault(path.parent.as_posix(), match)
        else:
            skipped.append(skip(file, root, "not a frame <three digits>/<expression>/take<three digits>/<name>.jpg"))
    return found


def _rows(root: Path, takes: Mapping[str, re.Match[str]], skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    taken: dict[str, str] = {}
    for folder, match in takes.items():
        take, subject, name, _ = match.groups()
        reason = _unusable(name)
        if not reason and take in taken:
            reason = f"{take} is there already: {taken[take]} is taken"
        if reason:
            skipped.append(skip(folder, root, reason))
            continue
        taken[take] = folder
        facts = {"id": take, "path": folder, "kind": "sequence", "subject": subject, "fps": mug_twin.FPS}
        yield facts | {"emotion": NAMES[name.lower()]}


def _unusable(name: str | None) -> str:
    """Why takes in a folder of this name, None for the person's own, are not used; '' if they are."""
    if name is None:
        return "not labelled"
    if name.lower() in NAMES:
        return ""
    return f"{name}: none of {', '.join(EMOTIONS)}" if name.lower() == "neutral" else f"not labelled ({name})"
