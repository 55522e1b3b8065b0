"""The figure of a cell's accuracy and UAR in each group of its test images, beside those who answer without looking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation import by_group, constant_answer
from fer_lab.evaluation.metrics import OVERALL
from fer_lab.report.figures import Material, finished
from fer_lab.report.looks import GREY, color_of, dress, finish
from fer_lab.runs import attributes_of
from fer_lab.tables.figures import png
from fer_lab.tables.grid import metric_words

SHOWN = ("accuracy", "uar")
ROW = 0.26  # inches of a group


def groups(material: Material, attributes: Sequence[str], always: str) -> bytes:
    """A row a group of some attributes: accuracy and UAR with 95 % intervals, of too few people without; PNG.

    Rosa Ramos 2018, ch. 10: networks fail at "different skin colors or some occlusions like sunglasses"; no numbers are
    printed.

    Args:
        material: of the figure; the runs of its cell are of classes.
        attributes: of the data set, in the order drawn; those that this copy does not tell are left out.
        always: a class; a grey line marks in each group the accuracy of giving it to every image.

    Raises:
        ConfigError: no run is finished, its data are gone, they tell none of the attributes, or there is no such class.
    """
    runs = list(finished(material).values())
    told, classes = attributes_of(runs[0]), runs[0].target.names
    names = [] if told is None else [name for name in attributes if name in told]
    if told is None or not names:
        raise ConfigError(f"{material.title}: the data that its runs saw tell none of {', '.join(attributes)}")
    if always not in classes:
        raise ConfigError(f"{material.title}: always {always!r}", expected=f"one of {nearest(always, classes)}")
    scores = [run.scores("test") for run in runs]
    same = constant_answer(scores[0], scores[0].head(1).assign(label=classes.index(always)))
    found = {name: by_group(scores, told[names], OVERALL[name], draws=1) for name in SHOWN}
    constant = by_group([same], told[names], OVERALL["accuracy"], draws=1)["mean"].tolist()
    seeds = f"{len(runs)} seed{'s' if len(runs) > 1 else ''}"
    note = f"{material.stamp} · {seeds}, 95 % intervals; hollow: too few people for one"
    return groups_png(found, constant, f"always {always}", material.title, note)


def groups_png(
    found: Mapping[str, pd.DataFrame], constant: Sequence[float], named: str, title: str, note: str
) -> bytes:
    """The same of tables (``evaluation.by_group``) by metric, beside a constant answer, called so, in each row."""
    table = next(iter(found.values()))
    figure = Figure(figsize=(7.2, 1.5 + ROW * len(table)), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    places = np.arange(len(table))[::-1]
    axes.vlines(constant, places - 0.4, places + 0.4, color=GREY, linewidth=1.4, label=f"accuracy, {named}")
    for number, (name, rows) in enumerate(found.items()):
        _dots(axes, rows, places + 0.12 - 0.24 * number, metric_words(name), color_of(number))
    axes.set_yticks(places, [_words(row) for row in table.to_dict("records")], fontsize=8)
    axes.set_xlim(-0.02, 1.02)
    dress(axes)
    handles = axes.get_legend_handles_labels()
    figure.legend(*handles, loc="lower center", bbox_to_anchor=(0.5, 0.045), ncols=3, frameon=False, fontsize=8)
    finish(figure, title, note, below=0.1)
    return png(figure)


def _dots(axes: Any, rows: pd.DataFrame, places: Any, name: str, color: str) -> None:
    """Means with their intervals; hollow where there is none."""
    mean, few = rows["mean"].to_numpy(np.float64), rows["underpowered"].to_numpy(np.bool_)
    arms = np.stack([mean - rows["low"], rows["high"] - mean])[:, ~few]
    axes.errorbar(mean[~few], places[~few], xerr=arms, fmt="o", markersize=4, linewidth=1.2, color=color, label=name)
    axes.plot(mean[few], places[few], "o", markersize=4, color=color, markerfacecolor="none")


def _words(row: Mapping[Any, Any]) -> str:
    """``skin tone 5 and over: 30 people, 58 images``."""
    sizes = f"{row['n_subjects']} people, {row['n_videos']} images"
    return f"{str(row['attribute']).replace('_', ' ')} {row['group']}: {sizes}"
