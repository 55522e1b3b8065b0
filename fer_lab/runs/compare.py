"""Finished runs side by side, as two machines, settings or versions have left them in two ledgers.

A run is found again by its stamp, cell, seed and fold, whatever its id: another machine may hold other data under the
same name, and that is then one of the facts that differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.errors import ConfigError, StoreError
from fer_lab.evaluation import Interval, Target, difference
from fer_lab.ledger import WEIGHTS, Excluded, Run, by_stamp, readable

Facts = Mapping[str, tuple[str, ...]]
"""Name of a fact -> its values, each once, sorted."""
Place = tuple[tuple[str, ...], str, int]
"""Stamp, cell and seed."""
MACHINE = ("cpu", "instructions", "limits", "gpu", "system", "python")
"""Parts of a run's environment that are facts as they stand."""


@dataclass(frozen=True)
class SideBySide:
    """One cell of two ledgers, over the seeds that both have.

    Attributes:
        stamp: source, profile and protocol.
        metric: name of the target's main metric.
        values: its mean over the seeds on the test part in the first ledger, and in the second.
        difference: second minus first, with the paired interval; NaN where items or outputs are others.
        by_seed: the metric of each seed in the first ledger, and in the second.
        changed: share of test items that the two answer otherwise (``Target.agree``); NaN where the difference is.
        differs_from: the first epoch (0-based) at which any score of any part differs; None where none does.
        same: all scores of all epochs and the selected weights, bit for bit, of the same outputs.
        facts: those that differ, of the first ledger and of the second.
    """

    stamp: tuple[str, ...]
    cell: str
    seeds: tuple[int, ...]
    metric: str
    values: tuple[float, float]
    difference: Interval
    by_seed: tuple[tuple[float, float], ...]
    changed: float
    differs_from: int | None
    same: bool
    facts: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True)
class Comparison:
    """Two ledgers.

    Attributes:
        cells: those of which both have a seed.
        missing: what the first ledger lacks of the second one's finished runs, and the other way round.
        left_out: what of each ledger was not read, and why: damaged, unfinished, of another version.
    """

    cells: tuple[SideBySide, ...]
    missing: tuple[tuple[Place, ...], tuple[Place, ...]]
    left_out: tuple[tuple[Excluded, ...], tuple[Excluded, ...]]

    @property
    def same(self) -> bool:
        """Whether both hold the same whole runs, bit for bit, and at least one; unfinished runs do not count."""
        unread = any(run.finished for side in self.left_out for run in side)
        return bool(self.cells) and all(cell.same for cell in self.cells) and not any(self.missing) and not unread


def runs_folder(ledger: Path) -> Path:
    """The folder of a ledger's runs: ``results``, or ``results/runs`` itself.

    Raises:
        ConfigError: there is no run.
    """
    for folder in (ledger / "runs", ledger):
        if any(folder.glob("*/run.json")):
            return folder
    raise ConfigError(f"no finished run in {ledger}", expected="a ledger: a results folder, or its runs/")


def compare(first: Path, second: Path) -> Comparison:
    """Two ledgers side by side; only finished, whole runs are read.

    Args:
        first, second: results folders, or their ``runs``.

    Raises:
        ConfigError: one of them holds no finished run.
    """
    whole, left_out = zip(*(_whole(runs_folder(ledger)) for ledger in (first, second)), strict=True)
    shared = sorted(whole[0].keys() & whole[1].keys())
    cells = dict.fromkeys((stamp, cell) for stamp, cell, _ in shared)
    places = {key: [place for place in shared if place[:2] == key] for key in cells}
    return Comparison(
        tuple(side_by_side(*([runs[place] for place in own] for runs in whole)) for own in places.values()),
        (tuple(sorted(whole[1].keys() - whole[0].keys())), tuple(sorted(whole[0].keys() - whole[1].keys()))),
        left_out,
    )


def _whole(runs: Path) -> tuple[dict[Place, Run], tuple[Excluded, ...]]:
    """The runs of a ledger of which every file is as it was written, and what is left out."""
    found: dict[Place, Run] = {}
    read, unread = readable(runs)
    stamps = by_stamp(read, ())
    left_out = [*unread, *(excluded for snapshot in stamps.values() for excluded in snapshot.excluded)]
    for stamp, snapshot in stamps.items():
        for (cell, seed), run in snapshot.runs.items():
            try:
                run.check()
            except StoreError as error:
                left_out.append(Excluded(run.id, cell, seed, str(error)))
            else:
                found[stamp, cell, seed] = run
    return found, tuple(left_out)


