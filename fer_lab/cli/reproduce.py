"""Commands that train what a table needs, and render tables and figures."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from fer_lab.cli.app import Overrides, Words, app, console, say
from fer_lab.cli.listing import say_what_is_not_built
from fer_lab.cli.time_inference import measure_missing
from fer_lab.cli.words import numbers
from fer_lab.processes import end_children_with, status_of

if TYPE_CHECKING:
    from fer_lab.runs import Plan
    from fer_lab.tables import Printed
    from fer_lab.tables.comparison import Runs

SWEEP = (sys.executable, "-m", "fer_lab.run", "-m")
TABLE = "table="
SIGNALLED = 128
"""The status of a process that a signal has killed is this and the signal's number."""
KILLED = "its training was killed by signal {} (9: most often for want of memory): the same command goes on from there"
Planned = list[tuple[str, int, "Plan | None"]]


@app.command()
def reproduce(number: str, overrides: Overrides = None) -> None:
    """Run what is missing of one printed table, then print and write it."""
    from fer_lab import tables

    _reproduce([tables.find_table(number).slug], overrides or [])


@app.command("reproduce-thesis")
def reproduce_thesis(thesis: str, overrides: Overrides = None) -> None:
    """Run what is missing of every table of a thesis, print and write them, and draw its figures."""
    from fer_lab import tables

    slugs = [table.slug for table in tables.tables_of(thesis)]
    try:
        _reproduce(slugs, overrides or [])
    finally:
        _draw([*(overrides or [])], [thesis])


@app.command("tables")
def render_all(overrides: Overrides = None) -> None:
    """Print and write every table that has a finished run, or needs none; trains nothing and draws no twin.

    table=7.8,7.9 chooses some of them. Exit status 1: a table cannot be made of its runs; it is named and left out.
    """
    from fer_lab import tables
    from fer_lab.errors import FerLabError
    from fer_lab.runs import other_protocol

    named, chosen = _named(overrides or [])
    others = other_protocol(chosen)
    built = [
        slug for slug, table in tables.tables().items() if table.not_built is None and (not named or slug in named)
    ]
    blocked = {slug: _blocked(slug, chosen) for slug in built}
    left: list[str] = []
    refused: dict[str, FerLabError] = {}
    for slug in built:
        try:
            left += [] if _render(slug, chosen, blocked[slug], others, make=False) else [slug]
        except FerLabError as error:  # the runs of another table may be whole
            refused[slug] = error
    for reason in dict.fromkeys(reason for gone in blocked.values() for reason in gone.values()):
        say(f"blocked by data: {reason}")
    if left:
        say(f"nothing to show yet, left as they are: {', '.join(left)}")
    say_what_is_not_built(named)
    for slug, refusal in refused.items():
        say(f"table {slug} is left out: {refusal}")
    if refused:
        raise typer.Exit(1)


@app.command()
def figures(words: Words = None) -> None:
    """Draw the figures of one thesis or of all from today's faces and runs; trains nothing."""
    from fer_lab import report
    from fer_lab.errors import ConfigError, nearest

    known = {figure.thesis for figure in report.figures()}
    theses = [word for word in words or [] if "=" not in word]
    for thesis in theses:
        if thesis not in known:
            raise ConfigError(f"no figure of a thesis {thesis!r}", expected=f"one of {nearest(thesis, known)}")
    _draw([word for word in words or [] if "=" in word], theses or known)


def _draw(overrides: list[str], theses: Collection[str]) -> None:
    from fer_lab import report
    from fer_lab.errors import ConfigError, DataError

    for figure in report.figures():
        if figure.thesis in theses:
            try:
                say(f"written {report.render(figure, overrides)}")
            except (ConfigError, DataError) as error:  # another figure's data may be there
                say(f"left out, {figure.thesis}: {error}")


def _named(overrides: list[str]) -> tuple[list[str], list[str]]:
    """The tables that ``table=`` names, none where nothing does; and all other overrides."""
    from fer_lab import tables

    others = [word for word in overrides if not word.startswith(TABLE)]
    words = [word.removeprefix(TABLE) for word in overrides if word.startswith(TABLE)]
    return [tables.find_table(number).slug for word in words for number in word.split(",")], _alone(others)


def _alone(overrides: list[str]) -> list[str]:
    """The overrides, none of which asks for other cells than those of the tables that a command is of, or for several
    settings of them.

    Raises:
        ConfigError: one names an experiment or a table, or sweeps what is neither cell, seed nor fold.
    """
    from fer_lab.configs import parse
    from fer_lab.configs.sweep import CAMPAIGNS
    from fer_lab.errors import ConfigError

    for key, override in parse(overrides).items():
        if key in CAMPAIGNS:
            raise ConfigError(f"{key}= beside the tables that a command is of", do="leave it out: they say what runs")
        if override.is_sweep_override() and key not in ("cell", "seed", "fold"):
            raise ConfigError(f"{override.input_line}: a table is of one value of each setting", do="name one")
    return overrides


