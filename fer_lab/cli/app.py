"""The command line's own objects, which every command shares."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

Overrides = Annotated[list[str] | None, typer.Argument(help="Hydra overrides, such as profile=smoke seed=0")]
app = typer.Typer(add_completion=False, no_args_is_help=True, help="Experiments on facial expressions, re-run.")
WIDE = 10_000
"""Characters of a line in a file or a pipe, where nothing is wrapped."""
console = Console(width=None if Console().is_terminal else WIDE)


def say(text: str) -> None:
    """A line as it is, however long."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
