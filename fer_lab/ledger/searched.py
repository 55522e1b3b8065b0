"""Which finished runs a search has trained: a file in the folder of each trial, <results>/searches/<search>/<trial>."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.storage import read_json, write_json

TRIAL = "trial.json"


def say_trial(folder: Path, ids: Sequence[str]) -> None:
    """Keep in a trial's folder that it is the first to train these runs; before it does, as it may be killed."""
    if ids and not (folder / TRIAL).exists():
        write_json(folder / TRIAL, {"trains": list(ids)})


def trials(searches: Path) -> dict[str, str]:
    """The name of the search that has trained a run, by the id of the run.

    Args:
        searches: the folder ``results/searches``; it need not be there.
    """
    found: dict[str, str] = {}
    for file in sorted(searches.glob(f"*/*/{TRIAL}")):
        with suppress(StoreError, KeyError, TypeError):  # damaged: a run of that search is then shown as any other
            found |= dict.fromkeys(map(str, read_json(file)["trains"]), file.parent.parent.name)
    return found
