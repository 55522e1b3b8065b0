"""What the runs of a cell of labels or values give, name by name: classes have a confusion matrix instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_lab.evaluation import Interval, Target, intervals
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.target import Kind
from fer_lab.report.site.charts import Chart, ranked, scatter
from fer_lab.tables.grid import metric_words

POINTS = 400
"""Items of a scatter plot, at most."""


@dataclass(frozen=True)
class Outputs:
    """What is known of each label or value on the test part.

    Attributes:
        target: what an item is asked for.
        main: by name, the first of the target's metrics of one name, with its interval.
        each: a row a name, a column each of these metrics, mean over seeds.
        points: by name, truth and answer of some items of the first seed, (n, 2).
    """

    target: Target
    main: Mapping[str, Interval]
    each: pd.DataFrame
    points: Mapping[str, Floats]


def outputs_of(scores: Sequence[pd.DataFrame], target: Target) -> Outputs:
    """Read them from one scores frame a seed, of the test part."""
    first = next(iter(target.each))
    sums = np.array([target.total(frame) for frame in scores])
    each = {
        metric: [float(target.metric(metric, name)(sums).mean()) for name in target.names] for metric in target.each
    }
    truth, answers = target.truth(scores[0]), target.answers(scores[0])
    pairs = {name: np.stack([truth[:, i], answers[:, i]], axis=1) for i, name in enumerate(target.names)}
    return Outputs(
        target,
        intervals(scores, {name: target.metric(first, name) for name in target.names}),
        pd.DataFrame(each, index=list(target.names)),
        {name: _some(pair[~np.isnan(pair).any(axis=1)]) for name, pair in pairs.items()},
    )


def _some(pairs: Floats) -> Floats:
    """At most ``POINTS`` of them, evenly taken."""
    return pairs[:: max(1, -(-len(pairs) // POINTS))]


def pictures(found: Outputs) -> list[Chart]:
    """Bars of all labels, or truth against answer of each value."""
    return PICTURES[found.target.kind](found)


def _bars(found: Outputs) -> list[Chart]:
    first, known = next(iter(found.target.each)), found.each["known"]
    values = [(name, interval.mean, int(known[name])) for name, interval in found.main.items()]
    words = metric_words(first)
    return [ranked(f"{words} of each label", values, axis=words, of=("label", "labels"))]


def _scatters(found: Outputs) -> list[Chart]:
    return [scatter(name, points) for name, points in found.points.items() if len(points)]


PICTURES: Mapping[Kind, Callable[[Outputs], list[Chart]]] = {"labels": _bars, "values": _scatters}
"""Kind of target, of those that are not exclusive, -> its pictures."""
