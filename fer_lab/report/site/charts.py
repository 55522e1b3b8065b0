"""Pictures as geometry: points in a box of user units, drawn as SVG by ``macros.html.j2`` in the page's own colours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fer_lab.evaluation.arrays import Floats
from fer_lab.report.site.words import counted

Point = tuple[float, float]
WIDTH, HEIGHT = 380, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40
SQUARE = WIDTH - LEFT - RIGHT + TOP + BOTTOM
"""Height of a picture whose axes have the same length."""


@dataclass(frozen=True)
class Axis:
    """One axis: what stands beside it, its range and the places of its numbers."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


@dataclass
class Chart:
    """A picture with two axes.

    Attributes:
        title: its heading.
        words: what it shows, for those who cannot see it.
        lines, bands: ``(style, points)``: an open line, a closed area; ``style`` is a class of ``style.css``.
        bars: ``(style, x, y, width, height, text)``.
        dots: ``(style, x, y, text)``.
        key: ``(style, text)``, what the styles mean; of dots ``dot`` stands before the style.
    """

    title: str
    words: str
    x: Axis
    y: Axis
    lines: list[tuple[str, str]] = field(default_factory=list)
    bands: list[tuple[str, str]] = field(default_factory=list)
    bars: list[tuple[str, float, float, float, float, str]] = field(default_factory=list)
    dots: list[tuple[str, float, float, str]] = field(default_factory=list)
    key: list[tuple[str, str]] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT

    def across(self, value: float) -> float:
        """Where a value lies on the horizontal axis."""
        return round(LEFT + _share(value, self.x) * (self.width - LEFT - RIGHT), 1)

    def up(self, value: float) -> float:
        """Where a value lies on the vertical axis."""
        return round(self.height - BOTTOM - _share(value, self.y) * (self.height - TOP - BOTTOM), 1)

    def points(self, values: Iterable[Point]) -> str:
        """Values as the points of a line; those that are undefined are left out."""
        return " ".join(f"{self.across(x)},{self.up(y)}" for x, y in values if math.isfinite(x) and math.isfinite(y))

    def level(self, style: str, value: float, low: float, high: float) -> None:
        """A line across the whole picture, and its interval as a band, where there is one."""
        if math.isfinite(value):
            self.lines.append((style, self.points([(self.x.low, value), (self.x.high, value)])))
        if math.isfinite(high - low):
            left, right = self.x.low, self.x.high
            self.bands.append((style, self.points([(left, low), (right, low), (right, high), (left, high)])))

    @property
    def frame(self) -> tuple[int, int, int, int]:
        """Left, right, top and bottom of the area that is drawn in."""
        return LEFT, self.width - RIGHT, TOP, self.height - BOTTOM


def _share(value: float, axis: Axis) -> float:
    return (min(max(value, axis.low), axis.high) - axis.low) / ((axis.high - axis.low) or 1)


def share_axis(label: str) -> Axis:
    """An axis of shares in [0, 1]."""
    return Axis(label, 0, 1, tuple((n / 5, f"{n / 5:.1f}") for n in range(6)))


def signed_axis(label: str) -> Axis:
    """An axis of correlations in [-1, 1]."""
    return Axis(label, -1, 1, tuple((n / 2, f"{n / 2:g}") for n in range(-2, 3)))


def span_axis(label: str, low: float, high: float) -> Axis:
    """An axis that holds all from ``low`` to ``high``, with round numbers."""
    step = round_step((high - low) or 1.0)
    first, last = math.floor(low / step), math.ceil(high / step)
    return Axis(label, first * step, last * step, tuple((n * step, f"{n * step:g}") for n in range(first, last + 1)))


