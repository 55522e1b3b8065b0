"""The values of a table as dots with their intervals, where its rows and columns are ways to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.evaluation import Interval
from fer_lab.report.figures import Material, finished
from fer_lab.report.looks import GREY, color_of, dress, finish
from fer_lab.runs import finished_runs, planned
from fer_lab.tables import find_table
from fer_lab.tables.comparison import runs_of
from fer_lab.tables.figures import INK, png
from fer_lab.tables.grid import metric_words
from fer_lab.tables.measures import measured
from fer_lab.tables.schema import Printed, Row, Table

WIDTH = 0.6
"""The share of a place that the dots of its columns spread over."""


def dots(material: Material, table: str) -> bytes:
    """A panel for the rows of each first label, a place for each last label, a colour for each column; PNG.

    Args:
        material: of the figure; of the table's cells the seeds that its own cell has are read.
        table: by number or full name; its values are of one metric.

    Raises:
        ConfigError: no run of the figure's cell is finished, or there is no such table.
    """
    page, seeds = find_table(table), finished(material)
    sweep = [f"table={page.slug}", f"seed={','.join(map(str, seeds))}"]
    runs = finished_runs(planned([*material.overrides, *sweep]))
    found = measured(page.values, partial(runs_of, runs))
    chances = {run.target.chance for run in runs.values()}
    note = f"{material.stamp} · {len(seeds)} seed{'s' if len(seeds) > 1 else ''}, 95 % intervals"
    return dots_png(page, found, chances.pop() if len(chances) == 1 else None, material.title, note)


def dots_png(table: Table, found: Mapping[Printed, Interval], chance: float | None, title: str, note: str) -> bytes:
    """The same of what was measured; a value that was not, or is undefined, has no dot.

    Args:
        table: whose rows and columns are drawn.
        found: what was measured of its values.
        chance: what guessing gives; None where that has no meaning.
        title: above.
        note: below.
    """
    panels: dict[str, list[Row]] = {}
    for row in table.rows:
        panels.setdefault(", ".join(row.labels[:-1]), []).append(row)
    figure = Figure(figsize=(1.2 + 2.2 * len(panels), 3.9), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    places = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (heading, rows) in zip(places, panels.items(), strict=True):
        for number, column in enumerate(table.columns):
            shift = WIDTH * (number / max(1, len(table.columns) - 1) - 0.5)
            _column(axes, [found.get(row.values[number]) for row in rows], shift, column, color_of(number))
        if chance is not None:
            axes.axhline(chance, color=GREY, linewidth=1.0, linestyle=":", label="guessing")
        _dress(axes, heading, [row.labels[-1] for row in rows])
    places[0].set_ylabel(metric_words(table.values[0].name), color=INK)
    handles = places[0].get_legend_handles_labels()
    figure.legend(
        *handles, loc="lower center", bbox_to_anchor=(0.5, 0.05), ncols=len(handles[1]), frameon=False, fontsize=8
    )
    finish(figure, title, note, below=0.11)
    return png(figure)


def _column(axes: Any, values: list[Interval | None], shift: float, name: str, color: str) -> None:
    """The dots of a column, a place each, aside of the places by a shift."""
    mean, low, high = (
        np.array([getattr(value, key) if value else np.nan for value in values]) for key in ("mean", "low", "high")
    )
    arms = np.stack([mean - low, high - mean])
    axes.errorbar(
        np.arange(len(values)) + shift, mean, arms, fmt="o", markersize=4, linewidth=1.4, color=color, label=name
    )


def _dress(axes: Any, heading: str, names: list[str]) -> None:
    axes.set_title(heading, fontsize=10, color=INK)
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.set_xlim(-0.6, len(names) - 0.4)
    dress(axes, grid="y")
