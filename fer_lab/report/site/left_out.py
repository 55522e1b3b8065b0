"""What is in no number of a section: cells that failed, and runs of the ledger that do not count, of whatever stamp."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from fer_lab.ledger import STAMP, Excluded
from fer_lab.ledger.sweeps import newest_jobs
from fer_lab.tables import Comparison
from fer_lab.tables.comparison import Compared
from fer_lab.tables.footnotes import footnotes

FAILED = "failed"


@dataclass(frozen=True)
class LeftOut:
    """A run that does not count, and why.

    Attributes:
        cell: empty where the run does not say it.
        seed: None where it does not say it.
        stamp: source, profile and protocol; empty where it does not say them.
    """

    id: str
    cell: str
    seed: int | None
    reason: str
    stamp: tuple[str, ...]


def left_out(excluded: Iterable[Excluded], stamp: tuple[str, ...], runs: Path) -> list[LeftOut]:
    """Runs that do not count, those of the stamp first; unfinished and damaged ones are asked for their configuration.

    Args:
        excluded: what the ledger leaves out of a stamp: its own runs, and those that it cannot read.
        stamp: of those that say their cell.
        runs: the folder ``results/runs``.
    """
    found = [LeftOut(one.id, one.cell, one.seed, one.reason, stamp) if one.cell else _asked(one, runs)
             for one in excluded]  # fmt: skip
    return sorted(found, key=lambda one: (one.stamp != stamp, one.id))


def _asked(one: Excluded, runs: Path) -> LeftOut:
    path = runs / one.id / "config.yaml"
    try:
        config: Any = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        stamp, seed = tuple(str(config[key]["name"]) for key in STAMP), int(config["seed"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError):
        stamp, seed = (), None  # a folder that never was a run, or one that ended before it had a configuration
    return LeftOut(one.id, "", seed, one.reason, stamp)


def failed_cells(sweeps: Path, stamp: Mapping[str, str], ran: Iterable[str]) -> dict[str, str]:
    """The cells without a run whose last job failed: which seed, why, and where the log is.

    Args:
        sweeps: the folder ``results/sweeps``.
        stamp: source, profile and protocol.
        ran: the cells that have a finished run.
    """
    jobs = newest_jobs(sweeps, tuple(stamp.values()))
    failed = {cell: job for (cell, _), job in sorted(jobs.items(), reverse=True) if job.state == FAILED}
    return {cell: f"seed {job.seed}, {job.error.rstrip('.')} (fer-lab status; log: {job.log})"
            for cell, job in failed.items() if cell not in set(ran)}  # fmt: skip


def with_failures(found: Comparison, failed: Mapping[str, str]) -> Comparison:
    """A table whose values of cells that failed say so."""
    return replace(found, values=tuple(_said(value, failed) for value in found.values))


def _said(value: Compared, failed: Mapping[str, str]) -> Compared:
    cell = next((cell for cell in value.printed.cells if cell in failed), None)
    if cell is None or value.verdict != "not run":
        return value
    return replace(value, verdict=f"{FAILED}: {failed[cell]}")


def notes(found: Comparison, failed: Mapping[str, str]) -> Iterator[str]:
    """The footnotes of a table; a cell that failed is not among those that were not run."""
    own = {cell: why for cell, why in failed.items() if cell in found.table.cells}
    yield from (f"Failed: {cell}, {why}." for cell, why in own.items())
    others = footnotes(replace(found, blocked={**found.blocked, **own}))
    yield from (line for line in others if line not in {f"Blocked by data: {why}." for why in own.values()})
