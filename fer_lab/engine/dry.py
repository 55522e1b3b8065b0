"""What a dry run says: every run with its id and state, after its parts and weights have been looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from fer_lab.datamodules.selection import selected
from fer_lab.datamodules.splits import draw_split
from fer_lab.ledger import read_runs
from fer_lab.runs import Plan, planned
from fer_lab.runs.plan import backbones
from fer_lab.sources import kept_faces, split_of
from fer_lab.tables.console import grid_lines
from fer_lab.tables.grid import Grid


def show_plans(overrides: Sequence[str]) -> None:
    """Print cells x seeds with run id, state and the time that such runs took.

    Raises:
        FerLabError: the parts of a run cannot be drawn or share somebody, or its weights are not there.
    """
    console, lines, checked = Console(), list[tuple[str, ...]](), set[str]()
    for cell, seed, plan in planned(overrides):
        if plan is not None and plan.variant not in checked:
            _check(plan)
            checked.add(plan.variant)
        state = plan.entry.state() if plan else "missing (twin not made yet)"
        lines.append((cell, str(seed), plan.id if plan else "", state, _estimate(plan, cell)))
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
    weights, width = backbone["weights"], backbone["width"]
    if weights in (None, "embedded") or (weights == "imagenet" and width == 1):
        return
    from fer_lab.models.weights import resolve_weights  # imports torch

    resolve_weights(weights, width, backbone["image_size"], backbone["checksum"], backbone["channel_order"])


def _check_parts(plan: Plan) -> None:
    """Draw the parts: of the faces where they are found already, else as if each file had one and none were a copy."""
    config, index = plan.config, plan.source.index
    if faces := kept_faces(plan.source, config):
        split_of(config, index, faces)
        return
    data = config["data"]
    used = selected(index, data["target"], data.get("regroup"), data.get("only"))
    used = used.assign(label=used[data["target"]]) if data["target"] in used else used
    copies = {name: name for name in used["id"].astype(str)}
    draw_split(used, config["protocol"]["name"], data["split"], copies).check()


def _estimate(plan: Plan | None, cell: str) -> str:
    if plan is None:
        return "?"
    seconds = [float(run.facts["seconds"]) for run in read_runs(plan.entry.runs) if run.cell == cell]
    return f"{sum(seconds) / len(seconds):.0f} s" if seconds else "?"
