"""A driver's video as in Rosa Ramos 2018, ch. 11: what is answered over time, and how much of it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame

from fer_lab.errors import ConfigError
from fer_lab.evaluation.coverage import HALF
from fer_lab.exporting.cached import exported
from fer_lab.generator.drive import Drive, drive
from fer_lab.inference.predictor import Predictor
from fer_lab.report.figures import Material, finished
from fer_lab.report.looks import GREY, dress
from fer_lab.tables.figures import INK, png

COLUMNS = ("right", "wrong", "unanswered")
"""What becomes of a frame whose expression is known; one without a face, or without a sure answer, is unanswered."""
COLORS = {"right": "#3a7d44", "wrong": "#c8641b", "unanswered": "#b8bfc9"}
SIDE = 160


@dataclass(frozen=True)
class Watched:
    """What was answered of a drive by one camera in one light.

    Attributes:
        times: s.
        truth: the expression of each frame, '' where it is not known.
        answer: of each frame; '' where nothing is answered.
        sure: the largest probability, 0 to 1; NaN without a face.
    """

    times: NDArray[np.float64]
    truth: tuple[str, ...]
    answer: tuple[str, ...]
    sure: NDArray[np.float64]

    @property
    def outcomes(self) -> list[str]:
        """Of each frame one of ``COLUMNS``; '' where the expression is not known."""
        pairs = zip(self.truth, self.answer, strict=True)
        return ["" if not truth else _outcome(truth, answer) for truth, answer in pairs]

    @property
    def shares(self) -> dict[str, float]:
        """Of the frames whose expression is known, the share of each of ``COLUMNS``."""
        known = [one for one in self.outcomes if one]
        return {name: known.count(name) / max(len(known), 1) for name in COLUMNS}


def drives(
    material: Material, emotions: Sequence[str], cameras: Sequence[str], lights: Sequence[str], seed: int = 0,
    seconds: float = 4.0, fps: float = 10.0,
) -> bytes:  # fmt: skip
    """A timeline a camera and light, and the table of right, wrong and unanswered; PNG.

    An answer counts above 50 %, as in the thesis.

    Args:
        material: of the figure; its cell is of classes.
        emotions: that the driver shows, in order.
        cameras: of ``CAMERAS``.
        lights: of ``LIGHTS``.
        seed: who drives.
        seconds: that each expression takes.
        fps: frames a second.

    Raises:
        ConfigError: there is no finished run, or it knows none of the expressions.
        StoreError: the run could not be exported.
    """
    run = finished(material)[min(material.runs)]
    found = drive(seed, emotions, seconds=seconds, fps=fps)
    model = Predictor(exported(run))
    if not {*emotions} & {*model.contract.names}:
        raise ConfigError(f"{material.title}: its cell answers {', '.join(model.contract.names)}",
                          expected=f"a cell of {', '.join(emotions)}")  # fmt: skip
    watched = {(camera, light): watch(model, found, camera, light) for light in lights for camera in cameras}
    model.close()
    note = f"{material.stamp} · seed {min(material.runs)} · a generated driver, answers above {HALF:.0%}"
    return timelines(watched, material.title, note)


def watch(model: Predictor, found: Drive, camera: str, light: str, above: float = HALF) -> Watched:
    """What a model answers of a drive.

    Args:
        model: of classes.
        found: the drive.
        camera, light: of ``CAMERAS`` and ``LIGHTS``.
        above: only answers that are surer than this count.
    """
    table = model.predict(found.seen(camera, light, SIDE), fps=found.fps)
    number = len(found.truth)
    first = table[table["face"].notna()].drop_duplicates("frame").set_index("frame").reindex(range(number))
    sure = first["sure"].to_numpy(np.float64, na_value=np.nan)
    places = first[list(model.contract.names)].to_numpy(np.float64)
    named = [model.contract.names[int(np.nanargmax(row))] if np.isfinite(row).any() else "" for row in places]
    answer = tuple(name if p > above else "" for name, p in zip(named, sure, strict=True))
    return Watched(np.arange(number) / found.fps, found.truth, answer, sure)


def shares(watched: Mapping[tuple[str, str], Watched]) -> DataFrame:
    """The table: a row a camera and light, the columns ``camera, light, right, wrong, unanswered, frames``."""
    rows = [
        {"camera": camera, "light": light, **one.shares, "frames": sum(bool(word) for word in one.outcomes)}
        for (camera, light), one in watched.items()
    ]
    return pd.DataFrame(rows)


def timelines(watched: Mapping[tuple[str, str], Watched], title: str, note: str) -> bytes:
    """Both as a picture: strips of time above, the table below."""
    rows = len(watched)
    figure = Figure(figsize=(10.0, 1.6 + 1.0 * rows + 0.26 * (rows + 1)), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(rows + 1, 1, height_ratios=[1.0] * rows + [0.3 * (rows + 1)], hspace=0.55)
    axes = [figure.add_subplot(grid[number]) for number in range(rows)]
    for place, ((camera, light), one) in zip(axes, watched.items(), strict=True):
        _strip(place, one, f"{camera}\n{light}", place is axes[0], place is axes[-1])
    _table(figure.add_subplot(grid[rows]), shares(watched))
    handles = [_patch(name) for name in COLUMNS]
    figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.98, 0.965), ncols=3, frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold", x=0.14, ha="left", y=0.985)
    figure.text(0.5, 0.012, note, ha="center", fontsize=8, color=GREY)
    figure.subplots_adjust(left=0.14, right=0.98, top=0.9, bottom=0.05)
    return png(figure)


def _strip(axes: Any, one: Watched, label: str, is_first: bool, is_last: bool) -> None:
    """How sure the answer is over time; the ground says whether it is right, words say what is shown."""
    step = float(one.times[1] - one.times[0]) if len(one.times) > 1 else 1.0
    for time, outcome in zip(one.times, one.outcomes, strict=True):
        if outcome:
            axes.axvspan(time, time + step, color=COLORS[outcome], alpha=0.45, linewidth=0)
    axes.plot(one.times + step / 2, one.sure, color=INK, linewidth=1.1)
    axes.axhline(HALF, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, one.times[-1] + step), ylim=(0, 1.02), yticks=(0, HALF, 1))
    axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9, color=INK, labelpad=8)
    dress(axes, "y")
    if not is_last:
        axes.set_xticklabels([])
    else:
        axes.set_xlabel("s; line: how sure the answer is", fontsize=8, color=GREY)
    for time, word in _spans(one) if is_first else ():
        axes.text(time, 1.08, word, fontsize=8, color=INK, ha="center", va="bottom")


def _spans(one: Watched) -> list[tuple[float, str]]:
    """The middle of each stretch in which an expression other than neutral is there, s."""
    found: list[tuple[float, str]] = []
    start = 0
    for place in range(1, len(one.truth) + 1):
        if place == len(one.truth) or one.truth[place] != one.truth[start]:
            if one.truth[start] not in ("", "neutral"):
                found.append((float(one.times[start] + one.times[place - 1]) / 2, one.truth[start]))
            start = place
    return found


def _table(axes: Any, found: DataFrame) -> None:
    axes.axis("off")
    words = [[row.camera, row.light, *(f"{getattr(row, name):.0%}" for name in COLUMNS), str(row.frames)]
             for row in found.itertuples(index=False)]  # fmt: skip
    shown = axes.table(words, colLabels=list(found.columns), loc="center", cellLoc="right", bbox=(0, 0, 1, 1))
    shown.auto_set_font_size(False)
    shown.set_fontsize(8.5)
    for (row, column), cell in shown.get_celld().items():
        cell.set_edgecolor("#e3e7ec")
        cell.set_text_props(color=INK, ha="left" if column < 2 else "right", fontweight="bold" if not row else "normal")


def _patch(name: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=COLORS[name], alpha=0.6, label=name)


def _outcome(truth: str, answer: str) -> str:
    if not answer:
        return "unanswered"
    return "right" if answer == truth else "wrong"
