"""The twin of annotated pictures: as from the web, and what three annotators say of their valence and arousal."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.emotionet_twin import IMAGES, Sitter, sitters, wild_picture
from fer_lab.datasets.generated import AFFECT, shown_affect
from fer_lab.datasets.stills import PEOPLE
from fer_lab.datasets.twins import seed_of, share, write_subjects
from fer_lab.media import write_image
from fer_lab.phases import counted
from fer_lab.storage import make_folder

NAME = "annotated"
TABLE = "annotations/annotations.csv"
"""Where ``fer-lab annotate --export csv`` writes it."""
ANNOTATED = 1_000
"""Pictures (Bartissol 2017, sec. 5)."""
ANNOTATORS = ("anna", "berta", "carl")
SAID = 0.9
"""Share of the pictures that an annotator says something of."""
OFFSET, NOISE = 0.05, 0.1
"""Standard deviations, on a scale of -1 to 1, of how far an annotator is off on all pictures, and on each by chance."""
Affect = NDArray[np.float64]


def write(root: Path, stills: int, size: int, scale: tuple[float, float], workers: int) -> None:
    """Write so many pictures, the table of what annotators say, and who is in them.

    Args:
        root: an empty folder.
        stills: how many pictures there are.
        size: the largest side of a picture, px.
        scale: lowest and highest valence and arousal.
        workers: processes; the files are the same for any number.
    """
    everyone = sitters(stills, NAME)
    make_folder(root / IMAGES)
    work = partial(_sit, root=root, size=size)
    shown, people = np.empty((stills, len(AFFECT))), []
    for sitter, affect, attributes in counted("twins", share(work, everyone, workers), len(everyone), "people"):
        shown[list(sitter.rows)] = affect
        people.append({"subject": sitter.subject, **attributes})
    make_folder((root / TABLE).parent)
    _said(shown, scale).to_csv(root / TABLE, index=False, lineterminator="\n", float_format="%.4f")
    seen = [(_path(row), sitter.subject) for sitter in everyone for row in sitter.rows]
    pd.DataFrame(sorted(seen), columns=["image", "subject"]).to_csv(root / PEOPLE, index=False, lineterminator="\n")
    write_subjects(root, people)


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


def _said(shown: Affect, scale: tuple[float, float]) -> pd.DataFrame:
    """What annotators say of pictures that show (n, 2) from -1 to 1: a row a picture and annotator."""
    rng = np.random.default_rng(seed_of(NAME, "annotators"))
    low, high = scale
    tables = []
    for annotator in ANNOTATORS:
        off = rng.normal(0, OFFSET, len(AFFECT)) + rng.normal(0, NOISE, shown.shape)
        values = low + (np.clip(shown + off, -1, 1) + 1) / 2 * (high - low)
        table = pd.DataFrame(values, columns=list(AFFECT)).assign(annotator=annotator)
        tables.append(table[rng.random(len(shown)) < SAID])
    table = pd.concat(tables).rename_axis("row").reset_index().sort_values("row", kind="stable")
    about = pd.DataFrame({"path": table["row"].map(_path), "time": np.nan})
    return pd.concat([about, table[[*AFFECT, "annotator"]]], axis=1)
