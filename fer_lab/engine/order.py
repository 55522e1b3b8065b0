"""In which order the jobs of a sweep begin: the longest first, and none beside one that it would wait for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from fer_lab.configs import stamp
from fer_lab.runs import mean_seconds, with_parents

Job = tuple[int, Sequence[str]]
"""A job's number in the sweep, which names its folder, and its overrides."""


def longest_first(jobs: Sequence[Job], results: Path) -> list[Job]:
    """Jobs in the order of how long such runs took, so that no long one is left alone at the end.

    Args:
        jobs: of one sweep; those of cells of which nothing is known are taken for the longest.
        results: where earlier runs tell how long they took (``runs.mean_seconds``).
    """
    seconds = mean_seconds(stamp(jobs[0][1]), results) if jobs else {}
    return sorted(jobs, key=lambda job: -seconds.get(cell_of(job), math.inf))


def wait_for_each_other(one: Job, other: Job) -> bool:
    """Whether two jobs of a sweep need the same run: one is, or starts from, what the other is or starts from."""
    first, second = _words(one), _words(other)
    alike = all(first.get(key) == second.get(key) for key in {*first, *second} - {"cell"})
    return alike and bool({*with_parents([first["cell"]])} & {*with_parents([second["cell"]])})


def cell_of(job: Job) -> str:
    """The cell that a job trains."""
    return _words(job)["cell"]


def _words(job: Job) -> dict[str, str]:
    return dict(item.split("=", 1) for item in job[1] if "=" in item)