def count_axis(label: str, last: int) -> Axis:
    """An axis of whole numbers from 1, with at most seven of them written."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if last / s <= 6 or s == 1000)
    ticks = sorted({1, *range(step, last + 1, step)})
    return Axis(label, 1, max(last, 2), tuple((n, str(n)) for n in ticks))


def free_axis(label: str, top: float) -> Axis:
    """An axis from 0 to at least ``top`` with round numbers."""
    top = top if math.isfinite(top) and top > 0 else 1.0
    step = round_step(top)
    n = math.ceil(top / step - 1e-9)
    return Axis(label, 0, n * step, tuple((i * step, f"{i * step:g}") for i in range(n + 1)))


def round_step(length: float) -> float:
    """The distance of round numbers of which at most six lie on an axis of some length."""
    size = float(10 ** math.floor(math.log10(length)))
    return next(size * s for s in (0.2, 0.25, 0.5, 1, 2, 2.5, 5) if length / (size * s) <= 5)


def course(
    title: str, y: Axis | str, lines: Sequence[tuple[str, str, pd.DataFrame]], last: int, step: str = "epoch"
) -> Chart:
    """What becomes of numbers over the epochs, or other steps: mean and range over runs.

    Args:
        title: the heading.
        y: the vertical axis; of a text, one from 0 with that label.
        lines: style, name and values, one row an epoch (1-based index), one column a run.
        last: number of epochs.
        step: what they are.
    """
    top = max((float(np.nanmax(v.to_numpy())) for _, _, v in lines if v.notna().to_numpy().any()), default=1.0)
    y = free_axis(y, top) if isinstance(y, str) else y
    said = "; ".join(f"{name} ends at {v.mean(axis=1).iloc[-1]:.3f}" for _, name, v in lines if len(v))
    chart = Chart(title, f"{title} over {counted(last, step)}: {said}.", count_axis(step, last), y)
    for style, name, values in lines:
        low, high, mean = values.min(axis=1), values.max(axis=1), values.mean(axis=1)
        edge = [*low.items(), *reversed(list(high.items()))]
        chart.bands.append((style, chart.points((float(str(x)), float(v)) for x, v in edge)))
        chart.lines.append((style, chart.points((float(str(x)), float(v)) for x, v in mean.items())))
        if last == 1:
            chart.dots += [(style, chart.across(1), chart.up(v), name) for v in mean if math.isfinite(v)]
        chart.key.append((style, name))
    return chart


def ranked(
    title: str,
    values: Sequence[tuple[str, float, int]],
    chance: float | None = None,
    axis: str = "accuracy",
    of: tuple[str, str] = ("person", "people"),
) -> Chart:
    """A share for each of many names, the lowest first.

    Args:
        title: the heading.
        values: name, share in [0, 1], number of items.
        chance: a line to compare with.
        axis: what the shares are.
        of: what a name, and what several, are of.
    """
    ordered = sorted((v for v in values if math.isfinite(v[1])), key=lambda v: v[1])
    low, high = (f"{ordered[i][0]} {ordered[i][1]:.3f}" if ordered else "none" for i in (0, -1))
    across = Axis(f"{counted(len(ordered), *of)}, the lowest first", 0, max(len(ordered), 1), ())
    chart = Chart(title, f"{title}: from {low} to {high}.", across, share_axis(axis))
    for place, (name, value, n) in enumerate(ordered):
        left, right = chart.across(place + 0.12), chart.across(place + 0.88)
        text = f"{name}: {value:.3f} of {n}"
        chart.bars.append(("one", left, chart.up(value), max(right - left, 1), chart.up(0) - chart.up(value), text))
    if chance is not None:
        chart.lines.append(("chance", chart.points([(0, chance), (across.high, chance)])))
        chart.key.append(("chance", "guessing"))
    return chart


def scatter(title: str, points: Floats, axes: tuple[Axis, Axis], texts: Sequence[str], key: tuple[str, str]) -> Chart:
    """Dots, and where both axes have the same numbers the line on which they are equal.

    Args:
        title: the heading.
        points: (n, 2).
        axes: the horizontal one and the vertical one.
        texts: one a point.
        key: what a dot is, and what the line is; without a word there is no line.
    """
    x, y = axes
    words = f"{title}: {counted(len(points), 'dot')}, {y.label} against {x.label}."
    chart = Chart(title, words, x, y, height=SQUARE if key[1] else HEIGHT)
    chart.dots += [("one", chart.across(a), chart.up(b), text) for (a, b), text in zip(points, texts, strict=True)]
    dot, line = key
    chart.key.append(("dot one", dot))
    if line:
        ends = max(x.low, y.low), min(x.high, y.high)
        chart.lines.append(("chance", chart.points([(end, end) for end in ends])))
        chart.key.append(("chance", line))
    return chart


def reliability(
    diagram: pd.DataFrame, title: str = "Reliability", axes: tuple[str, str] = ("confidence", "accuracy")
) -> Chart:
    """Accuracy by confidence: bars of right answers in each bin, the diagonal, and the share of items in each bin.

    Args:
        diagram: see ``evaluation.reliability``.
        title: the heading.
        axes: what the two are called.
    """
    sure, share = axes
    n = diagram["n"].to_numpy(dtype=float)
    total = n.sum()
    words = f"{title}: {int(total)} answers in {int((n > 0).sum())} bins of {sure}."
    chart = Chart(title, words, share_axis(sure), share_axis(share))
    for row in diagram.to_dict("records"):
        if row["n"] and math.isfinite(row["accuracy"]):
            left, right, top = chart.across(row["low"]), chart.across(row["high"]), chart.up(row["accuracy"])
            text = f"{sure} {row['confidence']:.2f}, {share} {row['accuracy']:.2f}, {row['n']} answers"
            chart.bars.append(("one", left + 0.5, top, right - left - 1, chart.up(0) - top, text))
            dense = chart.up(0) - chart.up(row["n"] / total)
            chart.bars.append(("dense", left + 0.5, chart.up(0) - dense, right - left - 1, dense, text))
    chart.lines.append(("chance", chart.points([(0, 0), (1, 1)])))
    chart.key += [("one", share), ("dense", "share of all answers"), ("chance", "calibrated")]
    return chart
