"""Files of a run read once for both what they must be (checksums) and what the test part says at each epoch."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pyarrow import ArrowException

from fer_lab.evaluation.metrics import Floats
from fer_lab.ledger import Run

SCORES = re.compile(r"scores/epoch-(\d+)\.parquet")
UNREAD = ".safetensors"  # weights, which no page shows


@dataclass(frozen=True)
class Checked:
    """What the files of a run say.

    Attributes:
        lost: files that are missing or not what was written.
        hits: epoch (from 0) -> right answers and items of the test part; NaN right ones where a score is undefined.
    """

    lost: tuple[str, ...]
    hits: dict[int, tuple[float, int]]


def check(run: Run) -> Checked:
    """Read every file of a run but its weights, once."""
    lost: list[str] = []
    hits: dict[int, tuple[float, int]] = {}
    for name, checksum in sorted(run.files.items()):
        data = b"" if name.endswith(UNREAD) else _bytes(run, name, checksum)
        if data is None:
            lost.append(name)
        elif number := SCORES.fullmatch(name):
            try:
                hits[int(number[1])] = _hits(data, len(run.classes))
            except (ArrowException, KeyError, ValueError):  # not the columns of scores
                lost.append(name)
    selected = f"scores/epoch-{run.selected_epoch:03d}.parquet"
    return Checked(tuple(lost if selected in run.files else [selected, *lost]), hits)


def _bytes(run: Run, name: str, checksum: str) -> bytes | None:
    """A file as it was written, or None."""
    path = run.folder / name
    data = path.read_bytes() if path.is_file() else None
    return data if data is not None and hashlib.sha256(data).hexdigest() == checksum else None


def _hits(data: bytes, classes: int) -> tuple[float, int]:
    """Right answers and items of the test part; the lowest class on exact ties, as ``evaluation.predictions``."""
    names = [f"p{i}" for i in range(classes)]
    table = pq.read_table(BytesIO(data), columns=["part", "label", *names], use_threads=False)
    tested = np.asarray(table.column("part").to_numpy() == "test")
    p: Floats = np.stack([table.column(name).to_numpy() for name in names], axis=1)[tested].astype(np.float64)
    label = table.column("label").to_numpy()[tested]
    return (float("nan") if np.isnan(p).any() else float((p.argmax(axis=1) == label).sum())), len(p)


def accuracy_by_epoch(run: Run, files: Mapping[str, Checked]) -> pd.Series[float]:
    """Accuracy on the test part at each epoch (from 1) whose test scores were kept, of all folds together."""
    own = [files[one.id].hits for one in run.singles]
    found: dict[int, float] = {}
    for epoch in sorted(set.intersection(*(set(hits) for hits in own))):
        right, n = (sum(hits[epoch][i] for hits in own) for i in (0, 1))
        if n:
            found[epoch + 1] = right / n
    return pd.Series(found, dtype=float)
