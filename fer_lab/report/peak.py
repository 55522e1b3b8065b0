"""How far a face is from its first frames over a video, and where the video is cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.configs import compose
from fer_lab.datasets.mug_twin import PEAKS
from fer_lab.errors import ConfigError, nearest
from fer_lab.report.figures import Material
from fer_lab.sources import Source, data_set, open_source, singles
from fer_lab.sources.course import courses
from fer_lab.sources.cut import LEAST, whole_videos
from fer_lab.tables.figures import INK, png

CURVE, CUT, TRUE, GREY = "#2f6db3", "#c8641b", "#3a7d44", "#55606e"


def peak(material: Material, video: str | None = None) -> bytes:
    """The curve of one video of a cell whose data, or those of a member, are cut; PNG.

    Athanasiadis 2022, sec. 3.4 cuts videos at their most intense frame; how it is found here is ours.

    Args:
        material: of the figure.
        video: its id in the data set that is cut; None takes the first.

    Raises:
        ConfigError: nothing is cut, or there is no such video.
    """
    config = compose([*material.overrides, f"cell={material.cell}"])
    return peak_png(config, video, material.title, material.stamp)


def peak_png(config: Mapping[str, Any], video: str | None, title: str, stamp: str) -> bytes:
    """The same of a configuration, with a title above and a stamp below. Args, Raises: as ``peak``."""
    own = next((one for one in singles(config) if one["data"].get("cut")), None)
    if own is None:
        raise ConfigError(f"data={config['data']['name']}: nothing is cut", do="set data.cut=peak")
    whole = open_source({**own, "data": {**own["data"], "cut": None}})
    found = courses(whole_videos(own, data_set(own), whole.root, whole.index))
    name = next(iter(found)) if video is None else video
    if name not in found:
        raise ConfigError(f"no video {name!r}", expected=f"one of {nearest(name, found)}")
    figure = Figure(figsize=(6.6, 3.4), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    axes, course = figure.subplots(), found[name]
    axes.plot(course.positions, course.distances, color=CURVE, marker="o", markersize=3, linewidth=1.6)
    axes.axvline(course.peak, color=CUT, linewidth=1.6, label=f"cut, {course.peak:.2f}")
    for place in _true_peak(whole, name):
        axes.axvline(place, color=TRUE, linewidth=1.6, linestyle="--", label=f"true peak, {place:.2f}")
    axes.axhline(LEAST, color=GREY, linewidth=1.0, linestyle=":", label=f"below {LEAST}: never leaves neutral")
    _dress(axes, f"{whole.dataset.title}, {name}")
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    figure.text(0.5, 0.02, stamp, ha="center", fontsize=8, color=GREY)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    return png(figure)


def _true_peak(whole: Source, name: str) -> list[float]:
    """Where the video is strongest, if it is a twin's that knows it."""
    path = whole.root / PEAKS
    if not path.is_file():
        return []
    known = pd.read_csv(path)
    return [float(place) for place in known.loc[known["id"] == name, "peak"]]


def _dress(axes: Any, heading: str) -> None:
    axes.set_title(heading, fontsize=10, color=INK)
    axes.set_xlabel("share of the duration", color=INK)
    axes.set_ylabel("distance from the first frames", color=INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.2 * axes.get_ylim()[1])  # room for the legend
    axes.grid(color="#e3e7ec", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    axes.legend(edgecolor="none", framealpha=1, fontsize=8, labelcolor=INK, ncols=3, loc="upper center")
