"""From the scores of frames or clips to one score a video (García Zapata 2018, sec. 7.4: "a voting process").

The thesis does not state the rule; the usual ones are computed from the stored scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pandas import DataFrame, Series
from pandas.core.groupby import SeriesGroupBy

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.arrays import Floats, Ints
from fer_lab.evaluation.sums import known_mean
from fer_lab.evaluation.target import Kind
from fer_lab.evaluation.targets import PRESENT, target_of

Rule = Callable[[Floats, Ints, int], Floats]
SURE = 2.0**-11
"""Half the distance of half precision's numbers below 1."""


def _sum(values: Floats, group: Ints, n: int) -> Floats:
    """Sum the rows (n_items, C) of every group into (n, C); a NaN makes its group NaN."""
    out = np.zeros((n, values.shape[1]))
    np.add.at(out, group, values)
    return out


def _majority(p: Floats, group: Ints, n: int) -> Floats:
    """Share of votes (n, C); equal counts are decided by the higher summed probability.

    The summed probability of a class is at most the number of voters, so that divided by one more than that it never
    outweighs a whole vote.
    """
    ballots = np.where(np.isnan(p).any(axis=1, keepdims=True), np.nan, np.eye(p.shape[1])[p.argmax(axis=1)])
    voters = np.bincount(group, minlength=n)[:, None]
    weight: Floats = _sum(ballots, group, n) + _sum(p, group, n) / (voters + 1)
    share: Floats = weight / weight.sum(axis=1, keepdims=True)
    return share


def _mean(p: Floats, group: Ints, n: int) -> Floats:
    """Mean probability (n, C)."""
    return _sum(p, group, n) / np.bincount(group, minlength=n)[:, None]


def _confidence(p: Floats, group: Ints, n: int) -> Floats:
    """Mean probability (n, C), each item weighted by its largest one: sure items count more."""
    weight = p.max(axis=1, keepdims=True)
    return _sum(p * weight, group, n) / _sum(weight, group, n)


def _max(p: Floats, group: Ints, n: int) -> Floats:
    """Each class by the item that is surest of it (n, C), as shares of their sum."""
    best = np.full((n, p.shape[1]), -np.inf)
    np.maximum.at(best, group, p)
    return np.asarray(best / best.sum(axis=1, keepdims=True))


def _odds(p: Floats, group: Ints, n: int) -> Floats:
    """Product of the odds p / (1 - p) of each class over the items (n, C), as shares of their sum.

    A probability of 0 or 1, as half precision stores them, would decide alone: it counts as ``SURE`` away from it.
    """
    sure = np.where(np.isnan(p), np.nan, p.clip(SURE, 1 - SURE))
    total = _sum(np.log(sure / (1 - sure)), group, n)
    raised = np.exp(total - total.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _present(p: Floats, group: Ints, n: int) -> Floats:
    """Share of the items that answer a label as present (n, L); equal counts are present."""
    return _mean(np.where(np.isnan(p), np.nan, p >= PRESENT), group, n)


RULES: Mapping[Kind, Mapping[str, Rule]] = {
    "classes": {"majority": _majority, "mean": _mean, "confidence": _confidence},
    "labels": {"majority": _present, "mean": _mean},
    "values": {"mean": _mean},
}
"""Rules by the kind of target that every table tells of its cells."""
FURTHER: Mapping[Kind, Mapping[str, Rule]] = {"classes": {"max": _max, "odds": _odds}}
"""Those that a table must ask for."""
ALL_RULES: tuple[str, ...] = (*RULES["classes"], *FURTHER["classes"])


def late(scores: DataFrame, which: str) -> DataFrame:
    """The items of a video that count (Athanasiadis 2022, sec. 4.1: frames n/2 to n; the thesis knows no other).

    Args:
        scores: a scores frame; the items of a video are numbered in the order of time.
        which: ``second_half`` of n items those from number n // 2 on, counted from 0; ``peak`` the last one.
    """
    of_video = scores.groupby(["part", "epoch", "video"], sort=False, observed=True)["item"]
    last = of_video.transform("max") == scores["item"]
    return scores[in_second_half(of_video) if which == "second_half" else last].reset_index(drop=True)


def in_second_half(of_video: SeriesGroupBy[Any, Any]) -> Series[bool]:
    """Of n numbers of each video, which are number n // 2 or later, counted from 0 in their order."""
    return of_video.rank(method="first") > of_video.transform("size") // 2


def vote(scores: DataFrame, rule: str) -> DataFrame:
    """One row a video (and part and epoch), in order of first appearance; ``item`` is that of its first row.

    The class of a video is that of its first item. Labels and values may differ from item to item: a label is present
    in a video if it is in at least half of the items of which it is known, a value is the mean of the known ones.

    Args:
        scores: a scores frame of items.
        rule: ``majority`` (of classes: most votes; on a tie the higher summed probability, then the lower class index;
            of labels: the share of items that answer it as present), ``mean`` (mean probability or value), and of
            classes ``confidence`` (mean probability, each item weighted by its largest one), ``max`` (the largest
            probability that an item gives it) or ``odds`` (the product of the odds that the items give it).

    Returns:
        A scores frame of the same kind, its answers in float64, those of classes with a sum of 1 and their largest
        value at the video's class; NaN for a video with an undefined item.

    Raises:
        ConfigError: the kind of target knows no such rule.
        DataError: a column is missing.
    """
    target = target_of(scores)
    rules = {**RULES[target.kind], **FURTHER.get(target.kind, {})}
    if rule not in rules:
        raise ConfigError(f"unknown vote rule {rule!r} of {target.kind}", expected=f"one of {nearest(rule, rules)}")
    of_video = scores.groupby(["part", "epoch", "video"], sort=False, observed=True).ngroup()
    group = np.asarray(of_video, np.int64)
    first = np.unique(group, return_index=True)[1].tolist()
    voted: DataFrame = scores.iloc[first].drop(columns=target.answer_columns).reset_index(drop=True)
    if not target.exclusive:
        truth = target.settled(known_mean(target.truth(scores), group, len(first)))
        voted = voted.assign(**dict(zip(target.truth_columns, truth.T, strict=True)))
    votes = DataFrame(rules[rule](target.answers(scores), group, len(first)), columns=target.answer_columns)
    return voted.join(votes)
