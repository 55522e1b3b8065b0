"""What the files of a run say: whether they are as they were written, and what the test part says at each epoch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pyarrow import ArrowException

from fer_lab.errors import DataError, StoreError
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.target import Target
from fer_lab.ledger import Run

SCORES = re.compile(r"scores/epoch-(\d+)\.parquet")


@dataclass(frozen=True)
class Checked:
    """What the files of a run say.

    Attributes:
        damage: why the ledger does not take it for whole (``Run.check``); empty where it does.
        sums: epoch (from 0) -> what is counted of the test part (``Target.sums``); NaN where an answer is undefined.
    """

    damage: str
    sums: dict[int, Floats]


def check(run: Run) -> Checked:
    """Compare every file of a run with its checksum, as the ledger does, and count the answers of each epoch."""
    try:
        run.check()
        epochs = {int(found[1]): name for name in run.files if (found := SCORES.fullmatch(name))}
        return Checked("", {epoch: _sums(run.folder / name, run.target) for epoch, name in sorted(epochs.items())})
    except StoreError as error:
        return Checked(error.what, {})


def _sums(path: Path, target: Target) -> Floats:
    """What is counted of the test part.

    Raises:
        StoreError: the columns are not those of scores.
    """
    names = [*target.truth_columns, *target.answer_columns]
    try:
        table = pq.ParquetFile(path).read(["part", *names], use_threads=False)
        tested = np.asarray(table.column("part").to_numpy() == "test")
        return target.total(pd.DataFrame({name: table.column(name).to_numpy()[tested] for name in names}))
    except (ArrowException, DataError, KeyError, ValueError) as error:
        raise StoreError(f"{path} does not hold the scores of its run: {error}") from error


def tested(run: Run, files: Mapping[str, Checked]) -> pd.Series[float]:
    """Main metric on the test part at each epoch (from 1) whose test scores were kept, of all folds together."""
    own = [files[one.id].sums for one in run.singles]
    found: dict[int, float] = {}
    for epoch in sorted(set.intersection(*(set(sums) for sums in own))):
        total: Floats = np.sum([sums[epoch] for sums in own], axis=0)
        if run.target.items(total) != 0:  # of undefined answers it is NaN
            found[epoch + 1] = float(run.target.main_metric(total))
    return pd.Series(found, dtype=float)
