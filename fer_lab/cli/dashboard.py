"""The command that lays out our runs in Weights & Biases."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fer_lab.cli.app import Overrides, app, console
from fer_lab.errors import ConfigError

if TYPE_CHECKING:
    from wandb_workspaces.workspaces import Workspace


@app.command()
def dashboard(overrides: Overrides = None) -> None:
    """Write a Weights & Biases workspace of the runs logged with logger=wandb, those of one source, profile and
    protocol, into logger.project of logger.entity; without WANDB_API_KEY, say what it would hold. Each call adds one.
    """
    from fer_lab.configs import compose, stamp
    from fer_lab.runs.wandb_values import mode

    settings, online = compose(["logger=wandb", *(overrides or [])])["logger"], mode(os.environ) == "online"
    entity = settings["entity"] or (_own_entity() if online else "")
    made = _workspace(entity, settings["project"], stamp(overrides or []))
    for section in made.sections:
        console.print(f"[bold]{section.name}[/bold]")
        for panel in section.panels:
            console.print(f"  {_described(panel)}", markup=False, soft_wrap=True)
    place = f"{made.name!r} in the project {made.project!r} of {entity or 'the owner of the key'}"
    words = (
        f"written: {place}: {_save(made)}" if online else f"nothing is sent without WANDB_API_KEY; it would be {place}"
    )
    console.print(words, markup=False, soft_wrap=True)


def _workspace(entity: str, project: str, stamp: Mapping[str, str]) -> Workspace:
    try:
        from fer_lab.report.workspace import workspace
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"fer-lab dashboard: {error}", expected="the extra `dashboards`", do="pip install wandb-workspaces"
        ) from error
    return workspace(entity, project, stamp)


def _described(panel: Any) -> str:
    """The kind of a panel, and its title or the table that it shows."""
    title = getattr(panel, "title", None) or getattr(panel, "chart_strings", {}).get("title")
    return f"{type(panel).__name__}: {title or getattr(panel, 'table_name', 'what differs between runs')}"


def _own_entity() -> str:
    import wandb

    with _answered():
        return str(wandb.Api().default_entity)


def _save(made: Workspace) -> str:
    """Send the workspace; its address."""
    with _answered():
        return str(made.save().url)


@contextmanager
def _answered() -> Iterator[None]:
    import wandb

    try:
        yield
    except wandb.Error as error:
        places = "WANDB_API_KEY, logger.entity and logger.project"
        raise ConfigError(
            f"Weights & Biases: {error}", do=f"check {places}; WANDB_MODE=offline sends nothing"
        ) from error
