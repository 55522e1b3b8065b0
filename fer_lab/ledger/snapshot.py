"""The finished runs of a ledger, told apart by what they are: what reads many of them needs no configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.ledger.read import Run, merge_folds
from fer_lab.ledger.records import Records
from fer_lab.storage import read_json

STAMP = ("source", "profile", "protocol")
"""What every number is stamped with; runs that differ in it are never shown together."""


@dataclass(frozen=True)
class Excluded:
    """A run that is left out, and why; ``cell`` is empty and ``seed`` None where the run does not say them.

    Attributes:
        finished: whether it has a record, be it a damaged one; an interrupted or failed run has none.
    """

    id: str
    cell: str
    seed: int | None
    reason: str
    finished: bool = True


@dataclass(frozen=True)
class Snapshot:
    """The runs of one stamp by cell and seed, all of a cell of one variant, folds together; and those left out."""

    runs: Mapping[tuple[str, int], Run]
    excluded: tuple[Excluded, ...]


def read_stamps(runs: Path) -> dict[tuple[str, ...], Snapshot]:
    """The finished runs of every stamp (source, profile, protocol) that some run has, real data first; each file of
    ``results/runs`` is read once. See ``read_ledger``.
    """
    return by_stamp(*readable(runs))


def by_stamp(runs: Iterable[Run], excluded: Iterable[Excluded]) -> dict[tuple[str, ...], Snapshot]:
    """What ``readable`` found, told apart by stamp; ``excluded`` is left out of each."""
    found: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        found.setdefault(tuple(str(getattr(run, key)) for key in STAMP), []).append(run)
    return {stamp: _of_one_stamp(found[stamp], excluded) for stamp in sorted(found, reverse=True)}


def read_ledger(runs: Path, stamp: Mapping[str, str]) -> Snapshot:
    """Read the finished runs of one stamp.

    Of a cell that was run on several versions of its data, settings or stages, one counts: runs of the cell as it
    stands before those with settings of their own, then that with the most seeds, of equals the one that finished last.
    The runs of others are left out, as are damaged and unfinished ones and those of which a fold is missing.

    Args:
        runs: the folder ``results/runs``.
        stamp: source, profile and protocol.
    """
    found, excluded = readable(runs)
    return _of_one_stamp([run for run in found if all(getattr(run, key) == stamp[key] for key in STAMP)], excluded)


def _of_one_stamp(chosen: Iterable[Run], unreadable: Iterable[Excluded]) -> Snapshot:
    found: dict[tuple[str, int], Run] = {}
    excluded = list(unreadable)
    for _, group in groupby(sorted(chosen, key=lambda run: run.cell), key=lambda run: run.cell):
        own = list(group)
        shown = _most_run(own)
        excluded += [_excluded(run, _other(run, shown)) for run in own if run.variant != shown]
        whole, broken = _by_seed([run for run in own if run.variant == shown])
        found |= whole
        excluded += broken
    return Snapshot(found, tuple(excluded))


def _most_run(runs: Sequence[Run]) -> str:
    """The variant of the cell as it stands, then with the most seeds, of equals the one that finished last."""
    seeds: dict[str, set[int]] = {}
    for run in runs:
        seeds.setdefault(run.variant, set()).add(run.seed)
    return max(runs, key=lambda run: (not run.settings, len(seeds[run.variant]), run.finished, run.id)).variant


def _other(run: Run, shown: str) -> str:
    if not run.settings:
        return f"another version of its data, settings or stages than {shown}"
    return f"settings of its own: {run.settings_text}"


def readable(runs: Path) -> tuple[list[Run], list[Excluded]]:
    """Every finished run of ``results/runs`` whose record can be read, of any stamp, and what else lies there.

    Records that were read before are remembered (``ledger.records``).
    """
    found: list[Run] = []
    excluded: list[Excluded] = []
    records = Records(runs)
    for entry in _folders(runs):
        folder = runs / entry.name
        if entry.is_symlink():
            excluded.append(Excluded(folder.name, "", None, "a link to a folder elsewhere"))
            continue
        try:
            found.append(records.read(folder))
        except FileNotFoundError:
            excluded.append(Excluded(folder.name, "", None, _unfinished(folder), finished=False))
        except (OSError, StoreError) as error:
            excluded.append(Excluded(folder.name, "", None, str(error)))
    records.keep()
    return found, excluded


def _folders(runs: Path) -> list[os.DirEntry[str]]:
    """The folders of a ledger, by name; none where there is no ledger."""
    if not runs.is_dir():
        return []
    with os.scandir(runs) as entries:
        return sorted((entry for entry in entries if entry.is_dir()), key=lambda entry: entry.name)


def _unfinished(folder: Path) -> str:
    for name, key in (("failed", "error"), ("pruned", "why")):
        with suppress(StoreError, KeyError, TypeError):
            return f"{name}: {read_json(folder / f'{name}.json')[key]}"
    return "not finished"


def _by_seed(runs: Iterable[Run]) -> tuple[dict[tuple[str, int], Run], list[Excluded]]:
    """The runs of one variant by cell and seed, folds together, and those of which folds are missing."""
    whole: dict[tuple[str, int], Run] = {}
    broken: list[Excluded] = []
    for key, group in groupby(sorted(runs, key=_place), key=lambda run: (run.cell, run.seed)):
        own = list(group)
        if len({run.fold for run in own}) < len(own) or len({run.folds for run in own}) > 1:
            broken += [_excluded(run, "several runs of one seed and fold, or of other numbers of folds") for run in own]
        elif missing := _missing_folds(own):
            broken += [_excluded(run, f"fold {', '.join(map(str, missing))} of {run.folds} is missing") for run in own]
        else:
            whole[key] = merge_folds(own)
    return whole, broken


def _place(run: Run) -> tuple[str, int, int]:
    return run.cell, run.seed, -1 if run.fold is None else run.fold


def _missing_folds(runs: Sequence[Run]) -> list[int]:
    there = {run.fold for run in runs}
    return [] if runs[0].fold is None else [fold for fold in range(runs[0].folds) if fold not in there]


def _excluded(run: Run, reason: str) -> Excluded:
    return Excluded(run.id, run.cell, run.seed, reason)
