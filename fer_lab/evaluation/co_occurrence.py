"""Which labels are present together, of items of which both are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.metrics import divide


@dataclass(frozen=True)
class CoOccurrence:
    """Counts (L, L) over pairs of labels; items of which one of the two is not known are in none.

    Attributes:
        both: items in which both are present; on the diagonal those in which the label is.
        first: of the same items those in which the label of the row is; on the diagonal all of which it is known.
        known: items of which both are known.
    """

    both: Floats
    first: Floats
    known: Floats

    @property
    def shares(self) -> Floats:
        """(L, L) in [0, 1]: how often the label of the column is present where that of the row is; on the diagonal how
        often the label is present. NaN where nothing can be said."""
        return divide(self.both, self.first, np.nan)

    def __add__(self, other: CoOccurrence) -> CoOccurrence:
        """That of both, such as of two seeds."""
        return CoOccurrence(self.both + other.both, self.first + other.first, self.known + other.known)


def co_occurrence(present: Floats) -> CoOccurrence:
    """Count pairs of labels.

    Args:
        present: (items, L), 1 where a label is present, 0 where it is absent, NaN where that is not known.
    """
    known = (~np.isnan(present)).astype(np.float64)
    there = np.nan_to_num(present)
    both, first, pairs = there.T @ there, there.T @ known, known.T @ known
    np.fill_diagonal(first, known.sum(axis=0))
    return CoOccurrence(both, first, pairs)
