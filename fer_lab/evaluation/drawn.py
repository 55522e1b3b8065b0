"""Replicates of one or more cells: of their sums, or of areas under curves, which are of how often each unit counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pandas import Index

from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.bootstrap import Resampled, resample, reweigh
from fer_lab.evaluation.units import Counted

_Parts = tuple[Floats, list[tuple[int, ...]], bool, Resampled | None]


@dataclass(frozen=True)
class Drawn:
    """What values of some sources are computed of, all sources in one row.

    Attributes:
        whole: (S, F) of all units.
        shapes: of each source's part of F.
        people: how many are named in each of them, at least.
        same: whether there are several sources, the same in everything.
        replicates: None of a single unit, and where something is undefined.
    """

    whole: Floats
    shapes: Sequence[tuple[int, ...]]
    people: int
    same: bool
    replicates: Resampled | None


def drawn_of(cells: Sequence[Counted], names: Index, ranked: bool, resamples: int, seed: int) -> Drawn:
    """Cells and their replicates.

    Args:
        cells: of the same number of seeds.
        names: of the units that are drawn, the same for all cells; those that a cell does not have count nothing in it.
        ranked: whether areas under curves are wanted in place of sums (``Metric.ranked``).
        resamples, seed: number of replicates, and of which.
    """
    rng, nothing = np.random.default_rng(seed), len(names) == 1 or any(cell.undefined for cell in cells)
    whole, shapes, same, replicates = (_areas if ranked else _sums)(cells, names, None if nothing else resamples, rng)
    return Drawn(whole, shapes, min(cell.people for cell in cells), same and len(cells) > 1, replicates)


def _sums(cells: Sequence[Counted], names: Index, resamples: int | None, rng: np.random.Generator) -> _Parts:
    joined = [_over(names, cell) for cell in cells]
    row = np.concatenate([counts.reshape(*counts.shape[:2], -1) for counts in joined], axis=2)
    same = all(np.array_equal(joined[0], counts) for counts in joined)
    replicates = None if resamples is None else resample(row, resamples, rng, heavy=cells[0].target.heavy)
    return row.sum(axis=0), [counts.shape[2:] for counts in joined], same, replicates


def _areas(cells: Sequence[Counted], names: Index, resamples: int | None, rng: np.random.Generator) -> _Parts:
    orders = [cell.ranks(names) for cell in cells]
    shapes = [order.shape for order in orders]
    whole = _row([order.areas(np.ones(len(names))) for order in orders])
    if resamples is None:
        unknown = any(cell.undefined for cell in cells)
        return np.full_like(whole, np.nan) if unknown else whole, shapes, False, None
    alone = _row([order.alone() for order in orders])
    replicates = reweigh(lambda weights: _row([order.areas(weights) for order in orders]), alone, resamples, rng)
    parts = np.split(replicates.drawn, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1], axis=-1)
    same = all(np.array_equal(parts[0], part, equal_nan=True) for part in parts)
    return whole, shapes, same, replicates


def _row(parts: Sequence[Floats]) -> Floats:
    """Areas (..., S, L, 2) of several cells in one row, (..., S, F)."""
    return np.concatenate([part.reshape(*part.shape[:-2], -1) for part in parts], axis=-1)


def _over(names: Index, cell: Counted) -> Floats:
    """Counts for all of ``names``, zero for units that do not occur."""
    everyone = np.zeros((len(names), *cell.counts.shape[1:]))
    everyone[names.get_indexer(cell.names)] = cell.counts
    return everyone
