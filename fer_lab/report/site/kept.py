"""Runs whose scores are read, and their checksums checked, once for all pages."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields

import pandas as pd

from fer_lab.ledger import Run

ROOM = 250_000_000
"""Bytes of scores that are kept in memory at a time."""


class Shelf:
    """Frames kept by name; those not used for longest go first when there is no room."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[tuple[object, ...], tuple[pd.DataFrame, int]] = OrderedDict()
        self._size = 0

    def __reduce__(self) -> tuple[type[Shelf], tuple[int]]:
        """Nothing of what is kept travels to another process."""
        return Shelf, (self._room,)

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


@dataclass(frozen=True)
class Kept(Run):
    """A run, or all folds of one, that reads through a shelf."""

    of: Run = field(kw_only=True)
    shelf: Shelf = field(kw_only=True)

    def scores(self, part: str, epoch: int | None = None) -> pd.DataFrame:
        """See ``Run.scores``."""
        return self.shelf.get((self.of.folder, part, epoch), lambda: self.of.scores(part, epoch))

    def leaked(self) -> set[str]:
        """See ``Run.leaked``."""
        return self.of.leaked()


def keep(runs: Mapping[tuple[str, int], Run], shelf: Shelf) -> dict[tuple[str, int], Run]:
    """The same runs, reading through one shelf."""
    return {key: _kept(run, shelf) for key, run in runs.items()}


def _kept(run: Run, shelf: Shelf) -> Kept:
    return Kept(**{item.name: getattr(run, item.name) for item in fields(Run)}, of=run, shelf=shelf)
