"""Finished runs, as the tables see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import safetensors.numpy

from fer_lab.errors import StoreError
from fer_lab.evaluation import Target, make_target
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.targets import BESIDE
from fer_lab.ledger.files import LOSSES, SUMS, WEIGHTS, essential, scores_of
from fer_lab.ledger.schema import check_record, validate
from fer_lab.storage import file_digest, read_json


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        column: the name of the target in its data set; of classes, their column in the index.
        target: what an item is asked for.
        facts: counts, shares and seconds that a table's footnotes show.
        variant: what the runs of a cell share whatever their seed and fold; runs of several variants are of other data,
            settings or versions of the stages, and are never put together.
        fold, folds: which of how many folds was its test part; None and 1 where the data are not split into folds.
        finished: when, in seconds since 1970.
        environment: the machine and the code that it was computed with (``environment.describe_machine``).
    """

    id: str
    cell: str
    seed: int
    source: str
    profile: str
    protocol: str
    dataset: str
    column: str
    target: Target
    selected_epoch: int
    epochs: int
    parents: tuple[str, ...]
    facts: Mapping[str, Any]
    folder: Path
    files: Mapping[str, str]
    variant: str = ""
    fold: int | None = None
    folds: int = 1
    finished: float = 0.0
    environment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What was set for it beside what its cell says, by key; empty for a run of the cell as it stands."""
        return dict(self.facts.get("settings", {}))

    @property
    def settings_text(self) -> str:
        """The same in words: ``backbone=faceres, epochs=5``."""
        return ", ".join(f"{key}={value}" for key, value in self.settings.items())

    @property
    def twin(self) -> bool:
        """Whether its data, or some of them, are drawn."""
        return self.source == "embedded" or bool(self.facts.get("twins"))

    @property
    def returned(self) -> Mapping[str, Any]:
        """How it came here, of a run that a holder of the data has trained and sent without its weights: ``parcel``,
        ``on`` (the day), ``holder`` ('' where not named), ``data`` (in what the copy is not as published); else empty.
        """
        return dict(self.facts.get("returned", {}))

    def file(self, name: str) -> Path:
        """A file of the run, as it was written.

        Args:
            name: as ``files`` has it.

        Raises:
            StoreError: the run has no such file, it is missing, or its checksum differs.
        """
        path = self.folder / name
        there = name in self.files and path.is_file()
        if not there or file_digest(path) != self.files[name]:
            raise StoreError(
                f"{path} is {'damaged: its checksum differs' if there else 'missing'}",
                expected="the file that was written when the run finished",
                do=f"start the sweep again: run {self.id} is found damaged and trained anew",
            )
        return path

    def check(self) -> None:
        """Compare every file of the run with its checksum, those of its folds included: what decides that it is whole.

        Raises:
            StoreError: one is missing or damaged, or the record names no weights, or not the scores of an epoch.
        """
        for single in self.singles:
            needed = essential(single.epochs) - ({WEIGHTS} if single.returned else set())
            for name in sorted({*single.files, *needed}):
                single.file(name)

    def scores(self, part: str, epoch: int | None = None) -> pd.DataFrame:
        """Scores of a part (``train``, ``val``, ``test``) at an epoch (0-based; the selected one by default).

        Columns ``item, video, subject, part, epoch`` and those of its kind of target (``evaluation.targets``).

        Raises:
            StoreError: the file is missing, is not what was written (its checksum differs), or has other columns.
        """
        epoch = self.selected_epoch if epoch is None else epoch
        path = self.file(scores_of(epoch))
        scores = pd.read_parquet(path)
        expected = {*BESIDE, *self.target.truth_columns, *self.target.answer_columns}
        if set(scores) != expected:
            raise StoreError(
                f"{path}: its columns are not those of {len(self.target.names)} {self.target.kind}: "
                f"{', '.join(sorted(expected ^ set(map(str, scores))))}",
                do=f"start the sweep again: run {self.id} is trained anew",
            )
        return scores[scores["part"] == part].reset_index(drop=True)

    def losses(self) -> pd.Series[float] | None:
        """The training loss of each step, by its number from 1; None of a run that did not keep it.

        Raises:
            StoreError: as ``file``.
        """
        return pd.read_csv(self.file(LOSSES), index_col="step")["loss"] if LOSSES in self.files else None

    def sums(self, part: str) -> Floats:
        """What the target counts of a part at each epoch, (epochs, ...): beside the scores, else from all of them.

        Raises:
            StoreError: as ``scores``.
        """
        if SUMS in self.files:
            return np.asarray(safetensors.numpy.load(self.file(SUMS).read_bytes())[part])
        return np.stack([self.target.total(self.scores(part, epoch)) for epoch in range(self.epochs)])

    def best_epoch(self, part: str) -> int:
        """The epoch (0-based) whose scores of a part have the largest main metric, the earliest of equals.

        An undefined one is worst.
        """
        return int(np.nan_to_num(self.target.main_metric(self.sums(part)), nan=-np.inf).argmax())

    @property
    def singles(self) -> tuple[Run, ...]:
        """The entries of the ledger that it is read from: itself, or its folds."""
        return (self,)

    def leaked(self) -> set[str]:
        """The test ids whose person, video or exact copy is in training.

        Raises:
            StoreError: the run's manifest is not there, or does not say it.
        """
        return set(self._of_manifest("leaked")) if self.facts["leak_share"] else set()

    def seen(self) -> set[str]:
        """The test ids of whose photograph the data set has an image in another part, dropped or not.

        Raises:
            StoreError: the run's manifest does not say it: its data are not split by photograph.
        """
        return set(self._of_manifest("seen"))

    def training_ids(self) -> frozenset[str]:
        """The ids of its training part.

        Raises:
            StoreError: the run's manifest is not there, or does not say them.
        """
        return frozenset(self._of_manifest("ids")["train"])

    def _of_manifest(self, key: str) -> Any:
        path = self.file("split.json")
        manifest = read_json(path)
        if key not in manifest:
            raise StoreError(f"{path} names no {key}", do="train the run again")
        return manifest[key]


@dataclass(frozen=True)
class Folds(Run):
    """The runs of all folds of a cell and seed, read as one: each test item once, by the network that did not see it.

    What the folds share is the first one's; of the facts, counts are summed and shares are means. Each fold has an
    epoch of its own that validation selected.
    """

    runs: tuple[Run, ...] = ()

    @property
    def singles(self) -> tuple[Run, ...]:
        """Its folds."""
        return self.runs

    def scores(self, part: str, epoch: int | None = None) -> pd.DataFrame:
        """Scores of a part of all folds, items numbered through; see ``Run.scores``."""
        scores = [run.scores(part, epoch) for run in self.runs]
        firsts = np.cumsum([0, *(int(frame["item"].max()) + 1 if len(frame) else 0 for frame in scores)])
        moved = [frame.assign(item=frame["item"] + first) for frame, first in zip(scores, firsts, strict=False)]
        return pd.concat(moved, ignore_index=True)

    def sums(self, part: str) -> Floats:
        """What the target counts of a part of all folds at each epoch; see ``Run.sums``."""
        each = [run.sums(part) for run in self.runs]
        total: Floats = np.sum([sums[: self.epochs] for sums in each], axis=0)
        return total

    def leaked(self) -> set[str]:
        """The leaked test ids of all folds."""
        return set().union(*(run.leaked() for run in self.runs))

    def seen(self) -> set[str]:
        """Those of all folds; see ``Run.seen``."""
        return set().union(*(run.seen() for run in self.runs))


def merge_folds(runs: Sequence[Run]) -> Run:
    """The runs of a cell and seed as one: the run itself, or all its folds."""
    if len(runs) == 1:
        return runs[0]
    values = {name: getattr(runs[0], name) for name in Run.__dataclass_fields__}
    facts = [run.facts for run in runs]
    merged = {
        **facts[0],
        "folds": len(runs),
        "leak_share": float(np.mean([fact["leak_share"] for fact in facts])),
        **{name: float(sum(fact[name] for fact in facts)) for name in ("seconds", "minutes") if name in facts[0]},
        "near_copies": _summed([fact.get("near_copies") for fact in facts]),
    }
    return Folds(**{**values, "facts": merged}, runs=tuple(runs))


def _summed(counts: Sequence[int | None]) -> int | None:
    """A count over all folds; None where one of them does not know it."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def read_run(folder: Path) -> Run:
    """Read one finished run.

    Raises:
        StoreError: there is no readable ``run.json``, it lacks a field, or has one of another kind.
    """
    return run_of(folder, record_of(folder))


