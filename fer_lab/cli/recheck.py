"""The command that trains a finished run again and compares."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.compare import Ledger, show

if TYPE_CHECKING:
    from fer_lab.ledger import Run
    from fer_lab.runs.compare import SideBySide

Name = Annotated[str, typer.Argument(help="a run's id, the beginning of one, or a cell: <experiment>/<name>")]
Seed = Annotated[int, typer.Option(help="of a run named by its cell")]
SHOWN = 20
"""Last lines of a failed training's log that are shown."""


@app.command()
def recheck(ledger: Ledger, run: Name, overrides: Overrides = None, seed: Seed = 0) -> None:
    """Train one finished run again from its stored configuration, and compare; ends with status 1 unless it is the
    same bit for bit. Of several runs of a cell source=, profile= and protocol= say which. Other overrides change the
    second training, for instance threads=2, or say where data lie: paths.* are not stored.
    """
    from fer_lab.runs.compare import runs_folder, side_by_side
    from fer_lab.runs.recheck import find_run, stamp_and_rest

    stamp, changes = stamp_and_rest(overrides or [])
    stored = find_run(runs_folder(ledger), run, seed, **stamp)
    stored.check()
    with TemporaryDirectory(prefix="fer_lab-recheck-") as results:
        trained = _trained_again(stored, Path(results), changes)
        found = side_by_side([stored], [trained])
    show([found])
    if found.same:
        say(f"run {stored.id} of {stored.cell} is the same bit for bit")
        return
    say(f"run {stored.id} of {stored.cell} {_difference(found)}")
    raise typer.Exit(1)


def _trained_again(stored: Run, results: Path, overrides: Sequence[str]) -> Run:
    """A run as it comes out now, in a ledger of its own."""
    from fer_lab.processes import end_children_with, status_of
    from fer_lab.runs.recheck import again, copy_parents, trained_of

    copy_parents(stored, results / "runs")
    words = [*again(stored), *overrides, f"paths.results={results}"]
    end_children_with(os.getpid())
    if status_of([sys.executable, "-m", "fer_lab.run", *words]):
        say_why(results)
        raise typer.Exit(2)
    return trained_of(results / "runs", stored)


def say_why(results: Path) -> None:
    """The end of the last log that was written: it goes with its folder."""
    logs = sorted(results.rglob("log.txt"), key=lambda path: path.stat().st_mtime)
    lines = logs[-1].read_text(errors="replace").splitlines()[-SHOWN:] if logs else []
    say("the second training failed; the end of its log, which is removed now:")
    say("\n".join(lines or ["(nothing)"]))
    say("where data or weights were not found: say their paths again (paths.data=..., paths.<data set>=...)")


def _difference(found: SideBySide) -> str:
    if found.differs_from is None:
        return "has the same scores, and other weights"
    return (
        f"differs from epoch {found.differs_from} on: {found.metric} {found.values[0]:.4f} stored, "
        f"{found.values[1]:.4f} now, {found.changed:.2%} of the answers are others"
    )
