"""The twin of annotated data: pictures as from the web, videos, and what annotators say of valence and arousal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.annotation import FOLDER, find_items
from fer_lab.annotation.comparison import Compared
from fer_lab.annotation.table import table
from fer_lab.datasets.annotated_videos import LAGS, NAME, Watched, draw, trace
from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.emotionet_twin import IMAGES, Sitter, sitters, wild_picture
from fer_lab.datasets.generated import AFFECT, shown_affect
from fer_lab.datasets.stills import PEOPLE
from fer_lab.datasets.twins import seed_of, share, write_subjects
from fer_lab.media import write_image
from fer_lab.phases import counted
from fer_lab.storage import make_folder

TABLE, GOLD_TABLE = f"{FOLDER}/annotations.csv", f"{FOLDER}/gold.csv"
"""Where ``fer-lab annotate --export csv`` and ``--agreement`` write them."""
ANNOTATED = 1_000
"""Pictures (Bartissol 2017, sec. 5)."""
SAID = 0.9
"""Share of the pictures that an annotator says something of; of the videos each records all."""
OFFSET, NOISE = 0.05, 0.1
"""Standard deviations, on a scale of -1 to 1: how far an annotator is off on everything, and on a picture by chance."""
Affect = NDArray[np.float64]
Mark = Mapping[str, Any]


def write(root: Path, stills: int, scale: TwinScale, span: tuple[float, float], workers: int) -> None:
    """Write pictures, videos, what annotators say as ``fer-lab annotate`` keeps and exports it, and who is seen.

    Args:
        root: an empty folder.
        stills: how many pictures there are.
        scale: the largest side of a picture and that of videos, how many frames these have, and how many there are.
        span: lowest and highest valence and arousal in the tables.
        workers: processes; the files are the same for any number.
    """
    everyone, shown, people = sitters(stills, NAME), np.empty((stills, len(AFFECT))), []
    make_folder(root / IMAGES)
    work = partial(_sit, root=root, size=scale.size)
    for sitter, affect, attributes in counted("twins", share(work, everyone, workers), len(everyone), "people"):
        shown[list(sitter.rows)] = affect
        people.append({"subject": sitter.subject, **attributes})
    videos = draw(root, scale, workers)
    _annotate(root, shown, videos)
    _export(root, span)
    seen = [(_path(row), sitter.subject) for sitter in everyone for row in sitter.rows]
    seen += [(video.path, video.subject["subject"]) for video in videos]
    pd.DataFrame(sorted(seen), columns=["image", "subject"]).to_csv(root / PEOPLE, index=False, lineterminator="\n")
    write_subjects(root, [*people, *(video.subject for video in videos)])


def _path(row: int) -> str:
    return f"{IMAGES}/{row:05d}.jpg"


def _sit(sitter: Sitter, root: Path, size: int) -> tuple[Sitter, Affect, Mapping[str, Any]]:
    """Write the pictures of a person; valence and arousal (n, 2) that they show, and what is known of the person."""
    from fer_lab.generator import Identity  # takes long to import

    identity = Identity(sitter.identity)
    shown = np.empty((len(sitter.rows), len(AFFECT)))
    for place, (row, emotion) in enumerate(zip(sitter.rows, sitter.emotions, strict=True)):
        picture, truth = wild_picture(identity, emotion, seed_of(NAME, row), size)
        write_image(root / _path(row), picture)
        shown[place] = shown_affect(truth.action_units.astype(np.float64), emotion)[0]
    return sitter, shown, identity.attributes


def _annotate(root: Path, shown: Affect, videos: Sequence[Watched]) -> None:
    """Write each annotator's file: marks of pictures that show (n, 2) from -1 to 1, and traces of videos."""
    rng = np.random.default_rng(seed_of(NAME, "annotators"))
    make_folder(root / FOLDER)
    for annotator in LAGS:
        off = rng.normal(0, OFFSET, len(AFFECT))
        values = np.clip(shown + (off + rng.normal(0, NOISE, shown.shape)), -1, 1)
        said = np.flatnonzero(rng.random(len(shown)) < SAID)
        marks = [_mark(f"p-{row}", _path(row), [(0.0, *values[row])]) for row in said.tolist()]
        marks += [_mark(f"v-{i}", video.path, trace(video, annotator, off)) for i, video in enumerate(videos)]
        lines = "".join(f"{json.dumps(mark)}\n" for mark in marks)
        (root / FOLDER / f"{annotator}.jsonl").write_text(lines)


def _mark(take: str, path: str, points: Any) -> Mark:
    """A line of an annotator's file, of points (seconds, valence, arousal)."""
    times, *courses = np.transpose(points).round(4).tolist()
    values = {name: list(zip(times, course, strict=True)) for name, course in zip(AFFECT, courses, strict=True)}
    return {"take": take, "path": path, "values": values}


def _export(root: Path, span: tuple[float, float]) -> None:
    """Write both tables, on another scale if need be."""
    items, names = find_items(root), list(LAGS)
    middle, half = (span[0] + span[1]) / 2, (span[1] - span[0]) / 2
    for file, rows in ((TABLE, table(items, names)), (GOLD_TABLE, Compared(items, names).gold())):
        rows[list(AFFECT)] = middle + half * rows[list(AFFECT)].astype(float)
        rows.to_csv(root / file, index=False, lineterminator="\n", float_format="%.4f")
