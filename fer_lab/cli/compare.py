"""Commands that put finished runs beside others of the same cells: of another ledger, or trained again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from fer_lab.cli.app import Overrides, app, console
from fer_lab.ledger import STAMP

if TYPE_CHECKING:
    from fer_lab.ledger import Run
    from fer_lab.runs.compare import Comparison, SideBySide

Ledger = Annotated[Path, typer.Argument(help="a results folder, or its runs/")]
Name = Annotated[str, typer.Argument(help="a run's id, the beginning of one, or a cell: <experiment>/<name>")]
Seed = Annotated[int, typer.Option(help="of a run named by its cell")]
COLUMNS = ("cell", "seeds", "metric", "first", "second", "second - first", "other answers", "bits")


@app.command()
def compare(first: Ledger, second: Ledger) -> None:
    """Two ledgers side by side, cell by cell; ends with status 1 unless they are the same bit for bit."""
    from fer_lab.runs.compare import compare

    found = compare(first, second)
    _show(found.cells)
    for ledger, missing in zip((first, second), found.missing, strict=True):
        for stamp, cell, seed in missing:
            _say(f"{ledger} has no {cell} seed {seed} ({', '.join(stamp)})")
    for ledger, left_out in zip((first, second), found.left_out, strict=True):
        for run in left_out:
            _say(f"{ledger}: run {run.id} is left out: {run.reason}")
    _say(_counted(found))
    raise typer.Exit(0 if found.same else 1)


@app.command()
def recheck(ledger: Ledger, run: Name, overrides: Overrides = None, seed: Seed = 0) -> None:
    """Train one finished run again from its stored configuration, and compare; ends with status 1 unless it is the
    same bit for bit. Overrides change the second training, for instance threads=2.
    """
    from fer_lab.runs.compare import runs_folder, side_by_side
    from fer_lab.runs.recheck import find_run

    stored = find_run(runs_folder(ledger), run, seed)
    with TemporaryDirectory(prefix="fer_lab-") as results:
        trained = _trained_again(stored, Path(results), overrides or [])
        found = side_by_side([stored], [trained])
    _show([found])
    if found.same:
        _say(f"run {stored.id} of {stored.cell} is the same bit for bit")
        return
    _say(f"run {stored.id} of {stored.cell} {_difference(found)}")
    raise typer.Exit(1)


def _trained_again(stored: Run, results: Path, overrides: Sequence[str]) -> Run:
    """A run as it comes out now, in a ledger of its own."""
    from fer_lab.ledger import read_runs
    from fer_lab.processes import end_children_with
    from fer_lab.runs.recheck import again, copy_parents

    copy_parents(stored, results / "runs")
    end_children_with(os.getpid())
    words = [*again(stored), *overrides, f"paths.results={results}"]
    status = subprocess.run([sys.executable, "-m", "fer_lab.run", *words], check=False).returncode
    if status:
        raise typer.Exit(2)
    about = (stored.cell, stored.seed, stored.fold)
    return next(run for run in read_runs(results / "runs") if (run.cell, run.seed, run.fold) == about)


def _show(cells: Sequence[SideBySide]) -> None:
    """A row a cell, a table a stamp, and below them every fact that differs."""
    from fer_lab.tables import stamp_words

    for stamp in dict.fromkeys(cell.stamp for cell in cells):
        own = [cell for cell in cells if cell.stamp == stamp]
        view = RichTable(*COLUMNS, title=stamp_words(dict(zip(STAMP, stamp, strict=True))), title_justify="left")
        for cell in own:
            view.add_row(*map(escape, _texts(cell)))
        console.print(view)
    differing = Counter((name, *pair) for cell in cells for name, pair in cell.facts.items())
    for (name, first, second), count in sorted(differing.items()):
        values = " | ".join(" or ".join(value) or "none" for value in (first, second))
        _say(f"{name}: {values} ({count} of {len(cells)} cells)")


def _texts(cell: SideBySide) -> list[str]:
    one, two = cell.values
    between = cell.difference
    interval = "" if isnan(between.low) else f" [{between.low:+.3f}, {between.high:+.3f}]"
    return [
        cell.cell,
        " ".join(map(str, cell.seeds)),
        cell.metric,
        f"{one:.3f}",
        f"{two:.3f}",
        f"{between.mean:+.3f}{interval}",
        "other items" if isnan(cell.changed) else f"{cell.changed:.2%}",
        _bits(cell),
    ]


def _bits(cell: SideBySide) -> str:
    if cell.differs_from is not None:
        return f"other from epoch {cell.differs_from}"
    return "same" if cell.same else "same scores, other weights"


def _difference(found: SideBySide) -> str:
    if found.differs_from is None:
        return "has the same scores, and other weights"
    return (
        f"differs from epoch {found.differs_from} on: {found.metric} {found.values[0]:.4f} stored, "
        f"{found.values[1]:.4f} now, {found.changed:.2%} of the answers are others"
    )


def _counted(found: Comparison) -> str:
    same = sum(cell.same for cell in found.cells)
    return f"{same} of {len(found.cells)} cells are the same bit for bit, at every epoch"


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
