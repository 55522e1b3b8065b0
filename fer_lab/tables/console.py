"""A comparison as lines of text: what fits a terminal, without a word broken; the files have all else."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence

from fer_lab.evaluation import FEW_SUBJECTS
from fer_lab.tables.comparison import Comparison
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.grid import FEW, SMALLEST, Grid, long_grid, run_headings, targets
from fer_lab.tables.rendering import grids_of, stamp_text

SHOWN = ("leaked", "vote majority")
"""What is shown of what is known of a cell beside its values."""
MANY = 2
"""Tables with more columns of values are shown with a line for each value."""
GAP, INDENT = "  ", "    "
LONGEST = 80
"""Characters of the list of what was not run, which the files have whole."""


def lines_of(comparison: Comparison, width: int | None) -> list[str]:
    """A comparison as lines.

    Args:
        comparison: of a table.
        width: of the terminal, characters; a table that is wider is shown value by value, broken between values. None:
            a file or a pipe, where lines may be as long as they are.
    """
    table = comparison.table
    verdicts = {value.verdict for value in comparison.values}
    shared = verdicts.pop() if len(verdicts) == 1 else None
    grids = grids_of(comparison)
    if len(table.columns) > MANY:
        grids[0] = long_grid(comparison)
    of_cells = (*run_headings(targets(comparison)), SMALLEST)  # a column of the table itself may be called the same
    wide = [heading for heading in of_cells if heading not in (*SHOWN, *table.columns)]
    lines = [f"{table.thesis}, Table {table.number}: {table.title}"]
    for grid in grids:
        lines += ["", *grid_lines(_joined(_narrow(grid, wide if shared is None else (*wide, "verdict"))), width)]
    return [*lines, "", *_foot(comparison, shared)]


def grid_lines(grid: Grid, width: int | None) -> list[str]:
    """Columns side by side where they fit, else a block a line of the grid: its first column, then what is known of it.

    Args:
        grid: its first column says what a line is of; all columns of labels stand to the left, the others to the right.
        width: see ``lines_of``.
    """
    rows = [grid.headings, *grid.lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(grid.headings))]
    if width is None or sum(widths) + len(GAP) * (len(widths) - 1) <= width:
        return [_row(row, widths, grid) for row in rows]
    blocks = (_block(grid.headings, line, width) for line in grid.lines)
    return [line for block in blocks for line in block]


def _row(row: Sequence[str], widths: Sequence[int], grid: Grid) -> str:
    """Words to the left, numbers to the right."""
    words = [place < grid.n_labels or heading == "verdict" for place, heading in enumerate(grid.headings)]
    cells = (f"{text:<{n}}" if word else f"{text:>{n}}" for text, n, word in zip(row, widths, words, strict=True))
    return GAP.join(cells).rstrip()


def _block(headings: Sequence[str], line: Sequence[str], width: int) -> Iterator[str]:
    """``label``, then ``heading value, heading value``: lines end between values, longer ones between words."""
    yield from _wrapped(line[0], width, "") or [""]
    now = ""
    for known in (f"{heading} {text}" for heading, text in zip(headings[1:], line[1:], strict=True) if text):
        if now and len(INDENT) + len(now) + len(", ") + len(known) > width:
            yield from _wrapped(now, width, INDENT)
            now = ""
        now = f"{now}, {known}" if now else known
    yield from _wrapped(now, width, INDENT)


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _joined(grid: Grid) -> Grid:
    """All labels in the first column."""
    n = grid.n_labels
    lines = tuple((", ".join(label for label in line[:n] if label), *line[n:]) for line in grid.lines)
    return Grid((", ".join(grid.headings[:n]), *grid.headings[n:]), lines, 1)


def _narrow(grid: Grid, left_out: Collection[str]) -> Grid:
    """Without the columns that only the files have."""
    kept = [i for i, heading in enumerate(grid.headings) if heading not in left_out]
    lines = tuple(tuple(line[i] for i in kept) for line in grid.lines)
    return Grid(tuple(grid.headings[i] for i in kept), lines, grid.n_labels)


def _foot(comparison: Comparison, shared: str | None) -> list[str]:
    """Three lines: the stamp, what is missing or how to read an interval, and how much more the file says."""
    notes = footnotes(comparison)
    if comparison.table.not_built:
        return notes
    seeds = sorted({seed for _, seed in comparison.runs})
    stamp = [stamp_text(comparison), *([f"seeds {', '.join(map(str, seeds))}"] if seeds else [])]
    missing = [textwrap.shorten(note, LONGEST, placeholder=" ...") for note in notes if note.startswith("Not run")]
    missing += [note for note in notes if note.startswith("Blocked by data")]
    few = any(summary.main.few_subjects for summary in comparison.summaries.values())
    reading = ["[95 % interval]", *([f"{FEW} fewer than {FEW_SUBJECTS} people: do not rely on it"] if few else [])]
    return [
        " · ".join([*stamp, *([f"all values: {shared}"] if shared else [])]),
        " ".join(missing) or "; ".join(reading if comparison.summaries else ["no value has an interval"]),
        f"{len(notes)} notes (weights, skipped files, leaks, machines, how to read) and all numbers are in the files.",
    ]
