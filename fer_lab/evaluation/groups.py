"""A metric by group: age, sex, skin tone, glasses, light, camera, where a data set says so.

A group of few people says little, and a difference between groups that chance makes easily says nothing: each group
has its 95 % interval, each attribute a permutation test, and a group below the minimum size is shown with its size
alone, as underpowered. Attributes go together (in a small data set all who wear glasses may be old): a difference by
one is not yet its effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Floats, Ints
from fer_lab.evaluation.intervals import intervals
from fer_lab.evaluation.metrics import Metric
from fer_lab.evaluation.scores import n_subjects
from fer_lab.evaluation.significance import holm
from fer_lab.evaluation.targets import target_of, total
from fer_lab.evaluation.units import counted

FEWEST_SUBJECTS = 5
"""A group of fewer people is underpowered."""
FEWEST_VIDEOS = 30
"""Likewise one of fewer videos or images, where the data set names nobody."""
DRAWS = 2000
NOT_KNOWN = "not known"
"""The group of those of whom the data set does not say it: shown, but no part of the test."""
LIMITS: Mapping[str, tuple[int, ...]] = {"age": (25, 40, 60), "skin_tone": (3, 5)}
"""Where numbers are divided, the same for all data sets: years; tones from 1, lightest, to 6."""
MOST_GROUPS = 10
"""Other numbers with more different values than this are cut into thirds."""
COLUMNS = [
    "attribute",
    "group",
    "n_subjects",
    "n_videos",
    "n_items",
    "mean",
    "low",
    "high",
    "underpowered",
    "test",
    "p",
    "p_holm",
]

ROUNDING = 1e-12
"""Permutations that differ only in the order of a sum are as far apart."""


def by_group(
    scores: Sequence[pd.DataFrame],
    attributes: pd.DataFrame,
    metric: Metric | None = None,
    *,
    minimum: int = FEWEST_SUBJECTS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """A metric for each group of each attribute, and for each attribute whether its groups differ.

    The test permutes whose group is whose: of people where an attribute is the same in all videos of each person
    (``test`` is ``people``, or ``videos`` where nobody is named), else of the videos of each person, among which it
    differs (``videos of a person``). Its statistic is the variance between the groups, each weighted by its size.
    Underpowered groups and ``NOT_KNOWN`` take no part; with fewer than two groups left there is none (``test`` '').

    Args:
        scores: one scores frame a seed, of one part at one epoch.
        attributes: one row a video or image (its id is the index), a column an attribute.
        metric: of the scores' kind of target; by default the main one.
        minimum: fewest people of a group.
        draws: permutations.
        seed: of the permutations and intervals.

    Returns:
        One row a group: ``attribute, group, n_subjects, n_videos, n_items, mean`` (over seeds), ``low, high`` (95 %,
        see ``intervals``; NaN for an underpowered group), ``underpowered``; and of the attribute, in each of its rows:
        ``test, p`` (NaN without a test) and ``p_holm``, corrected for there being several attributes.

    Raises:
        DataError: there are no scores, the seeds do not have the same items, or a video has two rows of attributes.
    """
    if not scores or not all(len(frame) for frame in scores):
        raise DataError("no scores to group", do="train the missing runs")
    if attributes.index.has_duplicates:
        raise DataError("a video has two rows of attributes", expected="one row a video")
    if attributes.columns.empty:
        return pd.DataFrame(columns=COLUMNS)
    metric = metric or target_of(scores[0]).main_metric
    tables = [_of_attribute(scores, attributes[name], metric, minimum, draws, seed) for name in attributes]
    corrected = holm([float(table["p"].iloc[0]) for table in tables])
    found = [table.assign(p_holm=p)[COLUMNS] for table, p in zip(tables, corrected, strict=True)]
    return pd.concat(found, ignore_index=True)


def group_test(
    scores: Sequence[pd.DataFrame],
    group: pd.Series[Any],
    metric: Metric | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[str, float]:
    """Whether groups differ: what is permuted, and the p value.

    Args:
        scores: one scores frame a seed.
        group: of each video (its id is the index); those without scores, and all others, take no part.
        metric, draws, seed: as for ``by_group``, which says what the test is.
    """
    group = group.reindex(scores[0]["video"].unique()).dropna()
    subject = scores[0].drop_duplicates("video").set_index("video")["subject"].reindex(group.index)
    subject = subject.fillna("").astype(str)
    video = pd.Series(group.index.astype(str), index=group.index)
    person = ("subject " + subject).where(subject != "", "video " + video)
    of_people = (group.astype(str).groupby(person).nunique() == 1).all()
    unit = person if of_people else video
    first = ~unit.duplicated()
    codes = pd.factorize(group[first].astype(str))[0].astype(np.int64)
    blocks = np.zeros_like(codes) if of_people else pd.factorize(person[first])[0].astype(np.int64)
    own = [frame[frame["video"].isin(group.index)] for frame in scores]
    counts = counted([frame.assign(subject=frame["video"].map(unit)) for frame in own]).counts
    metric = metric or target_of(scores[0]).main_metric
    test = "videos of a person" if not of_people else "people" if (subject != "").any() else "videos"
    return test, _p_value(codes, blocks, counts, metric, draws, np.random.default_rng(seed))


def grouped(values: pd.Series[Any]) -> pd.Series[Any]:
    """The groups that values of an attribute fall into: an ordered category, missing where the value is.

    Ages and skin tones that are numbers are divided at ``LIMITS``, other numbers of more than ``MOST_GROUPS``
    different values cut into thirds; true and false become ``yes`` and ``no``; all else is a group of its own.
    """
    known = values.dropna()
    if known.map(type).isin([bool, np.bool_]).all():
        return _ordered(known.map({False: "no", True: "yes"}), ["no", "yes"], values.index)
    numbers = pd.to_numeric(known, errors="coerce")
    if numbers.isna().any():
        return _ordered(known.astype(str), sorted(set(known.astype(str))), values.index)
    if limits := LIMITS.get(str(values.name)):
        between = [f"{low}-{high - 1}" for low, high in pairwise(limits)]
        names = [f"under {limits[0]}", *between, f"{limits[-1]} and over"]
        return pd.cut(numbers, [-np.inf, *limits, np.inf], right=False, labels=names).reindex(values.index)
    if numbers.nunique() > MOST_GROUPS:
        thirds = pd.qcut(numbers, 3, duplicates="drop")
        return thirds.cat.rename_categories(lambda third: f"{third.left:g}-{third.right:g}").reindex(values.index)
    return _ordered(numbers.map("{:g}".format), [f"{number:g}" for number in sorted(set(numbers))], values.index)


def _ordered(names: pd.Series[Any], order: Sequence[str], index: pd.Index[Any]) -> pd.Series[Any]:
    return names.astype(pd.CategoricalDtype(list(order), ordered=True)).reindex(index)


def _of_attribute(
    scores: Sequence[pd.DataFrame], values: pd.Series[Any], metric: Metric, minimum: int, draws: int, seed: int
) -> pd.DataFrame:
    """The rows of one attribute."""
    group = grouped(values).cat.add_categories(NOT_KNOWN).reindex(scores[0]["video"].unique()).fillna(NOT_KNOWN)
    there = [name for name in group.cat.categories if (group == name).any()]
    rows = [{"group": name, **_row(scores, group.index[group == name], metric, minimum, seed)} for name in there]
    table = pd.DataFrame(rows).assign(attribute=str(values.name))
    compared = [name for name in table["group"][~table["underpowered"]] if name != NOT_KNOWN]
    test, p = (
        group_test(scores, group[group.isin(compared)], metric, draws, seed) if len(compared) > 1 else ("", np.nan)
    )
    return table.assign(test=test, p=p)


def _row(
    scores: Sequence[pd.DataFrame], videos: pd.Index[Any], metric: Metric, minimum: int, seed: int
) -> dict[str, Any]:
    """Sizes of a group and its metric, with an interval if it is large enough."""
    own = [frame[frame["video"].isin(videos)] for frame in scores]
    people = n_subjects(own[0])
    few = people < minimum if people else len(videos) < FEWEST_VIDEOS
    sizes = {"n_subjects": people, "n_videos": len(videos), "n_items": len(own[0]), "underpowered": few}
    if few:
        mean = float(np.mean([metric(total(frame)) for frame in own]))
        return {**sizes, "mean": mean, "low": np.nan, "high": np.nan}
    found = intervals(own, {"": metric}, seed=seed)[""]
    return {**sizes, "mean": found.mean, "low": found.low, "high": found.high}


def _p_value(group: Ints, block: Ints, counts: Floats, metric: Metric, draws: int, rng: np.random.Generator) -> float:
    """Share of permutations, the one found among them, whose groups differ as much (Phipson and Smyth 2010).

    Args:
        group: of each unit, (n,); permuted among the units of one block.
        block: of each unit, (n,).
        counts: sums of each unit and seed, (n, S, *shape).
        metric, draws: as for ``by_group``.
        rng: of the permutations.
    """
    found = _spread(group, counts, metric)
    if np.isnan(found):
        return float("nan")
    slots, permuted, as_far = np.argsort(block, kind="stable"), group.copy(), 1
    for _ in range(draws):
        permuted[slots] = group[np.lexsort((rng.random(len(slots)), block))]
        as_far += int(_spread(permuted, counts, metric) >= found - ROUNDING)
    return as_far / (draws + 1)


def _spread(group: Ints, counts: Floats, metric: Metric) -> float:
    """Variance of the metric (mean over seeds) between groups, weighted by their sizes."""
    members = (group == np.arange(group.max() + 1)[:, None]).astype(float)
    totals = (members @ counts.reshape(len(group), -1)).reshape(-1, *counts.shape[1:])
    values, sizes = metric(totals).mean(axis=-1), members.sum(axis=1)
    return float(np.average((values - np.average(values, weights=sizes)) ** 2, weights=sizes))
