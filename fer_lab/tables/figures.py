"""Confusion matrices as pictures: counts and shares of the true class, with the stamp in the picture."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.evaluation.arrays import Floats

INK, PAPER = "#1c2430", "#ffffff"
CELL = 0.52  # inches, side of one cell


def confusion_png(matrix: Floats, classes: Sequence[str], title: str, stamp: str, comment: str | None = None) -> bytes:
    """A confusion matrix as PNG, the counts on the left, the rows as percentages on the right.

    Args:
        matrix: counts (C, C), rows the truth; NaN gives a picture that says that it is undefined.
        classes: C names.
        title: what the matrix is of.
        stamp: source, profile, protocol and seeds; drawn below.
        comment: written into the file, if anything is.
    """
    counts = ("items", matrix, float(np.nan_to_num(matrix).max()))
    return pair_png((counts, ("% of the true class", row_shares(matrix), 100)), classes, title, stamp, comment)


def row_shares(matrix: Floats) -> Floats:
    """Counts (C, C) in per cent of their row; NaN where a row is empty."""
    with np.errstate(invalid="ignore"):
        shares: Floats = 100 * matrix / matrix.sum(axis=1, keepdims=True)
    return shares


def pair_png(
    panels: Sequence[tuple[str, Floats, float]],
    classes: Sequence[str],
    title: str,
    stamp: str,
    comment: str | None = None,
) -> bytes:
    """Two matrices side by side as PNG.

    Args:
        panels: heading, values (C, C), and the value that is darkest, of each.
        classes, title, stamp, comment: as ``confusion_png``.
    """
    figure, left, right = _canvas(len(classes), max(map(len, classes)))
    for axes, (heading, values, top) in zip((left, right), panels, strict=True):
        _panel(axes, values, heading, classes, top)
    left.set_ylabel("truth", color=INK)
    right.set_yticklabels([])
    figure.suptitle(title, y=1 - 0.25 / figure.get_figheight(), color=INK, fontsize=12, fontweight="bold")
    figure.text(0.5, 0.15 / figure.get_figheight(), stamp, ha="center", color="#55606e", fontsize=9)
    return png(figure, {"Comment": comment})


def png(figure: Figure, texts: Mapping[str, str | None] | None = None) -> bytes:
    """A figure as a PNG file, the same bytes for the same figure; with texts by keyword, as PNG has them."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None, **(texts or {})})
    return buffer.getvalue()


def _canvas(n_classes: int, longest: int) -> tuple[Figure, Any, Any]:
    """A figure with room (inches) for two square panels and names of ``longest`` letters; no layout engine, as these
    draw everything twice."""
    side, name = CELL * max(n_classes, 5), 0.085 * longest
    left, between, below, above = name + 0.55, 0.35 + 0.5 * name, 0.75 * name + 0.75, 0.85
    width, height = left + 2 * side + between + 0.25, below + side + above
    figure = Figure(figsize=(width, height), dpi=110, facecolor=PAPER)
    FigureCanvasAgg(figure)
    places = (left, left + side + between)
    panels = [figure.add_axes((x / width, below / height, side / width, side / height)) for x in places]
    return figure, panels[0], panels[1]


def _panel(axes: Any, values: Floats, heading: str, classes: Sequence[str], top: float) -> None:
    """One matrix with its numbers written into the cells."""
    axes.imshow(np.nan_to_num(values), cmap="Blues", vmin=0, vmax=max(top, 1))
    axes.set_title(heading, color=INK, fontsize=10)
    axes.set_xlabel("answer", color=INK)
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right", rotation_mode="anchor", fontsize=9)
    axes.set_yticks(range(len(classes)), classes, fontsize=9)
    axes.set_xticks(np.arange(-0.5, len(classes)), minor=True)
    axes.set_yticks(np.arange(-0.5, len(classes)), minor=True)
    axes.grid(which="minor", color=PAPER, linewidth=1.5)
    axes.tick_params(which="both", length=0, colors=INK)
    axes.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(values):
        _write(axes, row, column, float(value), dark=bool(value > 0.55 * top))


def _write(axes: Any, row: int, column: int, value: float, dark: bool) -> None:
    text = "undef." if np.isnan(value) else f"{value:.0f}"
    color = PAPER if dark else (INK if value else "#a9b4c0")
    axes.text(column, row, text, ha="center", va="center", fontsize=8, color=color)
