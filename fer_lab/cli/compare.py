"""The command that puts two ledgers side by side, and how cells of two ledgers are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import app, say, show_table
from fer_lab.labels import several
from fer_lab.ledger import STAMP

if TYPE_CHECKING:
    from fer_lab.evaluation import Interval
    from fer_lab.runs.compare import Comparison, SideBySide

Ledger = Annotated[Path, typer.Argument(help="a results folder, or its runs/")]
COLUMNS = ("cell", "seeds", "metric", "first", "second", "second - first", "other answers", "bits")


@app.command()
def compare(first: Ledger, second: Ledger) -> None:
    """Two ledgers side by side, cell by cell; ends with status 1 unless they are the same bit for bit.

    Unfinished runs are listed and do not count: there is nothing yet that could differ.
    """
    from fer_lab.runs.compare import compare

    found = compare(first, second)
    show(found.cells)
    for line in _missing(found, (first, second)) if found.cells else _apart(found, (first, second)):
        say(line)
    left_out = dict(zip(map(_real, (first, second)), zip((first, second), found.left_out, strict=True), strict=True))
    for ledger, runs in left_out.values():
        for run in runs:
            say(f"{ledger}: run {run.id} is left out: {run.reason}")
    if found.cells:
        say(_counted(found))
    raise typer.Exit(0 if found.same else 1)


def _missing(found: Comparison, ledgers: Sequence[Path]) -> Iterator[str]:
    for ledger, missing in zip(ledgers, found.missing, strict=True):
        yield from (f"{ledger} has no {cell} seed {seed} ({', '.join(stamp)})" for stamp, cell, seed in missing)


def _apart(found: Comparison, ledgers: Sequence[Path]) -> Iterator[str]:
    """What each of two ledgers holds that have no run in common."""
    yield "nothing in common: no cell of one source, profile and protocol has a seed in both"
    for ledger, runs in zip(ledgers, found.missing[::-1], strict=True):  # what one has is all that the other lacks
        for stamp, number in Counter(stamp for stamp, _, _ in runs).items():
            experiments = ", ".join(dict.fromkeys(cell.split("/")[0] for own, cell, _ in runs if own == stamp))
            yield f"{ledger} has {several(number, 'run')} of {experiments} ({', '.join(stamp)})"


def _real(ledger: Path) -> Path:
    """The same for the same ledger, however it was named."""
    from fer_lab.runs.compare import runs_folder

    return runs_folder(ledger).resolve()


def show(cells: Sequence[SideBySide]) -> None:
    """A row a cell, a table a stamp, and below them every fact that differs."""
    from fer_lab.tables import stamp_words

    for stamp in dict.fromkeys(cell.stamp for cell in cells):
        own = [_texts(cell) for cell in cells if cell.stamp == stamp]
        show_table(stamp_words(dict(zip(STAMP, stamp, strict=True))), COLUMNS, own)
    differing = Counter((name, *pair) for cell in cells for name, pair in cell.facts.items())
    for (name, first, second), count in sorted(differing.items()):
        values = " | ".join(" or ".join(value) or "none" for value in (first, second))
        say(f"{name}: {values} ({count} of {len(cells)} cells)")


def _texts(cell: SideBySide) -> list[str]:
    one, two = cell.values
    return [
        cell.cell,
        " ".join(map(str, cell.seeds)),
        cell.metric,
        f"{one:.3f}",
        f"{two:.3f}",
        _between(cell.difference),
        _incomparable(cell) or f"{cell.changed:.2%}",
        _bits(cell),
    ]


def _between(difference: Interval) -> str:
    """A dash where nothing was paired."""
    if isnan(difference.mean):
        return "-"
    interval = "" if isnan(difference.low) else f" [{difference.low:+.3f}, {difference.high:+.3f}]"
    return f"{difference.mean:+.3f}{interval}"


def _incomparable(cell: SideBySide) -> str | None:
    """Why answers cannot be laid side by side; None where they can."""
    if {"kind", "outputs", "scale"} & set(cell.facts):
        return "other outputs"
    return "other items" if isnan(cell.changed) else None


def _bits(cell: SideBySide) -> str:
    if cell.differs_from is not None:
        return f"other from epoch {cell.differs_from}"
    return "same" if cell.same else _incomparable(cell) or "same scores, other weights"


def _counted(found: Comparison) -> str:
    same = sum(cell.same for cell in found.cells)
    return f"{same} of {len(found.cells)} cells are the same bit for bit, at every epoch"
