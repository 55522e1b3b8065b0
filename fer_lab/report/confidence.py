"""The figure of how many answers are left above a confidence, and how many of these are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.errors import ConfigError
from fer_lab.evaluation.coverage import HALF, METRICS, coverage_curve
from fer_lab.report.figures import Material
from fer_lab.report.looks import GREY, color_of, dress, finish
from fer_lab.runs import finished_runs, planned
from fer_lab.tables.figures import INK, png

THRESHOLDS = tuple(float(value) for value in np.arange(0.0, 1.0, 0.05).round(2))
WORDS = {"coverage": "share that is answered", "accuracy": "right among the answered"}


def confidence(material: Material, cells: Sequence[str]) -> bytes:
    """A panel a cell: coverage and accuracy of the answered by threshold, on its test part at the selected epoch; PNG.

    Rosa Ramos 2018, ch. 11, where an answer counts above .5; nothing of it is drawn there.

    Args:
        material: of the figure; its command line says which seeds are read.
        cells: ``<experiment>/<name>``, of classes.

    Raises:
        ConfigError: none of the cells has a finished run.
    """
    found = {cell: _scores(material, cell) for cell in cells}
    if not any(found.values()):
        raise ConfigError(f"{material.title}: no finished run", do=f"train its cells first: {', '.join(cells)}")
    curves = {cell: coverage_curve(own, THRESHOLDS) for cell, own in found.items() if own}
    seeds = max(map(len, found.values()))
    note = f"{material.stamp} · {seeds} seed{'s' if seeds > 1 else ''}, band: 95 % interval"
    return confidence_png(curves, material.title, note)


def confidence_png(curves: dict[str, pd.DataFrame], title: str, note: str) -> bytes:
    """The same of curves (``evaluation.coverage_curve``) by cell."""
    figure = Figure(figsize=(1.0 + 3.6 * len(curves), 3.9), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    places = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axes, (cell, curve) in zip(places, curves.items(), strict=True):
        for number, name in enumerate(METRICS):
            _line(axes, curve[curve["metric"] == name], WORDS[name], color_of(number))
        axes.axvline(HALF, color=GREY, linewidth=1.0, linestyle=":", label="the thesis's .5")
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.set_title(cell, fontsize=10, color=INK)
        axes.set_xlabel("confidence that is asked for", color=INK)
        dress(axes)
    handles = places[0].get_legend_handles_labels()
    figure.legend(*handles, loc="lower center", bbox_to_anchor=(0.5, 0.05), ncols=3, frameon=False, fontsize=8)
    finish(figure, title, note, below=0.11)
    return png(figure)


def _scores(material: Material, cell: str) -> list[pd.DataFrame]:
    """Scores of the test part, a frame a seed."""
    sweep = [f"experiment={cell.split('/')[0]}", f"cell={cell}"]
    return [run.scores("test") for run in finished_runs(planned([*material.overrides, *sweep])).values()]


def _line(axes: Any, curve: pd.DataFrame, name: str, color: str) -> None:
    """A line with its band; nothing where a value is undefined, as nothing is answered."""
    axes.plot(curve["above"], curve["mean"], color=color, linewidth=1.4, marker="o", markersize=3, label=name)
    axes.fill_between(curve["above"], curve["low"], curve["high"], color=color, alpha=0.15, linewidth=0)
