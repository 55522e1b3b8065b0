"""Which part of a global batch is computed at a time: by one process of several, and by that in one go. No torch."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple


class Share(NamedTuple):
    """Items ``start`` to ``stop`` of the ``total`` of a batch (or of whatever is cut like one).

    What is random is drawn for the whole batch and cut by ``rows``: it does not depend on who computes what.
    """

    start: int
    stop: int
    total: int

    @property
    def size(self) -> int:
        """How many items it has."""
        return self.stop - self.start

    @property
    def rows(self) -> slice:
        """Where they stand in the batch."""
        return slice(self.start, self.stop)

    def split(self, count: int) -> list[Share]:
        """Cut into ``count`` shares whose sizes differ by at most one, larger ones first, as ``numpy.array_split``."""
        least, more = divmod(self.size, count)
        ends = [self.start + number * least + min(number, more) for number in range(count + 1)]
        return [Share(start, stop, self.total) for start, stop in pairwise(ends)]

    def times(self, factor: int) -> Share:
        """The same share where each item has ``factor`` rows, as a clip has frames."""
        return Share(self.start * factor, self.stop * factor, self.total * factor)


def whole(total: int) -> Share:
    """All of a batch."""
    return Share(0, total, total)
