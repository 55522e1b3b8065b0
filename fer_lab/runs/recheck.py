"""The command line that trains a finished run again, from its stored configuration."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fer_lab.configs import compose
from fer_lab.errors import ConfigError, nearest
from fer_lab.ledger import Run, read_run
from fer_lab.runs.configuration import configuration_of
from fer_lab.runs.models import parents_of

ELSEWHERE = (
    "paths", "logger", "jobs", "threads", "workers", "cache", "dry_run", "fail_fast", "campaign", "seed",
)  # fmt: skip
"""Parts of a stored configuration that say where and how it ran, or that are given beside it."""


def find_run(runs: Path, name: str, seed: int) -> Run:
    """One finished run of a ledger.

    Args:
        runs: the folder ``results/runs``.
        name: its id, the beginning of its id, or its cell.
        seed: of a cell.

    Raises:
        ConfigError: there is no such run, or several.
        StoreError: its record is damaged.
    """
    ids = sorted(path.parent.name for path in runs.glob("*/run.json"))
    if "/" in name:
        cells = {run.id: run for run in map(read_run, (runs / id for id in ids))}
        found = [id for id, run in cells.items() if (run.cell, run.seed) == (name, seed)]
        known = nearest(name, {run.cell for run in cells.values()})
    else:
        found = [id for id in ids if id.startswith(name)]
        known = nearest(name, ids)
    if len(found) != 1:
        said = f"{len(found)} finished runs {name!r}" + (f" with seed {seed}" if "/" in name else "") + f" in {runs}"
        raise ConfigError(said, expected=f"one of {', '.join(found) or known}", do="say its id, or more of it")
    return read_run(runs / found[0])


def again(run: Run) -> list[str]:
    """The overrides that compose the stored configuration of a run, with as many threads as it had.

    Whatever differs from what its cell says today is said: what was given on the command line, and what has changed
    since.

    Raises:
        StoreError: its configuration is missing or damaged.
        ConfigError: there is no such cell any more.
    """
    stored = configuration_of(run)
    chosen = [f"{group}={getattr(run, group)}" for group in ("source", "profile", "protocol")]
    chosen = [f"cell={run.cell}", f"seed={run.seed}", *chosen]
    threads = [f"threads={run.facts['threads']}"] if "threads" in run.facts else []
    return [*chosen, *threads, *_changes(compose(chosen), stored)]


def _changes(usual: Mapping[str, Any], stored: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Overrides that turn one configuration into another, below ``above``."""
    for key in dict.fromkeys((*usual, *stored)):
        place, one, other = f"{above}{key}", usual.get(key), stored.get(key)
        if one == other or place in ELSEWHERE:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _changes(one, other, f"{place}.")
        elif key in stored:
            yield f"++{place}={json.dumps(other)}"
        elif above:
            yield f"~{place}"


def copy_parents(run: Run, runs: Path) -> None:
    """Put what a run starts from into another ledger: the parents are not what is checked.

    Args:
        run: whose parents lie beside it.
        runs: the other ledger's folder of runs.

    Raises:
        StoreError: one of them is missing.
    """
    for parent in parents_of(run):
        copy_parents(parent, runs)
        shutil.copytree(parent.folder, runs / parent.id, dirs_exist_ok=True)
