"""Finished runs, as the tables see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab.errors import StoreError
from fer_lab.storage import file_digest, read_json


@dataclass(frozen=True)
class Run:
    """A finished run. ``facts`` are counts, shares and seconds that a table's foot shows."""

    id: str
    cell: str
    seed: int
    source: str
    profile: str
    protocol: str
    dataset: str
    target: str
    classes: tuple[str, ...]
    selected_epoch: int
    epochs: int
    parents: tuple[str, ...]
    facts: Mapping[str, Any]
    folder: Path
    files: Mapping[str, str]

    def scores(self, part: str, epoch: int | None = None) -> pd.DataFrame:
        """Scores of a part (``train``, ``val``, ``test``) at an epoch (0-based; the selected one by default).

        Columns ``item, video, subject, part, epoch, label, p0..p{C-1}``.

        Raises:
            StoreError: the file is missing, or is not what was written (its checksum differs).
        """
        name = f"scores/epoch-{self.selected_epoch if epoch is None else epoch:03d}.parquet"
        path = self.folder / name
        if name not in self.files or not path.is_file() or file_digest(path) != self.files[name]:
            raise StoreError(
                f"{path} is missing or damaged",
                expected="the scores that were written when the run finished",
                do=f"start the sweep again: run {self.id} is found damaged and trained anew",
            )
        scores = pd.read_parquet(path)
        return scores[scores["part"] == part].reset_index(drop=True)


def read_run(folder: Path) -> Run:
    """Read one finished run.

    Raises:
        StoreError: there is no readable ``run.json``, or it lacks a field.
    """
    record = read_json(folder / "run.json")
    try:
        values = {name: record[name] for name in Run.__dataclass_fields__ if name != "folder"}
    except KeyError as error:
        raise StoreError(f"{folder / 'run.json'} lacks {error}", do="delete its folder; it is trained again") from None
    values |= {"classes": tuple(values["classes"]), "parents": tuple(values["parents"])}
    return Run(folder=folder, **values)


def read_runs(runs: Path) -> list[Run]:
    """Every finished run below ``results/runs``, in the order of their ids."""
    return [read_run(path.parent) for path in sorted(runs.glob("*/run.json"))]
