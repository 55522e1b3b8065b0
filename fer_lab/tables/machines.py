"""What a run was computed on, in words: numbers differ between machines and versions of the code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fer_lab.ledger import Run

SHORT = 7
"""Digits of a commit that are shown."""


def machine_words(environment: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Processor or GPU, precision, threads and commit of a run, as far as its record names them."""
    cpu, instructions, threads = (environment.get("cpu"), environment.get("instructions"), facts.get("threads"))
    limits = environment.get("limits") or {}
    words = [
        environment.get("gpu") or (f"{cpu} ({instructions})" if instructions else cpu),
        *(f"{name}={value}" for name, value in limits.items()),
        facts.get("precision"),
        threads and f"{threads} thread{'s' if threads != 1 else ''}",
        _code(environment),
    ]
    return ", ".join(str(word) for word in words if word)


def machines(runs: Iterable[Run]) -> list[str]:
    """A footnote a machine, with the cells that were computed on it where there are several."""
    users: dict[str, dict[str, None]] = {}
    for run in runs:
        if words := machine_words(run.environment, run.facts) if run.environment else "":
            users.setdefault(words, {})[run.cell] = None
    return [
        f"Computed on: {words} ({', '.join(cells) if len(users) > 1 else 'all cells'})."
        for words, cells in users.items()
    ]


def _code(environment: Mapping[str, Any]) -> str | None:
    """The commit that was checked out; the version of the package where there is none."""
    commit, version = environment.get("commit"), environment.get("versions", {}).get("fer_lab")
    if not commit:
        return version and f"fer_lab {version}"
    return f"commit {commit['revision'][:SHORT]}{' with changes' if commit['dirty'] else ''}"
