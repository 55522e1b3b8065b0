"""What is resampled: the sums of every subject, or of every video or image where the data name nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Index, Series, factorize

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Floats, Ints
from fer_lab.evaluation.metrics import Metric
from fer_lab.evaluation.ranks import Ranks, ranks
from fer_lab.evaluation.scores import n_subjects
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import target_of


@dataclass(frozen=True, eq=False)
class Counted:
    """What is counted of every unit and seed of a cell.

    Attributes:
        counts: sums of the target, ``(units, S, *shape)``, such as confusion counts (units, S, C, C); NaN where an
            answer to an item of the unit is undefined.
        names: (units,): ``subject <name>``, or ``video <id>`` where no subject is known (an image is its own video).
        people: how many subjects are named.
        target: what the scores are of; its names are numbers.
        scores: one frame a seed, for what is not counted: how items are ranked.
        rows: of each seed, the unit of every row of its frame.
    """

    counts: Floats
    names: Index
    people: int
    target: Target
    scores: tuple[DataFrame, ...]
    rows: tuple[Ints, ...]

    @property
    def undefined(self) -> bool:
        """Whether an answer is no number, so that nothing can be said."""
        return bool(np.isnan(self.counts).any())

    def ranks(self, names: Index) -> Ranks:
        """How its networks rank the items of some units, numbered as in ``names``; others take no part."""
        place = names.get_indexer(self.names).astype(np.int64)
        each = [(self.target.truth(frame), self.target.answers(frame)) for frame in self.scores]
        return ranks([y for y, _ in each], [p for _, p in each], [place[rows] for rows in self.rows], len(names))


def counted(scores: Sequence[DataFrame] | Counted) -> Counted:
    """The counts of a cell, of which several statistics are taken.

    Args:
        scores: one scores frame a seed, of one part at one epoch; or what was counted before.

    Raises:
        DataError: there are no scores, or the seeds do not have the same items.
    """
    if isinstance(scores, Counted):
        return scores
    if not scores or not all(len(frame) for frame in scores):
        raise DataError("no scores to make an interval of", do="train the missing runs")
    numbers, names = _unit_of(scores[0])
    target = target_of(scores[0])
    rows = tuple(
        numbers if frame["item"].equals(scores[0]["item"]) else _found_again(frame, scores[0], names)
        for frame in scores
    )
    counts = np.empty((len(names), len(scores), *target.shape))
    for seed, (frame, own) in enumerate(zip(scores, rows, strict=True)):
        counts[:, seed] = target.sums(frame, own, len(names))
    return Counted(counts, names, n_subjects(scores[0]), target, tuple(scores), rows)


def value_of(scores: DataFrame, metric: Metric) -> float:
    """A metric of one scores frame, of sums or of ranks; NaN where an answer is no number.

    Raises:
        DataError: a column is missing.
    """
    target = target_of(scores)
    sums = target.total(scores)
    if not metric.ranked or np.isnan(sums).any():
        return float(metric(sums)) if not metric.ranked else float("nan")
    own = ranks([target.truth(scores)], [target.answers(scores)], [np.zeros(len(scores), np.int64)], 1)
    return float(metric(own.areas(np.ones(1))[0]))


def unshared(cells: Sequence[Collection[str]]) -> list[frozenset[str]]:
    """Of the videos of each cell, those that do not count where the cells are compared, as another cell lacks them.

    Cells that have no video in common are of other data: neither says what counts in the other.
    """
    videos = [frozenset(cell) for cell in cells]
    return [frozenset().union(*(own - other for other in videos if own & other)) for own in videos]


def shared(*cells: Sequence[DataFrame]) -> list[list[DataFrame]]:
    """The scores of each cell, one frame a seed, of the videos that all cells have (``unshared``)."""
    without = unshared([set(cell[0]["video"]) if cell else () for cell in cells])
    return [
        [frame[~frame["video"].isin(videos)].reset_index(drop=True) for frame in cell] if videos else list(cell)
        for cell, videos in zip(cells, without, strict=True)
    ]


def kinds(rows: Floats) -> tuple[Ints, Ints]:
    """Equal rows are of one kind: the kind of each row, (n,), and the first row of each kind, (K,).

    Images that every seed classifies alike are of one kind; what treats units alike can treat kinds, with their
    multiplicity, instead: the same distribution, and much faster.
    """
    keys = np.array([row.tobytes() for row in np.ascontiguousarray(rows)] + [None], dtype=object)[:-1]
    kind = factorize(keys)[0].astype(np.int64)
    return kind, np.unique(kind, return_index=True)[1]


def _found_again(frame: DataFrame, first: DataFrame, names: Index) -> Ints:
    """The units of the rows of another seed, whose items are the same in another order."""
    if len(frame) != len(first) or set(frame["item"]) != set(first["item"]):
        raise DataError("the seeds of a cell have different items", do="train them again on the same data and split")
    numbers, own = _unit_of(frame)
    return names.get_indexer(own).astype(np.int64)[numbers]


def _unit_of(scores: DataFrame) -> tuple[Ints, Index]:
    """Number of the unit of every row, and the units' names: its subject, or its video where none is known."""
    subject = scores["subject"].fillna("").astype(str)
    name: Series[str] = ("subject " + subject).where(subject != "", "video " + scores["video"].astype(str))
    numbers, names = name.factorize()
    return numbers.astype(np.int64), Index(names)
