"""Runs whose scores are read, and their checksums checked, once for all pages."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

import pandas as pd

from fer_lab.evaluation.arrays import Floats
from fer_lab.ledger import Run
from fer_lab.report.site.files import Checked, tested

ROOM = 250_000_000
"""Bytes of scores that are kept in memory at a time, in each process."""


class Shelf:
    """Frames kept by name; those not used for longest go first when there is no room."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self.clear()

    def clear(self) -> None:
        """Keep nothing any more."""
        self._kept: OrderedDict[tuple[object, ...], tuple[pd.DataFrame, int]] = OrderedDict()
        self._size = 0

    def get(self, name: tuple[object, ...], read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """What is kept under a name, read if it is not; not to be changed by whoever gets it."""
        if name not in self._kept:
            frame = read()
            size = int(frame.memory_usage(index=False).sum())
            self._kept[name], self._size = (frame, size), self._size + size
            while self._size > self._room and len(self._kept) > 1:
                self._size -= self._kept.popitem(last=False)[1][1]
        self._kept.move_to_end(name)
        return self._kept[name][0]


SHELF = Shelf()
"""That of this process; cleared before and after a site is built."""


@dataclass(frozen=True)
class Kept(Run):
    """A run, or all folds of one, that reads through the shelf.

    ``of`` is the run itself; ``tested`` its main metric on the test part by epoch, from 1.
    """

    of: Run = field(kw_only=True)
    tested: pd.Series[float] = field(kw_only=True)

    @property
    def singles(self) -> tuple[Run, ...]:
        """See ``Run.singles``; as the ledger gives them."""
        return self.of.singles

    def scores(self, part: str, epoch: int | None = None) -> pd.DataFrame:
        """See ``Run.scores``."""
        return SHELF.get((self.of.folder, part, epoch), lambda: self.of.scores(part, epoch))

    def leaked(self) -> set[str]:
        """See ``Run.leaked``."""
        return self.of.leaked()

    def sums(self, part: str) -> Floats:
        """See ``Run.sums``."""
        return self.of.sums(part)

    def best_epoch(self, part: str) -> int:
        """See ``Run.best_epoch``; of the test part without reading it again."""
        if part != "test" or len(self.tested) < self.epochs:
            return self.of.best_epoch(part)
        return int(str(self.tested.fillna(-math.inf).idxmax())) - 1  # an undefined one is worst


Key = TypeVar("Key")


def keep(runs: Mapping[Key, Run], files: Mapping[str, Checked]) -> dict[Key, Kept]:
    """The same runs, reading through the shelf; ``files`` is what the files of each entry of the ledger say, by id."""
    return {key: _kept(run, tested(run, files)) for key, run in runs.items()}


def _kept(run: Run, tested: pd.Series[float]) -> Kept:
    return Kept(**{item.name: getattr(run, item.name) for item in fields(Run)}, of=run, tested=tested)