def record_of(folder: Path) -> Mapping[str, Any]:
    """The record of a finished run, checked.

    Raises:
        StoreError: as ``read_run``.
    """
    record = read_json(folder / "run.json")
    if not isinstance(record, dict):
        raise StoreError(f"{folder / 'run.json'} holds a {type(record).__name__}", expected="the record of a run")
    try:
        check_record(record, folder / "run.json")
        validate(record, folder)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"{folder / 'run.json'} lacks {error}", do="delete its folder; it is trained again") from None
    return record


def run_of(folder: Path, record: Mapping[str, Any]) -> Run:
    """The run of a record that ``record_of`` has checked.

    Raises:
        StoreError: it lacks a field that not every record has had.
    """
    try:
        values = {name: record[name] for name in FIELDS}
    except KeyError as error:
        raise StoreError(f"{folder / 'run.json'} lacks {error}", do="delete its folder; it is trained again") from None
    scale = None if record.get("scale") is None else tuple(record["scale"])
    target = _target(record["kind"], tuple(record["outputs"]), scale)
    return Run(folder=folder, target=target, **values | {"parents": tuple(values["parents"])})


FIELDS = tuple(name for name in Run.__dataclass_fields__ if name not in ("folder", "target"))
_target = lru_cache(make_target)
"""Runs of one cell share theirs."""


def read_runs(runs: Path) -> list[Run]:
    """Every finished run below ``results/runs``, in the order of their ids."""
    return [read_run(path.parent) for path in sorted(runs.glob("*/run.json"))]
