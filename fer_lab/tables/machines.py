"""What a run was computed on, in words: numbers differ between machines and versions of the code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fer_lab.ledger import Run

SHORT = 7
"""Digits of a commit that are shown."""


def machine_words(environment: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Processor or GPU, precision, threads and commit of a run, from its record."""
    instructions = environment.get("instructions")
    processor = f"{environment['cpu']} ({instructions})" if instructions else str(environment["cpu"])
    limits = ", ".join(f"{name}={value}" for name, value in (environment.get("limits") or {}).items())
    threads = facts["threads"]
    words = [
        str(environment.get("gpu") or processor),
        *([limits] if limits else []),
        str(facts["precision"]),
        f"{threads} thread{'s' if threads != 1 else ''}",
        _code(environment),
    ]
    return ", ".join(words)


def machines(runs: Iterable[Run]) -> list[str]:
    """A footnote a machine, with the cells that were computed on it where there are several."""
    users: dict[str, dict[str, None]] = {}
    for run in (run for run in runs if run.environment):
        users.setdefault(machine_words(run.environment, run.facts), {})[run.cell] = None
    return [
        f"Computed on: {words} ({', '.join(cells) if len(users) > 1 else 'all cells'})."
        for words, cells in users.items()
    ]


def _code(environment: Mapping[str, Any]) -> str:
    """The commit that was checked out; the version of the package where there is none."""
    commit = environment.get("commit")
    if not commit:
        return f"fer_lab {environment['versions']['fer_lab']}"
    return f"commit {commit['revision'][:SHORT]}{' with changes' if commit['dirty'] else ''}"
