"""Every run of a sweep: planned, and finished."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fer_lab.configs import compose, expand, for_parent
from fer_lab.errors import ConfigError
from fer_lab.ledger import Run, merge_folds, read_run
from fer_lab.runs.plan import Plan, make_plans
from fer_lab.sources import twin_is_there

log = logging.getLogger(__name__)


def planned(overrides: Sequence[str]) -> Iterator[tuple[str, int, Plan | None]]:
    """Cell, seed and plan of every run of a sweep, fold by fold; the plan is None where a twin is not written yet."""
    for own in expand(overrides):
        config = compose(own)
        cell = next(item.split("=", 1)[1] for item in own if item.startswith("cell="))
        for plan in make_plans(config, cell, own) if _twins_are_there(config, cell, own) else [None]:
            yield cell, int(config["seed"]), plan


def _twins_are_there(config: Mapping[str, Any], cell: str, overrides: Sequence[str]) -> bool:
    """Whether no twin of a run and of its parents must be written before its plan can be made."""
    parents = {parent: for_parent(overrides, cell, parent) for parent in config["parents"]}
    return twin_is_there(config) and all(_twins_are_there(compose(own), name, own) for name, own in parents.items())


def finished_runs(plans: Iterable[tuple[str, int, Plan | None]]) -> dict[tuple[str, int], Run]:
    """The finished runs by cell and seed; of cells with folds those of which every fold is finished.

    Runs that were damaged since are left out, and said.

    Raises:
        ConfigError: a cell is planned with several settings: its runs are of different things.
    """
    found: dict[tuple[str, int], list[Plan | None]] = {}
    for cell, seed, plan in plans:
        found.setdefault((cell, seed), []).append(plan)
    for (cell, _), folds in found.items():
        _refuse_several(cell, folds)
    found = {key: [plan if plan and _is_whole(plan) else None for plan in folds] for key, folds in found.items()}
    whole = {key: [plan for plan in folds if plan is not None] for key, folds in found.items()}
    complete = {key: folds for key, folds in whole.items() if len(folds) == len(found[key])}
    return {key: merge_folds([read_run(plan.entry.folder) for plan in folds]) for key, folds in complete.items()}


def _refuse_several(cell: str, folds: Sequence[Plan | None]) -> None:
    if len(folds) > 1 and len({plan.variant for plan in folds if plan is not None}) > 1:
        raise ConfigError(
            f"{cell} is asked for with several settings at once",
            expected="one value of each setting",
            do="name one; fer-lab runs shows runs of any settings side by side",
        )


def _is_whole(plan: Plan) -> bool:
    if (state := plan.entry.state()) == "damaged":
        log.warning("run %s of %s is damaged and left out: its sweep trains it again", plan.id, plan.cell)
    return state in ("done", "returned")
