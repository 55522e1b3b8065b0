"""Training loss by step, of one cell under each value of a setting that was swept, or of several cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.errors import ConfigError
from fer_lab.evaluation.course import SMOOTHED, Course, smoothed
from fer_lab.ledger import Run
from fer_lab.report.figures import Material
from fer_lab.report.looks import color_of, dress, finish
from fer_lab.runs import finished_runs, planned
from fer_lab.tables.figures import INK, png

HIGHEST = 4.0
"""The axis ends at so many times what the losses begin with: what explodes leaves the picture, and is named."""


def losses(material: Material, key: str, values: Sequence[Any]) -> bytes:
    """A line for each value of a setting: the loss of training by step, mean over seeds; PNG.

    Bartissol 2017, sec. 4.3.1.1, 4.3.1.2 and 5.1.1.1, Figures 13 to 16. What has no finished run is named.

    Args:
        material: of the figure.
        key: of the configuration, ``batch_size`` for instance.
        values: of it.

    Raises:
        ConfigError: no run under any of the values is finished.
    """
    found = {str(value): _course(_runs(material, material.cell, f"{key}={value}")) for value in values}
    return _drawn(found, key, material, f"cell={material.cell}", f"{key}={','.join(map(str, values))}")


def losses_of_cells(material: Material, cells: Mapping[str, str]) -> bytes:
    """A line for each of several cells, as of ``losses``; PNG.

    Rosa Ramos 2018, sec. 10.2, Figure 10.1.

    Args:
        material: of the figure.
        cells: what a cell is called -> ``<experiment>/<name>``.

    Raises:
        ConfigError: no run of any of the cells is finished.
    """
    found = {name: _course(_runs(material, cell)) for name, cell in cells.items()}
    return _drawn(found, "", material, f"cell={','.join(cells.values())}")


def _drawn(found: Mapping[str, Course | None], heading: str, material: Material, *swept: str) -> bytes:
    """The picture of what was found, unless that is nothing: then the sweep is named."""
    if all(course is None for course in found.values()):
        sweep = f"python run.py -m {' '.join((*swept, *material.overrides))}"
        raise ConfigError(f"{material.title}: no finished run", do=f"train the sweep first: {sweep}")
    return losses_png(found, heading, material.title, material.stamp)


def losses_png(found: Mapping[str, Course | None], heading: str, title: str, note: str) -> bytes:
    """The same of courses: what a line is called, under a heading -> loss by step, None where there is none."""
    figure = Figure(figsize=(6.8, 4.0), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    known = [course for course in found.values() if course is not None]
    top = min(1.05 * max(float(c.max()) for c in known), HIGHEST * min(float(c.iloc[0]) for c in known))
    for number, (value, course) in enumerate(found.items()):
        color = color_of(number)
        if course is None:
            axes.plot([], [], color=color, linestyle=":", label=f"{value}: not trained")
        else:
            beyond = f", to {course.max():.3g}" if course.max() > top else ""
            axes.plot(course.index, course, color=color, linewidth=1.4, label=f"{value}{beyond}")
    axes.set_ylim(0, top)
    axes.set_xlabel("step", color=INK)
    axes.set_ylabel("training loss", color=INK)
    axes.legend(title=heading, frameon=False, fontsize=9, labelcolor=INK)
    dress(axes)
    finish(figure, title, f"{note} · mean over the {SMOOTHED:.0%} of steps before")
    return png(figure)


def _runs(material: Material, cell: str, *own: str) -> list[Run]:
    sweep = [*material.overrides, f"experiment={cell.split('/')[0]}", f"cell={cell}", *own]
    return list(finished_runs(planned(sweep)).values())


def _course(runs: Sequence[Run]) -> Course | None:
    """The smoothed loss by step, mean over the runs that have one; of the steps that all of them have."""
    found = [losses for losses in (run.losses() for run in runs) if losses is not None]
    return smoothed(pd.concat(found, axis=1, join="inner").mean(axis=1)) if found else None
