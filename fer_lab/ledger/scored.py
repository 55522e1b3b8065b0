"""The finished runs with what they came to, read fast: the score of each is kept beside the ledger once it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_lab.errors import StoreError
from fer_lab.evaluation.arrays import Floats
from fer_lab.ledger.files import SUMS, scores_of
from fer_lab.ledger.read import Run
from fer_lab.ledger.snapshot import Excluded, readable
from fer_lab.storage import read_json, write_json

KEPT = ".scores.json"


@dataclass(frozen=True)
class Scored:
    """A finished run and its target's main metric on the test part, at the selected epoch; NaN: undefined."""

    run: Run
    value: float


def main_score(run: Run, part: str = "test") -> float:
    """The target's main metric on a part, at the selected epoch.

    Raises:
        StoreError: the scores are missing or damaged.
    """
    counted: Floats = np.sum([_counted(single, part) for single in run.singles], axis=0)
    return float(run.target.main_metric(counted))


def _counted(run: Run, part: str) -> Floats:
    """What the target counts of a part at the selected epoch: one small file where it is kept beside the scores."""
    if SUMS in run.files:
        with suppress(KeyError):  # of a part that the last epoch does not have
            return np.asarray(run.sums(part)[run.selected_epoch])
    return run.target.total(run.scores(part))


def scored_runs(runs: Path) -> tuple[list[Scored], list[Excluded]]:
    """Every finished run of ``results/runs`` with its score, and what else lies there.

    Scores are read from ``results/runs/.scores.json`` as far as it has those of the same files (by the checksum in the
    run's record), else from the run itself, and kept; of 500 runs the first time takes seconds, the next ones none.
    """
    found, excluded = readable(runs)
    kept = _kept(runs / KEPT)
    scored: list[Scored] = []
    for run in found:
        try:
            scored.append(Scored(run, kept[key] if (key := _key(run)) in kept else main_score(run)))
        except StoreError as error:
            excluded.append(Excluded(run.id, run.cell, run.seed, str(error)))
    known = {_key(one.run): one.value for one in scored}
    if set(known) != set(kept):
        _keep(runs / KEPT, known)
    return scored, excluded


def _key(run: Run) -> str:
    """The checksum of the scores of its selected epoch."""
    return str(run.files.get(scores_of(run.selected_epoch), run.id))


def _kept(path: Path) -> dict[str, float]:
    """What was kept; nothing where it cannot be read: it is only ever a copy."""
    try:
        known: dict[str, Any] = dict(read_json(path))
    except (StoreError, TypeError, ValueError):
        return {}
    numbers = {key: math.nan if value is None else value for key, value in known.items()}
    return numbers if all(isinstance(value, float) for value in numbers.values()) else {}


def _keep(path: Path, known: dict[str, float]) -> None:
    """Keep scores; a ledger that can only be read is left as it is."""
    try:
        write_json(path, {key: None if math.isnan(value) else value for key, value in known.items()})
    except StoreError:
        return


def by_cell(scored: Sequence[Scored]) -> dict[tuple[str, ...], list[Scored]]:
    """The runs of each cell, stamp and version of data, settings and stages, in the order of seeds and folds."""
    found: dict[tuple[str, ...], list[Scored]] = {}
    for one in sorted(scored, key=lambda one: (one.run.seed, one.run.fold or 0)):
        run = one.run
        key = (run.cell, run.source, run.profile, run.protocol, run.variant)
        found.setdefault(key, []).append(one)
    return found
