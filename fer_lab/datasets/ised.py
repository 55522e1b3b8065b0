"""ISED: spontaneous expressions of people who watch videos, as clips with a sheet of labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datasets.base import OF_PEOPLE, DataSet, TwinScale, join_subjects, skip
from fer_lab.datasets.label_table import read_table
from fer_lab.datasets.twins import BYTES_PER_PIXEL, Person, Recording, people, save_video, seed_of, write_people
from fer_lab.errors import DataError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.labels import ALIASES
from fer_lab.media import VIDEO_SUFFIXES, list_files

EMOTIONS = ("disgust", "happiness", "sadness", "surprise")
NAMES: Mapping[str, str] = {emotion: emotion for emotion in EMOTIONS} | dict(ALIASES)
LABELS = "labels.csv"
COLUMNS = ("clip", "subject", "emotion")
CLIPS = 2
"""Of each person and emotion in the twin; some people have a third one of happiness, so that there are 428 in all."""
FPS, SECONDS, AGES = 50.0, (2.0, 11.0), (19, 22)


class Ised(DataSet):
    """The clips of ISED and their emotions.

    How clips and sheet are named is not published: the layout is ours. The sheet is read as CSV, as any spreadsheet
    exports it.
    """

    name = "ised"
    title = "ISED"
    reference = (
        "Happy, Patnaik, Routray, Guha: The Indian spontaneous expression database for emotion recognition. "
        "IEEE Transactions on Affective Computing 8(1), 2017 (doi:10.1109/TAFFC.2015.2498174)"
    )
    request = "the authors (S. L. Happy, Indian Institute of Technology Kharagpur)"
    terms = "research only; ask before any face is shown in a publication"
    tree = """
ised/
  labels.csv                  the sheet, exported as CSV: columns clip,subject,emotion (others are not read)
  clips/S01_001.avi           any video named in the column clip, with or without its extension; in any folder
                              emotions: disgust happiness sadness surprise
  subjects.csv                may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    advice = f"export the sheet as {LABELS} with the columns {', '.join(COLUMNS)}"
    published: Mapping[str, int] = {"videos": 428, "subjects": 50}
    described: Mapping[str, int | str] = {"elicitation": "spontaneous"}
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}
    attributes = OF_PEOPLE
    twin_is_whole = True
    twin_version = 2
    everyone_shows_all = False

    def index(self, root: Path) -> pd.DataFrame:
        """One row a clip with one row in the sheet; target ``emotion`` (4). See ``DataSet.index``.

        Listed are clips without a row, rows without a clip, clips with two rows, and rows without a person or one of
        the emotions.

        Raises:
            DataError: the sheet is not there or has not its columns, or no clip can be used.
        """
        if not (root / LABELS).is_file():
            raise self.missing(root, f"there is no {LABELS} in")
        sheet = read_table(root, LABELS)
        if lacking := [name for name in COLUMNS if name not in sheet]:
            raise DataError(f"{root / LABELS}: no column {lacking[0]!r}", expected=", ".join(COLUMNS), do=self.advice)
        skipped: list[dict[str, str]] = []
        rows = list(_rows(sheet, _clips(root, skipped), skipped))
        return join_subjects(self.make_index(root, rows, skipped), root)

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        clips = sum(len(person.recordings) for person in everyone(scale))
        return int(clips * ((scale.frames_per_window or SECONDS[1] * FPS) + 2) * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write clips that begin neutral, their sheet, truth and ``subjects.csv``."""
        everybody = everyone(scale)
        write_people(root, everybody, save_video, replace(scale, window=(0.0, 1.0)), workers)
        rows = [
            (PurePosixPath(clip.id).name, who.subject, clip.emotion) for who in everybody for clip in who.recordings
        ]
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(root / LABELS, index=False, lineterminator="\n")


def everyone(scale: TwinScale) -> list[Person]:
    """The people of a twin with their clips."""
    seeds = people(Ised.name, Ised.published["subjects"], scale)
    further = Ised.published["videos"] - CLIPS * len(EMOTIONS) * Ised.published["subjects"]
    return [_person(place, seed, place < further) for place, seed in enumerate(seeds)]


def _person(place: int, identity: int, one_more: bool) -> Person:
    subject = f"S{place + 1:02d}"
    shown = [*EMOTIONS * CLIPS, *(["happiness"] if one_more else [])]
    seeds = [seed_of(Ised.name, identity, number) for number in range(len(shown))]
    clips = [
        Recording(f"clips/{subject}_{number:03d}", emotion, seed, seed, FPS, SECONDS)
        for number, (emotion, seed) in enumerate(zip(shown, seeds, strict=True), 1)
    ]
    return Person(subject, identity, AGES, tuple(clips))


def _clips(root: Path, skipped: list[dict[str, str]]) -> dict[str, str]:
    """Name without extension -> path of every video; a second one of a name is listed."""
    found: dict[str, str] = {}
    for file in list_files(root):
        path = PurePosixPath(file)
        if path.suffix.lower() in VIDEO_SUFFIXES and found.setdefault(path.stem, file) != file:
            skipped.append(skip(file, root, f"another clip has its name: {found[path.stem]} is taken"))
    return found


def _rows(sheet: pd.DataFrame, clips: Mapping[str, str], skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    names = sheet["clip"].map(_stem)
    skipped.extend({"id": clips[name], "reason": f"has no row in {LABELS}"} for name in sorted(set(clips) - set(names)))
    for name, own in sheet.groupby(names):
        lines, clip = ", ".join(map(str, own.index)), str(own["clip"].iloc[0])
        subject, emotion = str(own["subject"].iloc[0]), str(own["emotion"].iloc[0])
        if reason := _unusable(own, clips.get(str(name))):
            skipped.append({"id": clips.get(str(name), clip), "reason": f"{reason} ({LABELS}, line {lines})"})
            continue
        path = clips[str(name)]
        facts = {"id": str(name), "path": path, "kind": "video", "subject": subject, "fps": np.nan}
        yield facts | {"emotion": NAMES[emotion.lower()]}


def _unusable(rows: pd.DataFrame, path: str | None) -> str:
    """Why a clip's rows in the sheet cannot be used; '' if they can."""
    if path is None:
        return "there is no such clip"
    if len(rows) > 1:
        return f"it has {len(rows)} rows"
    if not rows["subject"].iloc[0]:
        return "nobody is named"
    emotion = NAMES.get(rows["emotion"].iloc[0].lower())
    return "" if emotion in EMOTIONS else f"{rows['emotion'].iloc[0]!r}: none of {', '.join(EMOTIONS)}"


def _stem(clip: str) -> str:
    """The name of a clip, as the sheet writes it, without folder and the extension of a video."""
    path = PurePosixPath(clip.replace("\\", "/"))
    return path.stem if path.suffix.lower() in VIDEO_SUFFIXES else path.name
