"""The command line's own objects, which every command shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.console import Console

Overrides = Annotated[list[str] | None, typer.Argument(help="Hydra overrides, such as profile=smoke seed=0")]
Words = Annotated[
    list[str] | None, typer.Argument(help="a thesis, and Hydra overrides such as source=real paths.results=results")
]
app = typer.Typer(add_completion=False, no_args_is_help=True, help="Experiments on facial expressions, re-run.")
WIDE = 10_000
"""Characters of a line in a file or a pipe, where nothing is wrapped."""
console = Console(width=None if Console().is_terminal else WIDE)


def say(text: str) -> None:
    """A line as it is, however long."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def show_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], labels: int | None = None) -> None:
    """A table under its title: side by side where it fits the terminal, else a block a row, no word of it broken.

    Args:
        title: a line of its own.
        headings: of the columns.
        rows: a text a column; the first says what a row is of.
        labels: so many columns, from the first on, are words and stand to the left; all by default.
    """
    from fer_lab.tables.console import grid_lines  # imports pandas
    from fer_lab.tables.grid import Grid

    n_labels = len(headings) if labels is None else labels
    grid = Grid(tuple(headings), tuple(map(tuple, rows)), n_labels)
    for line in (title, *grid_lines(grid, console.width if console.is_terminal else None)):
        say(line)
