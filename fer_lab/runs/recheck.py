"""The command line that trains a finished run again, from its stored configuration."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_lab.configs import compose, parse, value_text, written
from fer_lab.configs.known import option_of
from fer_lab.errors import ConfigError, nearest
from fer_lab.ledger import STAMP, Entry, Run, read_run, read_runs
from fer_lab.ledger.files import RECORD
from fer_lab.resources import ENTRY
from fer_lab.runs.configuration import configuration_of
from fer_lab.runs.models import parents_of
from fer_lab.tables import find_cell

ELSEWHERE = (
    "paths", "logger", "jobs", "threads", "workers", "cache", "dry_run", "fail_fast", "campaign", "seed",
)  # fmt: skip
"""Parts of a stored configuration that say where and how it ran, or that are given beside it."""
OF_THE_RUN = ("cell", "seed", "fold", "experiment", "table", "campaign", "dry_run", "paths.results")
"""What a second training cannot be given: it is the run's own, or would train something else or nothing."""


def stamp_and_rest(overrides: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The words that say which run is meant (source, profile, protocol), and those that change its second training.

    Raises:
        ConfigError: names those that would make it one of another run, several, or none.
    """
    parsed = parse(overrides)
    hydras = [key for key in parsed if key.replace("/", ".").split(".")[0] == "hydra"]
    several = [key for key, override in parsed.items() if override.is_sweep_override()]
    if wrong := dict.fromkeys([*(key for key in parsed if key in OF_THE_RUN), *hydras, *several]):
        raise ConfigError(
            f"{', '.join(wrong)}: nothing that a recheck can be given",
            expected="one value each of what its training may have otherwise (threads=2, optimizer.lr=0.01), "
            "and where things lie (paths.data=..., paths.<data set>=...); source, profile and protocol say which run",
        )
    stamp = {key: value_text(parsed[key]) for key in STAMP if key in parsed}
    return stamp, [item for item in overrides if item.split("=")[0] not in STAMP]


def find_run(runs: Path, name: str, seed: int, **stamp: str) -> Run:
    """One finished run of a ledger.

    Args:
        runs: the folder ``results/runs``.
        name: its id, the beginning of its id, or its cell.
        seed: of a cell.
        stamp: of its source, profile and protocol those that are asked for.

    Raises:
        ConfigError: there is no such run, or several.
        StoreError: its record is damaged.
    """
    ids, of_cell = sorted(path.parent.name for path in runs.glob(f"*/{RECORD}")), "/" in name
    read = [read_run(runs / id) for id in ids if of_cell or (name and id.startswith(name))]
    named = [run for run in read if not of_cell or (run.cell, run.seed) == (name, seed)]
    found = [run for run in named if all(getattr(run, key) == value for key, value in stamp.items())]
    if len(found) == 1:
        return found[0]
    begun = _begun(runs) if not named else []
    if name and not of_cell and (its := [one for one in begun if one.id.startswith(name)]):
        raise ConfigError(f"run {its[0].id} in {runs} is begun, not finished: {its[0].state()}",
                          expected="a finished run", do="start its sweep again: it goes on")  # fmt: skip
    asked = [*([f"with seed {seed}"] if of_cell else []), *(f"{key}={value}" for key, value in stamp.items())]
    there = "; ".join(f"{run.id} ({' '.join(getattr(run, key) for key in STAMP)})" for run in found or named)
    near = _near(name, read) if of_cell else nearest(name, ids)
    train = f", or train it: {_training(name, seed, len(begun))}" if of_cell and not named else ""
    raise ConfigError(
        f"{len(found)} finished runs {' '.join([repr(name), *asked])} in {runs}",
        expected=f"one of {there or near}" if there or near else "a finished run; there is none yet",
        do=f"say its id, or more of it, or its source=, profile= and protocol={train}",
    )


def _near(name: str, read: Sequence[Run]) -> str:
    """What there is beside a cell and a seed that there is not: other seeds of it, else other cells."""
    if seeds := sorted({run.seed for run in read if run.cell == name}):
        return f"seed {', '.join(map(str, seeds))}"
    return nearest(name, {run.cell for run in read})


def _training(name: str, seed: int, begun: int) -> str:
    """What trains a run of a cell; it goes on with one that is begun."""
    command = f"{ENTRY} cell={find_cell(name).key} seed={seed}"
    return f"{command} (begun there, not finished: {begun}; it goes on with the one it is)" if begun else command


def _begun(runs: Path) -> list[Entry]:
    """The runs of a ledger that are not finished; of which cell one is its folder does not say."""
    folders = sorted(path.parent for path in runs.glob("*/config.yaml"))
    return [Entry(runs, folder.name) for folder in folders if not (folder / RECORD).is_file()]


def again(run: Run) -> list[str]:
    """The overrides that compose the stored configuration of a run, with as many threads as it had.

    Whatever differs from what its cell says today is said: what was given on the command line, and what has changed
    since.

    Raises:
        StoreError: its configuration is missing or damaged.
        ConfigError: there is no such cell any more, or overrides cannot say all of it.
    """
    stored = configuration_of(run)
    chosen = [f"{group}={getattr(run, group)}" for group in ("source", "profile", "protocol")]
    chosen = [f"cell={run.cell}", f"seed={run.seed}", *chosen]
    if (name := stored["data"]["name"]) != compose(chosen)["data"]["name"]:
        chosen.append(f"data={option_of(name)}")
    threads = [f"threads={run.facts['threads']}"] if "threads" in run.facts else []
    places = [*stored.get("paths", {}).values()]
    words = [*chosen, *threads, *_changes(compose(chosen), stored, places)]
    if left := list(_changes(compose(words), stored, places)):
        raise ConfigError(
            f"the configuration of run {run.id} cannot be said in overrides: {' '.join(left)} is not what it holds",
            expected="what conf/ and the command line can say",
            do="train it again with the version that it is of",
        )
    return words


def _changes(
    usual: Mapping[str, Any], stored: Mapping[str, Any], places: Sequence[object], above: str = ""
) -> Iterator[str]:
    """Overrides that turn one configuration into another, below ``above``; ``places`` are the paths of the second one,
    which are others here.
    """
    for key in dict.fromkeys((*usual, *stored)):
        place, one, other = f"{above}{key}", usual.get(key), stored.get(key)
        if one == other or place in ELSEWHERE or other in places:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping) and _is_said_with_dots(other):
            yield from _changes(one, other, places, f"{place}.")
        elif key in stored:
            yield f"++{place}={written(other)}"
        elif above:
            yield f"~{place}"


def _is_said_with_dots(value: Mapping[str, Any]) -> bool:
    """Whether the keys of a mapping are names, and not labels of somebody's, which the grammar may read otherwise."""
    return all(str(key).isidentifier() for key in value)


def copy_parents(run: Run, runs: Path) -> None:
    """Put what a run starts from into another ledger: the parents are not what is checked.

    Args:
        run: whose parents lie beside it.
        runs: the other ledger's folder of runs.

    Raises:
        StoreError: one of them, or a file of it, is missing or damaged: it would be trained anew.
    """
    for parent in parents_of(run):
        parent.check()
        copy_parents(parent, runs)
        shutil.copytree(parent.folder, runs / parent.id, dirs_exist_ok=True)


def trained_of(runs: Path, stored: Run) -> Run:
    """What the second training of a run has left in a ledger of its own.

    Raises:
        ConfigError: nothing of the same cell, seed and fold.
    """
    about = (stored.cell, stored.seed, stored.fold)
    found = [run for run in read_runs(runs) if (run.cell, run.seed, run.fold) == about]
    if len(found) != 1:
        raise ConfigError(
            f"the second training left {len(found)} runs of {stored.cell} seed {stored.seed} fold {stored.fold}",
            expected="one",
            do="leave out overrides that train something else, such as another number of folds",
        )
    return found[0]
