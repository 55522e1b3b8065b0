"""What people call: `fer-lab list`, `status`, `reproduce`, `reproduce-thesis`, `tables`. Imports no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as RichTable

from fer_lab.errors import FerLabError

RUN = Path(__file__).resolve().parents[1] / "run.py"
Overrides = Annotated[list[str] | None, typer.Argument(help="Hydra overrides, such as profile=smoke seed=0")]
app = typer.Typer(add_completion=False, no_args_is_help=True, help="Experiments on facial expressions, re-run.")
console = Console()


@app.command("list")
def list_() -> None:
    """Experiments with their cells, tables, and data sets."""
    from fer_lab import datasets, tables

    for experiment in tables.experiments().values():
        console.print(f"[bold]{experiment.name}[/bold]: {experiment.title}")
        for name, cell in experiment.cells.items():
            console.print(f"  {name}: {cell.title}", markup=False)
    console.print("[bold]tables[/bold]")
    for slug, table in tables.tables().items():
        console.print(f"  {slug}: {table.title}", markup=False)
    console.print("[bold]data sets[/bold]")
    for dataset in datasets.known():
        console.print(f"  {dataset.name}: {dataset.title}", markup=False)


@app.command()
def status(overrides: Overrides = None) -> None:
    """What is done, running, failed or missing, of every experiment (or of those that the overrides name)."""
    from fer_lab import tables
    from fer_lab.engine import planned

    chosen = overrides or []
    campaigns = [o for o in chosen if o.startswith(("experiment=", "table=", "cell="))]
    others = [o for o in chosen if o not in campaigns]
    view = RichTable("cell", "seed", "run", "state")
    for campaign in campaigns or [f"experiment={name}" for name in tables.experiments()]:
        for cell, seed, plan in planned([campaign, *others]):
            view.add_row(cell, str(seed), plan.id if plan else "", plan.entry.state() if plan else "missing (no twin)")
    console.print(view)


@app.command()
def faces(dataset: str, overrides: Overrides = None) -> None:
    """Put a data set through the face stage: how many frames have a face, and every file or frame without one."""
    from fer_lab.engine import compose, open_faces, open_source

    config = compose([f"data={dataset}", "items=frame", "model=vgg_face", *(overrides or [])])
    source = open_source(config)
    store = open_faces(source, config)
    unread = source.index.attrs.get("skipped", [])
    tried = len(store.frames) + len(store.skipped)
    console.print(f"{source.dataset.title}: {len(source.index)} files, {tried} frames and unreadable files")
    console.print(f"faces found: {len(store.frames)} ({len(store.frames) / tried:.1%})")
    view = RichTable("id", "frame", "reason", title=f"left out: {len(store.skipped) + len(unread)}")
    for row in store.skipped.itertuples():
        view.add_row(str(row.id), "file" if row.frame == -1 else str(row.frame), str(row.reason))
    for entry in unread:
        view.add_row(entry["id"], "file", entry["reason"])
    console.print(view)


@app.command()
def reproduce(number: str, overrides: Overrides = None) -> None:
    """Run what is missing of one printed table, then print and write it."""
    from fer_lab import tables

    _reproduce([tables.find_table(number).slug], overrides or [])


@app.command("reproduce-thesis")
def reproduce_thesis(thesis: str, overrides: Overrides = None) -> None:
    """Run what is missing of every table of a thesis, then print and write them."""
    from fer_lab import tables

    _reproduce([table.slug for table in tables.tables_of(thesis)], overrides or [])


@app.command("tables")
def render_all(overrides: Overrides = None) -> None:
    """Print and write every table from the runs that are there; trains nothing."""
    from fer_lab import tables

    for slug in tables.tables():
        _render(slug, overrides or [])


def _reproduce(slugs: list[str], overrides: list[str]) -> None:
    worst = 0
    for slug in slugs:
        if _missing(slug, overrides):
            worst |= subprocess.run(
                [sys.executable, str(RUN), "-m", f"table={slug}", *overrides], check=False
            ).returncode
        _render(slug, overrides)
    raise typer.Exit(worst)


def _missing(slug: str, overrides: list[str]) -> bool:
    from fer_lab.engine import planned

    return any(plan is None or not plan.entry.is_finished() for _, _, plan in planned([f"table={slug}", *overrides]))


def _render(slug: str, overrides: list[str]) -> None:
    from fer_lab import tables
    from fer_lab.engine import compose, planned, stamp, stated
    from fer_lab.ledger import read_run

    plans = [(cell, seed, plan) for cell, seed, plan in planned([f"table={slug}", *overrides]) if plan is not None]
    runs = {(c, s): read_run(p.entry.folder) for c, s, p in plans if p.entry.is_finished()}
    results = Path(compose(overrides)["paths"]["results"])
    table = tables.find_table(slug)
    comparison = tables.compare(table, runs, stated(table, overrides), stamp(overrides))
    folder = tables.render(comparison, results / "tables")
    tables.show(comparison, console)
    console.print(f"written to {folder}", markup=False)


def main() -> None:
    """Run the command line; an error that a user can act on is one message, not a traceback."""
    try:
        app()
    except FerLabError as error:
        console.print(f"error: {error}", markup=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