def _reproduce(slugs: list[str], overrides: list[str]) -> None:
    from fer_lab import tables
    from fer_lab.runs import other_protocol

    overrides = _alone(overrides)
    dry, worst, killed = "dry_run=true" in overrides, 0, list[str]()
    others = {} if dry else other_protocol(overrides)
    end_children_with(os.getpid())
    for slug in slugs:
        table = tables.find_table(slug)
        _say(f"{table.thesis}, Table {table.number}: {table.title}")  # all that follows takes its seconds
        blocked = _blocked(slug, overrides)
        chosen = _sweep(slug, overrides, blocked)
        if chosen and not dry:
            _announce(slug, overrides, blocked)
        if dry or any(plan is None or not plan.entry.is_finished() for _, _, plan in _planned(chosen)):
            worst = max(worst, status := status_of([*SWEEP, *chosen]))
            killed += [f"{table.slug}: {KILLED.format(status - SIGNALLED)}"] if status > SIGNALLED else []
        if not dry:
            _measure(slug, overrides, blocked)
            _say("Making the table ...")
            _render(slug, overrides, blocked, others, make=True)
    for line in killed:  # last, where it is seen
        say(line)
    if worst:
        raise typer.Exit(worst)


def _measure(slug: str, overrides: Sequence[str], blocked: Collection[str]) -> None:
    """How long the networks of a table take to answer, where it asks for that: those of the first seed."""
    from fer_lab import tables
    from fer_lab.runs import finished_runs

    timed = {value.cell for value in tables.find_table(slug).values if value.kind == "timing"} - {*blocked}
    if timed:
        runs = finished_runs(_planned(_sweep(slug, overrides, blocked)))
        first = {cell: run for (cell, _), run in sorted(runs.items(), reverse=True) if cell in timed}
        measure_missing(first.values())


def _announce(slug: str, overrides: Sequence[str], blocked: Collection[str]) -> None:
    """Say at once what will be done; the display of the sweep follows, both beside the table itself."""
    from fer_lab import tables
    from fer_lab.configs import results_folder, stamp
    from fer_lab.runs import outline

    table, seed = tables.find_table(slug), [item for item in overrides if item.startswith("seed=")]
    seeds = numbers("seed", seed[-1].partition("=")[2]) if seed else table.seeds
    cells = [cell for cell in table.cells if cell not in blocked]
    results = results_folder(overrides)
    for line in outline(cells, seeds, stamp(overrides), results, results / "tables" / table.thesis / table.number):
        _say(line)
    _say("Looking for what is there already ...")


def _say(line: str) -> None:
    """What is being done, beside the table itself."""
    typer.echo(line, err=True)


def _blocked(slug: str, overrides: Sequence[str]) -> Mapping[str, str]:
    """The cells of a table whose data are not there, and what is missing."""
    from fer_lab import tables
    from fer_lab.sources import blocked_cells

    table = tables.find_table(slug)
    return blocked_cells({*table.cells, *(value.cell for value in table.values if value.cell)}, overrides)


def _sweep(slug: str, overrides: Sequence[str], blocked: Collection[str]) -> list[str]:
    """The command line that trains what a table needs and can have; empty where it needs nothing."""
    from fer_lab import tables

    cells = tables.find_table(slug).cells
    there = [cell for cell in cells if cell not in blocked]
    only = [f"cell={','.join(there)}"] if len(there) < len(cells) else []
    return [f"table={slug}", *only, *overrides] if there else []


def _planned(sweep: Sequence[str]) -> Planned:
    from fer_lab.runs import planned

    return list(planned(sweep)) if sweep else []


def _render(slug: str, overrides: list[str], blocked: Mapping[str, str], others: Runs, make: bool) -> bool:
    """Print and write a table, beside runs of the other protocol; without ``make``, not where it would be empty."""
    from fer_lab import tables
    from fer_lab.configs import results_folder, stamp
    from fer_lab.runs import finished_runs, returned_runs, stated_values

    table, runs = tables.find_table(slug), finished_runs(_planned(_sweep(slug, overrides, blocked)))
    returned = returned_runs([f"table={slug}", *overrides], blocked.keys() & set(table.cells))
    come = {cell for cell, _ in returned}
    runs, still = {**runs, **returned}, {cell: why for cell, why in blocked.items() if cell not in come}
    told = [value for value in table.values if value.cell not in blocked or _needs_no_data(value, come)]
    known = stated_values(told, overrides, make)
    if not make and not runs and (table.cells or not known) and not table.beside_nothing:
        return False
    comparison = tables.compare(table, runs, known, stamp(overrides), still, others)
    folder = tables.render(comparison, results_folder(overrides) / "tables")
    for line in tables.lines_of(comparison, console.width if console.is_terminal else None):
        say(line)
    say(f"written to {folder}")
    return True


def _needs_no_data(value: Printed, cells: Collection[str]) -> bool:
    """Whether a value of cells that a holder of their data has run can be told without the data."""
    return value.cell in cells and value.kind in ("setting", "described")
