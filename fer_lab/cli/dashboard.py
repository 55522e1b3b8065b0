"""The command that lays out our runs in Weights & Biases, and sends finished ones there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_lab.cli.app import Overrides, app, console, say
from fer_lab.errors import ConfigError, FerLabError
from fer_lab.labels import several

if TYPE_CHECKING:
    from wandb_workspaces.workspaces import Workspace

    from fer_lab.ledger import Run

Send = Annotated[bool, typer.Option("--send", help="Send finished runs instead, from the ledger alone.")]
NO_KEY = "get a key at https://wandb.ai/authorize, set it (export WANDB_API_KEY=...), and call this again"


@app.command()
def dashboard(overrides: Overrides = None, send: Send = False) -> None:
    """Write a Weights & Biases workspace of the runs of one source, profile and protocol, into logger.project of
    logger.entity; without WANDB_API_KEY, say what it would hold. Each call adds one.

    --send logs the finished runs of that stamp (cell=... or experiment=... names some of them) under their own ids:
    those that are there already stay as they are. WANDB_MODE=offline writes them for `wandb sync`.
    """
    from fer_lab.runs.wandb_values import mode

    here = mode(os.environ)
    if send:
        _send_runs(overrides or [], here)
    else:
        _write_workspace(overrides or [], here)


def _write_workspace(overrides: Sequence[str], mode: str) -> None:
    from fer_lab.configs import compose, stamp

    online = mode == "online"
    if not online:
        why = "with WANDB_MODE" if os.environ.get("WANDB_API_KEY") else "without WANDB_API_KEY"
        say(f"nothing is sent {why}{f'={mode}' if why.endswith('MODE') else f': {NO_KEY}'}. What would be written:")
    settings = compose(["logger=wandb", *overrides])["logger"]
    entity = settings["entity"] or (_own_entity() if online else "")
    made = _workspace(entity, settings["project"], stamp(overrides))
    for section in made.sections:
        console.print(f"[bold]{section.name}[/bold]")
        for panel in section.panels:
            say(f"  {_described(panel)}")
    place = f"{made.name!r} in the project {made.project!r} of {entity or 'the owner of the key'}"
    say(f"written: {place}: {_save(made)}" if online else f"it would be {place}")


def _send_runs(overrides: Sequence[str], mode: str) -> None:
    """Send every finished run that is asked for; one that cannot be is named, and the others go on."""
    if mode == "offline" and not os.environ.get("WANDB_MODE"):
        raise ConfigError(
            "nothing can be sent without WANDB_API_KEY",
            do=f"{NO_KEY}; or set WANDB_MODE=offline, which writes the runs for `wandb sync`",
        )
    from fer_lab.configs import compose, results_folder, without_sweep
    from fer_lab.runs.wandb_run import send
    from fer_lab.runs.wandb_values import sync_line

    settings, results = compose(["logger=wandb", *without_sweep(overrides)])["logger"], results_folder(overrides)
    if settings["faces"]:
        raise ConfigError(f"logger.faces={settings['faces']}: the ledger holds no faces", expected="logger.faces=0")
    chosen, left = _chosen(overrides), 0
    for number, run in enumerate(chosen, 1):
        head = f"[{number}/{len(chosen)}] {run.id} {run.cell} seed {run.seed}"
        try:
            send(run, settings, results)
        except FerLabError as error:
            left += 1
            say(f"{head}: left out: {error}")
        else:
            say(head)
    say(f"{several(len(chosen) - left, 'run')} logged to {settings['project']!r}, {left} left out")
    if mode == "offline" and left < len(chosen):
        say(sync_line(results))
    raise typer.Exit(1 if left or not chosen else 0)


def _chosen(overrides: Sequence[str]) -> list[Run]:
    """The finished runs of a stamp, those of some cells where cells are named, each fold for itself."""
    from fer_lab.configs import cells_of, parse, results_folder, stamp
    from fer_lab.ledger import read_ledger

    cells = cells_of(parse(overrides))
    found = read_ledger(results_folder(overrides) / "runs", stamp(overrides)).runs
    return [single for (cell, _), run in found.items() if not cells or cell in cells for single in run.singles]


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
