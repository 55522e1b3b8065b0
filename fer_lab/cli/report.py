"""The command that writes the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_lab.cli.app import Overrides, app, console


@app.command()
def report(
    overrides: Overrides = None,
    to: Annotated[Path | None, typer.Option(help="Where it goes instead of <paths.results>/report.")] = None,
) -> None:
    """Write a static site of all finished runs: tables, cells, runs, claims, audit. Trains nothing, draws no twin.

    Exit status 1: a table asks the runs for what they cannot give; it is named and left out.
    """
    from fer_lab.report.site import build

    site = build(overrides or [], to)
    for name, excluded in site.excluded.items():
        if excluded:
            left = "a run is" if len(excluded) == 1 else f"{len(excluded)} runs are"
            console.print(f"{name}: {left} left out, see {name}/excluded.html", highlight=False)
    if not site.stamps:
        console.print("no finished run: the report has the printed values and their audit")
    console.print(f"{site.pages} pages; open {site.index}", markup=False, highlight=False, soft_wrap=True)
    unread = [(name, slug, why) for name, tables in site.unread.items() for slug, why in tables.items()]
    for name, slug, why in unread:
        console.print(f"{name}: table {slug} is left out: {why}", markup=False, highlight=False, soft_wrap=True)
    if unread:
        raise typer.Exit(1)
