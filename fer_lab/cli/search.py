"""The command that searches where a thesis tuned by hand."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.words import asked, results_of
from fer_lab.errors import ConfigError
from fer_lab.ledger import STAMP
from fer_lab.processes import status_of

Show = Annotated[bool, typer.Option("--show", help="List what there is of it; nothing is trained.")]


@app.command()
def search(overrides: Overrides = None, show: Show = False) -> None:
    """Try settings of one cell: cell=<experiment>/<cell> space=<name> trials=20, and overrides such as profile=smoke.

    The first trial is the cell as it stands. Trials are runs of the ledger, judged on validation and ended early where
    they do worse than others; the same command goes on after an interruption, beside itself in another terminal, too.
    Without words: the spaces that there are.
    """
    check_extra()
    words = overrides or []
    if show:
        _show(words)
    elif not words:
        _list()
    elif status := status_of([sys.executable, "-m", "fer_lab.search", *words]):
        raise typer.Exit(status)


def _show(words: list[str]) -> None:
    from fer_lab.search.asked import FOLDER
    from fer_lab.search.journal import journals
    from fer_lab.search.shown import lines, read_search

    keys = ("cell", "space", "seed", *STAMP)
    wanted = asked(words, keys)
    folder = results_of(wanted) / FOLDER
    found = [read_search(one) for one in journals(folder)]
    chosen = [one for one in found if all(str(one.about[key]) == wanted[key] for key in keys if key in wanted)]
    for one in chosen:
        for line in lines(one):
            say(line)
    if not chosen:
        say(f"no search in {folder}")


def _list() -> None:
    from fer_lab.search.space import spaces

    for name, space in spaces().items():
        say(f"{name}: {space.title}")
        say(f"  tries  {'; '.join(f'{key} {one.words}' for key, one in space.ranges.items())}")
        say(f"  cells  {', '.join(space.cells)}")
    say("fer-lab search cell=<experiment>/<cell> space=<name> trials=20")


def check_extra() -> None:
    """Refuse to go on without Optuna.

    Raises:
        ConfigError: it is missing.
    """
    try:
        import optuna  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"fer-lab search: {error}", expected="the extra `search`", do="pip install optuna (make setup has it)"
        ) from error
