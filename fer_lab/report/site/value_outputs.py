"""What the runs of a cell of values give, value by value, and how its page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from fer_lab.evaluation import Interval, Target, constant_answer, intervals
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.bland_altman import PER_VALUE
from fer_lab.evaluation.metrics import Compute, mean_defined
from fer_lab.report.site.charts import Chart, course, scatter, span_axis
from fer_lab.report.site.label_outputs import each_name
from fer_lab.report.site.strips import scale_of, strip
from fer_lab.report.site.words import interval_text, number
from fer_lab.tables.grid import metric_words

POINTS = 400
"""Items of a picture, at most."""
TRACES = 3
"""Videos whose trace is drawn: the one that is answered best, the one in the middle, and the worst."""
LONG = 3
"""Known items of a video from which on it has a trace."""
SHOWN = ("ccc", "pcc", "rmse", "mse", "sagr")
LIMITS = {"bias": "bias", "lower": "lower limit", "upper": "upper limit"}


@dataclass(frozen=True)
class Trace:
    """A video over its items, which are numbered in the order of time: truth (T, L) of the values, NaN where they are
    not known, and the answers of each seed (seeds, T, L)."""

    video: str
    truth: Floats
    answers: Floats


@dataclass(frozen=True)
class ValueOutputs:
    """What is known of each value on the test part.

    Attributes:
        target: what an item is asked for.
        ccc: by name, with its interval.
        each: a row a value, a column each of ``Target.each``, mean over seeds.
        constant: the same of always answering the mean of training.
        answer: (L,), that mean.
        agreement: by name and ``bias``, ``lower`` or ``upper`` (``evaluation.bland_altman``), with its interval.
        pairs: (n, L, 2), truth and answer of some items of the first seed.
        traces: of some videos of several items.
    """

    target: Target
    ccc: Mapping[str, Interval]
    each: pd.DataFrame
    constant: pd.DataFrame
    answer: Floats
    agreement: Mapping[tuple[str, str], Interval]
    pairs: Floats
    traces: tuple[Trace, ...]
    template: ClassVar[str] = "cell_values.html.j2"

    @classmethod
    def read(cls, scores: Sequence[pd.DataFrame], train: pd.DataFrame, target: Target) -> ValueOutputs:
        """Read them from one scores frame a seed, of the test part, and the training items."""
        names, first = target.names, scores[0]
        limits = {(name, key): metric.by(partial(_of_place, metric.compute, place))
                  for place, name in enumerate(names) for key, metric in PER_VALUE.items()}  # fmt: skip
        pairs = np.stack([target.truth(first), target.answers(first)], axis=-1)
        return cls(
            target,
            intervals(scores, {name: target.metric("ccc", name) for name in names}),
            each_name(scores, target),
            each_name([constant_answer(first, train)], target),
            target.constant(train),
            intervals(scores, limits),
            pairs[:: max(1, -(-len(pairs) // POINTS))],
            tuple(_traces(scores, target)),
        )

    def page(self) -> dict[str, Any]:
        """What its template shows."""
        low, high = self.target.scale or (-1.0, 1.0)
        return {
            "lines": [line for name in self.target.names for line in self._lines(name)],
            "headings": [metric_words(key) for key in SHOWN],
            "scale": scale_of(self.target),
            "limits": LIMITS,
            "span": f"{low:g} to {high:g}",
            "scatters": [self._scatter(place) for place in self._known()],
            "differences": [self._differences(place) for place in self._known()],
            "traces": [self._trace(trace, place) for trace in self.traces for place in range(len(self.target.names))],
            "n_traced": len(self.traces),
        }

    def said(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        """Of an item, as a row of scores: truth and answer of each value."""
        columns = zip(self.target.names, self.target.truth_columns, self.target.answer_columns, strict=True)
        return [(name, f"{number(row[y])}, answered {number(row[v])}") for name, y, v in columns]

    def _known(self) -> list[int]:
        """Places of the values that are known of some item."""
        return [place for place in range(len(self.target.names)) if len(self._pairs_of(place))]

    def _pairs_of(self, place: int) -> Floats:
        pairs: Floats = self.pairs[:, place]
        return pairs[~np.isnan(pairs).any(axis=1)]

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        """A value, and what always answering the mean of training gives of it."""
        own, best, ccc = dict(self.each.loc[name]), dict(self.constant.loc[name]), self.ccc[name]
        said = [interval_text(self.agreement[name, key]) for key in LIMITS]
        yield {"name": name, "strip": strip(ccc, scale=scale_of(self.target)), "n": f"{own['support']:.0f}",
               "texts": [interval_text(ccc), *(number(own[key]) for key in SHOWN[1:])], "limits": said}  # fmt: skip
        constant = self.answer[self.target.names.index(name)]
        yield {"name": f"always {number(constant)}", "strip": None, "n": "",
               "texts": [number(best[key]) for key in SHOWN], "limits": [""] * len(LIMITS)}  # fmt: skip

    def _axis(self, label: str, *values: Floats) -> Any:
        """An axis that holds the scale and all values: an answer may lie beyond the scale."""
        ends = [*(self.target.scale or ()), *(float(end) for some in values for end in (some.min(), some.max()))]
        return span_axis(label, min(ends), max(ends))

    def _scatter(self, place: int) -> Chart:
        name, points = self.target.names[place], self._pairs_of(place)
        texts = [f"truth {x:.2f}, answer {y:.2f}" for x, y in points]
        axes = self._axis("truth", points), self._axis("answer", points)
        chart = scatter(f"{name}: answer against truth", points, axes, texts, ("an item", "answer is truth"))
        low, high = self.target.scale or (chart.x.low, chart.x.high)
        mean, ends = float(self.answer[place]), (chart.x.low, chart.x.high)
        chart.lines.append(("edge", chart.points([(low, low), (high, low), (high, high), (low, high), (low, low)])))
        chart.lines.append(("two", chart.points([(end, mean) for end in ends])))
        chart.key += [("edge", "the scale"), ("two", "mean of training")]
        return chart

    def _differences(self, place: int) -> Chart:
        """The picture of Bland and Altman."""
        name, pairs = self.target.names[place], self._pairs_of(place)
        points = np.stack([pairs.mean(axis=1), pairs[:, 1] - pairs[:, 0]], axis=1)
        found = {key: self.agreement[name, key] for key in LIMITS}
        ends = np.array([end for one in found.values() for end in (one.mean, one.low, one.high) if np.isfinite(end)])
        heights = np.concatenate([points[:, 1], ends])
        axes = (
            self._axis("mean of truth and answer", points[:, 0]),
            span_axis("answer minus truth", heights.min(), heights.max()),
        )
        texts = [f"mean {x:.2f}, difference {y:+.2f}" for x, y in points]
        chart = scatter(f"{name}: difference by size", points, axes, texts, ("an item", ""))
        for key, one in found.items():
            style = "two" if key == "bias" else "three"
            chart.level(style, one.mean, one.low, one.high)
        chart.key += [("two", "bias"), ("three", "95 % limits of agreement, with their intervals")]
        return chart

    def _trace(self, trace: Trace, place: int) -> Chart:
        """Truth and answers of a video over its items."""
        step = max(1, -(-len(trace.truth) // POINTS))
        times = np.arange(1, len(trace.truth) + 1)[::step]
        truth, answers = trace.truth[::step, place, None], trace.answers[:, ::step, place].T
        drawn = [("two", "truth", pd.DataFrame(truth, times)), ("one", "answer", pd.DataFrame(answers, times))]
        axis = self._axis(self.target.names[place], answers)
        return course(f"{trace.video}: {self.target.names[place]}", axis, drawn, len(trace.truth), "face")


def _of_place(compute: Compute, place: int, sums: Floats) -> Floats:
    return compute(sums)[..., place]


def _traces(scores: Sequence[pd.DataFrame], target: Target) -> Iterator[Trace]:
    """Of the videos that have at least ``LONG`` known items, as many as ``TRACES``, from the best answered on."""
    ordered = [frame.sort_values("item", ignore_index=True) for frame in scores]
    first = ordered[0]
    error = pd.Series(mean_defined(np.abs(target.answers(first) - target.truth(first))))
    by_video = error.groupby(first["video"]).agg(["count", "mean"])
    long = by_video[by_video["count"] >= LONG].sort_values("mean", kind="stable").index
    for place in dict.fromkeys(np.linspace(0, len(long) - 1, TRACES).round().astype(int)) if len(long) else ():
        rows = (first["video"] == long[place]).to_numpy()
        yield Trace(
            str(long[place]),
            target.truth(first)[rows],
            np.stack([target.answers(frame)[rows] for frame in ordered]),
        )
