"""The pages of the tables: every printed value beside what is measured, with the cell it is read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fer_lab.report.site.charts import mini
from fer_lab.report.site.overview import state, way
from fer_lab.report.site.page import Page, cell_path, table_path, thesis_path
from fer_lab.report.site.section import Section
from fer_lab.report.site.theses import thesis
from fer_lab.tables import Comparison
from fer_lab.tables.comparison import UNBOUNDED, Compared
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.grid import Grid, cells_grids, long_grid, table_grid


def table_pages(section: Section) -> Iterator[Page]:
    """One page a table."""
    for slug, comparison in section.comparisons.items():
        table, about = comparison.table, thesis(comparison.table.thesis)
        values = _values(section, comparison)
        page = {
            "table": table,
            "thesis": about,
            "state": state(section, table).capitalize() + ".",
            "values": values,
            "drawn": any(value["mini"] for value in values),
            "shared": verdicts.pop() if len(verdicts := {value.verdict for value in comparison.values}) == 1 else "",
            "summaries": comparison.summaries,
            "grids": _grids(section, comparison),
            "footnotes": footnotes(comparison),
        }
        above = way(section, (about.short, thesis_path(section, table.thesis)))
        yield Page(
            table_path(section, slug), "table.html.j2", f"Table {table.number}: {table.title}", page, above, section
        )


def _values(section: Section, comparison: Comparison) -> list[dict[str, Any]]:
    """The lines of ``tables.grid.long_grid`` with a picture and a link to the cell."""
    lines = long_grid(comparison).lines
    return [_value(section, value, line) for value, line in zip(comparison.values, lines, strict=True)]


def _value(section: Section, value: Compared, line: tuple[str, ...]) -> dict[str, Any]:
    *labels, column, printed, measured, margin, verdict = line
    found = value.measured
    shares = value.printed.kind == "metric" and value.printed.name not in UNBOUNDED
    bounds = (found.mean, found.low, found.high) if found else (None, None, None)
    picture = mini(value.printed.value, *bounds)
    return {
        "labels": labels, "column": column, "printed": printed, "measured": measured,
        "margin": margin, "verdict": verdict,
        "mini": picture if shares else None,
        "cell": value.printed.cell, "target": cell_path(section, value.printed.cell),
    }  # fmt: skip


def _grids(section: Section, comparison: Comparison) -> list[tuple[Grid, list[str | None]]]:
    """Each grid with the cell of each of its lines."""
    rows = [cell_path(section, row.values[0].cell) for row in comparison.table.rows]
    of_cells = [(grid, [cell_path(section, one.cell) for one in cells]) for grid, cells in cells_grids(comparison)]
    return [(table_grid(comparison), rows), *of_cells]
