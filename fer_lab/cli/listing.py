"""The command that lists what there is to run and to reproduce."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from fer_lab.cli.app import app, console
from fer_lab.resources import ENTRY


@app.command("list")
def list_() -> None:
    """Experiments with their cells, tables, figures, and data sets."""
    from fer_lab import report, sources, tables

    console.print(f"[bold]Experiments[/bold] ({ENTRY} -m experiment=...)")
    for experiment in tables.experiments().values():
        console.print(f"  {experiment.name}: {experiment.title}", markup=False)
        for name, cell in experiment.cells.items():
            console.print(f"    {name}: {cell.title}", markup=False)
    console.print("[bold]Tables[/bold] (fer-lab reproduce 7.8: the number alone is enough where one thesis has it)")
    for slug, table in tables.tables().items():
        if table.not_built is None:
            console.print(f"  {slug}: {table.title}", markup=False)
    say_what_is_not_built()
    console.print("[bold]Figures[/bold] (fer-lab figures)")
    for figure in report.figures():
        console.print(f"  {figure.thesis}-{figure.number}: {figure.title}", markup=False)
    console.print("[bold]Data sets[/bold] (docs/data.md)")
    for name, title in sources.titles().items():
        console.print(f"  {name}: {title}", markup=False)


def say_what_is_not_built(among: Collection[str] = ()) -> None:
    """A line a thesis whose tables no cell answers yet: of those that are named, or of all."""
    from fer_lab import tables

    asked = [table for slug, table in tables.tables().items() if not among or slug in among]
    waiting = Counter(table.thesis for table in asked if table.not_built is not None)
    for thesis, number in waiting.items():
        console.print(f"  {thesis}: {number} tables, not built yet (fer-lab audit {thesis})", markup=False)
