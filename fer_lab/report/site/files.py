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

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.target import Target
from fer_lab.ledger import Run

SCORES = re.compile(r"scores/epoch-(\d+)\.parquet")
UNREAD = ".safetensors"  # weights, which no page shows


@dataclass(frozen=True)
class Checked:
    """What the files of a run say.

    Attributes:
        lost: files that are missing or not what was written.
        sums: epoch (from 0) -> what is counted of the test part (``Target.sums``); NaN where an answer is undefined.
    """

    lost: tuple[str, ...]
    sums: dict[int, Floats]


def check(run: Run) -> Checked:
    """Read every file of a run but its weights, once."""
    lost: list[str] = []
    sums: dict[int, Floats] = {}
    for name, checksum in sorted(run.files.items()):
        data = b"" if name.endswith(UNREAD) else _bytes(run, name, checksum)
        if data is None:
            lost.append(name)
        elif number := SCORES.fullmatch(name):
            try:
                sums[int(number[1])] = _sums(data, run.target)
            except (ArrowException, DataError, KeyError, ValueError):  # not the columns of scores
                lost.append(name)
    selected = f"scores/epoch-{run.selected_epoch:03d}.parquet"
    return Checked(tuple(lost if selected in run.files else [selected, *lost]), sums)


def _bytes(run: Run, name: str, checksum: str) -> bytes | None:
    """A file as it was written, or None."""
    path = run.folder / name
    data = path.read_bytes() if path.is_file() else None
    return data if data is not None and hashlib.sha256(data).hexdigest() == checksum else None


def _sums(data: bytes, target: Target) -> Floats:
    """What is counted of the test part."""
    names = [*target.truth_columns, *target.answer_columns]
    table = pq.read_table(BytesIO(data), columns=["part", *names], use_threads=False)
    tested = np.asarray(table.column("part").to_numpy() == "test")
    return target.total(pd.DataFrame({name: table.column(name).to_numpy()[tested] for name in names}))


def tested(run: Run, files: Mapping[str, Checked]) -> pd.Series[float]:
    """Main metric on the test part at each epoch (from 1) whose test scores were kept, of all folds together."""
    own = [files[one.id].sums for one in run.singles]
    found: dict[int, float] = {}
    for epoch in sorted(set.intersection(*(set(sums) for sums in own))):
        total: Floats = np.sum([sums[epoch] for sums in own], axis=0)
        if run.target.items(total) != 0:  # of undefined answers it is NaN
            found[epoch + 1] = float(run.target.main_metric(total))
    return pd.Series(found, dtype=float)
