"""What a dry run says: every run with its id and state, after its parts and weights have been looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydra.utils import get_class, instantiate
from rich.console import Console

from fer_lab.configs import results_folder, stamp
from fer_lab.models import MADE_HERE
from fer_lab.packages import packaged
from fer_lab.runs import Plan, mean_seconds, planned
from fer_lab.runs.plan import backbones
from fer_lab.sources import kept_faces, photographs, split_of, split_without_faces
from fer_lab.tables.console import grid_lines
from fer_lab.tables.grid import Grid


def show_plans(overrides: Sequence[str]) -> None:
    """Print cells x seeds with run id, state and the time that such runs took.

    Raises:
        FerLabError: the parts of a run cannot be drawn or share somebody, or its weights are not there.
    """
    console, lines, checked = Console(), list[tuple[str, ...]](), set[str]()
    found = list(planned(overrides))
    times = mean_seconds(stamp(overrides), results_folder(overrides))
    for cell, seed, plan in found:
        if plan is not None and plan.variant not in checked:
            _check(plan)
            checked.add(plan.variant)
        state = plan.entry.state() if plan else "missing (twin not made yet)"
        lines.append(
            (cell, str(seed), plan.id if plan else "", state, f"{times[cell]:.0f} s" if cell in times else "?")
        )
    grid = Grid(("cell", "seed", "run", "state", "time"), tuple(lines), 1)
    for line in grid_lines(grid, console.width if console.is_terminal else None):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _check(plan: Plan) -> None:
    if plan.entry.is_finished():
        return
    for backbone in backbones(plan.config):
        _check_weights(backbone)
    if not plan.parents:  # what a parent was trained on is known once it has run
        _check_parts(plan)


def _check_weights(backbone: Mapping[str, Any]) -> None:
    """Look for a backbone's file; what ships or is fetched is not fetched yet."""
    weights, width = backbone["weights"], backbone.get("width", 1.0)
    if weights is None or weights in MADE_HERE or weights in packaged():
        return
    if weights == "imagenet" and width == 1 and getattr(get_class(backbone["_target_"]), "fetches", True):
        return
    import torch

    from fer_lab.models.weights import resolve_weights

    with torch.device("meta"):
        resolve_weights(instantiate(backbone))


def _check_parts(plan: Plan) -> None:
    """Draw the parts: of the faces where they are found already."""
    if faces := kept_faces(plan.source, plan.config):
        split_of(plan.config, plan.source.index, faces, (), photographs(plan.source, plan.config, faces))
    else:
        split_without_faces(plan.config, plan.source.index)