def side_by_side(first: Sequence[Run], second: Sequence[Run]) -> SideBySide:
    """One cell of two ledgers.

    Args:
        first: its runs, one a seed.
        second: those of the other ledger, of the same seeds.

    Raises:
        StoreError: a file of them is damaged.
        DataError: the seeds of one of them have other items.
    """
    run, targets = first[0], (first[0].target, second[0].target)
    scores = [[own.scores("test") for own in runs] for runs in (first, second)]
    epochs = [_differs_from(*pair) for pair in zip(first, second, strict=True)]
    earliest = min((epoch for epoch in epochs if epoch is not None), default=None)
    weights = [[single.files.get(WEIGHTS) for own in runs for single in own.singles] for runs in (first, second)]
    values = [_values(*pair) for pair in zip(targets, scores, strict=True)]
    alike = targets[0] == targets[1] and all(_same_items(targets[0], *pair) for pair in zip(*scores, strict=True))
    return SideBySide(
        (run.source, run.profile, run.protocol),
        run.cell,
        tuple(own.seed for own in first),
        targets[0].main,
        (float(np.mean(values[0])), float(np.mean(values[1]))),
        difference(scores[1], scores[0], targets[0].main_metric) if alike else Interval(nan, nan, nan, 0),
        tuple(zip(*values, strict=True)),
        float(np.mean([_changed(targets[0], *pair) for pair in zip(*scores, strict=True)])) if alike else nan,
        earliest,
        targets[0] == targets[1] and earliest is None and weights[0] == weights[1],
        differing(facts_of(first), facts_of(second)),
    )


def _values(target: Target, scores: Sequence[pd.DataFrame]) -> list[float]:
    return [float(target.main_metric(target.total(frame))) for frame in scores]


def _differs_from(first: Run, second: Run) -> int | None:
    """The first epoch at which two runs have other scores, or only one of them has any."""
    for one, other in zip(first.singles, second.singles, strict=False):
        for epoch in range(max(one.epochs, other.epochs)):
            name = f"scores/epoch-{epoch:03d}.parquet"
            files = [run.file(name) for run in (one, other) if name in run.files]
            alike = len(files) == 2 and one.files[name] == other.files[name]
            if not alike and (len(files) < 2 or not pd.read_parquet(files[0]).equals(pd.read_parquet(files[1]))):
                return epoch
    return None if len(first.singles) == len(second.singles) else 0


def _same_items(target: Target, first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether both ask the same of the same items, in the same order."""
    columns = ["item", "video", "subject", *target.truth_columns]
    return first[columns].equals(second[columns])


def _changed(target: Target, first: pd.DataFrame, second: pd.DataFrame) -> float:
    """The share of items answered otherwise."""
    return 1 - float(target.agree(first, second).mean())


def facts_of(runs: Sequence[Run]) -> Facts:
    """What decides the last bits of runs, and what tells their versions apart."""
    found: dict[str, set[str]] = {}
    for run in (single for own in runs for single in own.singles):
        for name, value in _facts(run).items():
            found.setdefault(name, set()).add(value)
    return {name: tuple(sorted(values)) for name, values in found.items()}


def _facts(run: Run) -> dict[str, str]:
    about, facts = run.environment, run.facts
    commit = about.get("commit") or {}
    named: dict[str, Any] = {
        **{key: about.get(key) for key in MACHINE},
        "kind": run.target.kind,
        "outputs": ", ".join(run.target.names),
        "scale": run.target.scale,
        **{key: facts.get(key) for key in ("threads", "precision", "data", "faces")},
        "weights": facts.get("weights", {}).get("checksum"),
        "settings or versions": run.variant,
        "commit": commit and f"{commit['revision'][:12]}{' and changes' if commit['dirty'] else ''}",
        **about.get("versions", {}),
    }
    return {name: str(value or "") for name, value in named.items()}


def differing(first: Facts, second: Facts) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The facts of which two ledgers have other values; a package that one of them lacks is one."""
    names = dict.fromkeys((*first, *second))
    pairs = {name: (first.get(name, ()), second.get(name, ())) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
