"""The pages of the tables: every printed value beside what is measured, with the cell it is read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fer_lab.report.site.left_out import notes
from fer_lab.report.site.matrices import Matrix, measured_matrix, printed_matrix
from fer_lab.report.site.overview import state, way
from fer_lab.report.site.page import Link, Page, cell_path, table_path, thesis_path
from fer_lab.report.site.section import Section
from fer_lab.report.site.strips import SHARES, SIGNED, Scale, guessing, strip
from fer_lab.report.site.theses import thesis
from fer_lab.report.site.words import difference
from fer_lab.tables import Comparison, Printed, Table
from fer_lab.tables.comparison import UNBOUNDED, Compared
from fer_lab.tables.grid import Grid, cells_grids, long_grid, table_grid


def table_pages(section: Section) -> Iterator[Page]:
    """One page a table."""
    for slug, comparison in section.comparisons.items():
        table, about = comparison.table, thesis(comparison.table.thesis)
        scale = _scale(comparison)
        values = _values(section, comparison, scale)
        page = {
            "table": table,
            "thesis": about,
            "state": state(section, table).capitalize() + ".",
            "values": values,
            "drawn": any(value["strip"] for value in values),
            "ticked": any(value["strip"] and value["strip"].lines for value in values),
            "known": section.shows(table),
            "cell": _only_cell(section, table),
            "scale": scale,
            "shared": verdicts.pop() if len(verdicts := {value.verdict for value in comparison.values}) == 1 else "",
            "summaries": comparison.summaries,
            **_matrices(comparison),
            "grids": _grids(section, comparison),
            "footnotes": list(notes(comparison, section.failed)),
        }
        above = way(section, (about.short, thesis_path(section, table.thesis)))
        yield Page(
            table_path(section, slug), "table.html.j2", f"Table {table.number}: {table.title}", page, above, section
        )


def _only_cell(section: Section, table: Table) -> Link | None:
    """The cell that all values of a table are read from; None if there are several, or none."""
    cells = {value.cell for value in table.values}
    return (cell, cell_path(section, cell)) if len(cells) == 1 and (cell := cells.pop()) else None


def _matrices(comparison: Comparison) -> dict[str, Matrix | None]:
    """Of a table that prints a confusion matrix: what is measured, and what is printed, in the order of the classes."""
    summary = next(iter(comparison.summaries.values()), None)
    if comparison.table.kind != "matrix" or summary is None:
        return {"matrix": None, "printed_matrix": None}
    return {
        "matrix": measured_matrix(summary),
        "printed_matrix": printed_matrix(comparison.table, summary.target.names),
    }


def _scale(comparison: Comparison) -> Scale:
    """That of what has no unit of its own: from 0, or from -1 where some of it is negative."""
    found = [value.measured.mean for value in comparison.values if value.measured and _is_share(value.printed)]
    return SIGNED if any(mean < 0 for mean in found) else SHARES


def _is_share(value: Printed) -> bool:
    """Whether a value has no unit of its own, as counts and errors have."""
    return value.kind == "metric" and value.name not in UNBOUNDED


def _values(section: Section, comparison: Comparison, scale: Scale) -> list[dict[str, Any]]:
    """The lines of ``tables.grid.long_grid`` with a picture and a link to the cell."""
    lines = long_grid(comparison).lines
    pairs = zip(comparison.values, lines, strict=True)
    return [_value(section, comparison, value, line, scale) for value, line in pairs]


def _value(
    section: Section, comparison: Comparison, value: Compared, line: tuple[str, ...], scale: Scale
) -> dict[str, Any]:
    *labels, column, printed, measured, margin, verdict = line
    found, own = value.measured, value.printed
    shares = _is_share(own)
    summary = comparison.summaries.get((own.cell, own.part)) if own.of is None and own.cells == (own.cell,) else None
    chance = guessing(summary)
    return {
        "labels": labels, "column": column, "printed": printed, "measured": measured,
        "difference": difference(found.mean if found else value.stated, own.value, share=shares),
        "margin": margin, "verdict": verdict,
        "strip": strip(found, own.value, chance, value.verdict, scale) if shares else None,
        "cell": own.cell, "target": cell_path(section, own.cell),
    }  # fmt: skip


def _grids(section: Section, comparison: Comparison) -> list[tuple[Grid, list[str | None]]]:
    """Each grid with the cell of each of its lines."""
    rows = [cell_path(section, row.values[0].cell) for row in comparison.table.rows]
    of_cells = [(grid, [cell_path(section, one.cell) for one in cells]) for grid, cells in cells_grids(comparison)]
    return [(table_grid(comparison), rows), *of_cells]
