"""The course of a training: loss, accuracies and learning rate by epoch, over the seeds of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fer_lab.errors import ConfigError, StoreError
from fer_lab.report.figures import Material, finished, seeds_in_words
from fer_lab.report.looks import COLORS, GREY, dress, finish
from fer_lab.tables.figures import INK, png

TRAIN, VAL = COLORS[:2]
PANELS = {
    "loss": {"training, as minimised": ("train/loss", TRAIN), "validation, unweighted": ("val/loss", VAL)},
    "accuracy": {"training": ("train/accuracy", TRAIN), "validation": ("val/accuracy", VAL)},
    "learning rate": {"of the epoch": ("lr", GREY)},
}
"""Heading -> lines, each with its column of ``history.csv`` and its colour.

Older runs have no learning rate, and still older ones no loss of validation.

Training loss has the weights by class and penalties of a run, that of validation has none.
"""


def curves(material: Material, panels: Sequence[str] = ("loss", "accuracy"), stopped: int | None = None) -> bytes:
    """Loss beside accuracy, of training and validation, by epoch: mean and range over seeds; PNG.

    Moravčík 2021, sec. 6.3.1, Figures 6.7 and 6.8; one of the two alone: Athanasiadis 2022, sec. 4.3 to 4.6; with the
    learning rate: Rosa Ramos 2018, sec. 8.8, Figure 8.3.

    Args:
        material: of the figure.
        panels: which of ``PANELS``.
        stopped: the epoch after which training is printed to have ended; marked at the last one of runs under protocol
            thesis, which end there (sooner at small profiles).

    Raises:
        ConfigError: no run of the cell is finished, or there is no such panel.
        StoreError: a run has no history, or one without anything of a panel.
    """
    if unknown := set(panels) - set(PANELS):
        raise ConfigError(f"{material.title}: panels {sorted(unknown)}", expected=f"some of {', '.join(PANELS)}")
    runs = finished(material).values()
    histories = [_history(run) for run in runs]
    mark = stopped if all(run.protocol == "thesis" for run in runs) else None
    figure = Figure(figsize=(max(6.2, 4.2 * len(panels)), 3.7), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    for axes, heading in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        known = _known(heading, histories, material.title)
        for name, (column, color) in known.items():
            _line(axes, histories, column, name, color)
        if mark is not None:
            last = max(history.index.max() for history in histories)
            axes.axvline(last, color=GREY, linewidth=1.2, linestyle="--", label=f"stopped, {last} (printed {mark})")
        _dress(axes, heading)
    finish(figure, material.title, f"{material.stamp} · {seeds_in_words(len(histories))}")
    return png(figure)


def _history(run: Any) -> pd.DataFrame:
    """Loss and accuracies of a run by epoch, 1 for the first."""
    path = run.folder / "history.csv"
    if not path.is_file():
        raise StoreError(f"{path} is missing", expected="the history that the run wrote", do="train the run again")
    return pd.read_csv(path).assign(epoch=lambda table: table["epoch"] + 1).set_index("epoch")


def _known(heading: str, histories: list[pd.DataFrame], title: str) -> dict[str, tuple[str, str]]:
    """The lines of a panel that every run has."""
    lines = PANELS[heading]
    known = {name: line for name, line in lines.items() if all(line[0] in history for history in histories)}
    if not known:
        raise StoreError(f"{title}: some run has kept no {heading} by epoch", do="train it again")
    return known


def _line(axes: Any, histories: list[pd.DataFrame], column: str, name: str, color: str) -> None:
    """One line with the band of the seeds; epochs that every seed has."""
    values = pd.concat([history[column] for history in histories], axis=1, join="inner")
    axes.plot(values.index, values.mean(axis=1), color=color, label=name, marker="o", markersize=3, linewidth=1.6)
    axes.fill_between(values.index, values.min(axis=1), values.max(axis=1), color=color, alpha=0.15, linewidth=0)


def _dress(axes: Any, heading: str) -> None:
    axes.set_title(heading, fontsize=10, color=INK)
    axes.set_xlabel("epoch", color=INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if heading == "learning rate":
        axes.set_yscale("log")
    else:
        axes.set_ylim(*((0, 1) if heading == "accuracy" else (0, None)))
    if heading == "accuracy":
        axes.set_yticks(np.linspace(0, 1, 6))
    dress(axes)
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
