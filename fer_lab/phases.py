"""What a long computation is at: said by whoever does it, heard by whoever shows it, as logging does with messages.

Whoever draws twins, finds faces or trains calls ``phase`` and knows neither sweeps nor terminals; where nobody listens
it costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
EVERY = 1.0
"""Seconds between two reports of one phase; a new phase is heard at once."""


@dataclass(frozen=True)
class Phase:
    """What is being done, and how far it is.

    Attributes:
        name: ``twins``, ``faces``, ``backbone``, ``features``, ``training``, ...
        done, total: in any unit; ``total`` 0: nobody knows how much there is.
        what: what it is of, in words: ``files of SASE-FE``, ``epoch 3 of 15, loss 1.912``.
        began: when, seconds since 1970.
        before: what was done when it began: a resumed training does not start at 0.
        said: when this was true, seconds since 1970.
        parent: the cell that is trained where it is not the job's own, but one that this starts from.
    """

    name: str
    done: float = 0.0
    total: float = 0.0
    what: str = ""
    began: float = 0.0
    before: float = 0.0
    said: float = 0.0
    parent: str = ""

    def left(self, now: float) -> float | None:
        """Seconds left at the pace so far; None while nothing tells it.

        Args:
            now: seconds since 1970, perhaps by the clock of another machine: what was said is never from the future.
        """
        pace = self.done - self.before
        if not self.total or pace <= 0:
            return None
        return max(0.0, (self.said - self.began) / pace * (self.total - self.done) - max(0.0, now - self.said))

    def words(self, now: float) -> str:
        """``faces: 120 of 643 files of SASE-FE, 2 min left``; what trains tells its epochs itself."""
        counted = self.total and self.name != TRAINING
        count = f"{self.done:.0f} of {self.total:.0f}" if counted else ""
        about = " ".join(word for word in (count, self.what) if word)
        left = self.left(now)
        told = [about] if about else []
        own = f"parent {self.parent}, {self.name}" if self.parent else self.name
        return f"{own}: {', '.join([*told, f'{duration(left)} left'])}" if left else ": ".join([own, *told])


TRAINING = "training"
Listener = Callable[[Phase], None]
_listeners: list[Listener] = []
_current: list[Phase] = []
_parents: list[str] = []


def phase(name: str, done: float = 0.0, total: float = 0.0, what: str = "") -> None:
    """Say what is being done; see ``Phase``."""
    if not _listeners:
        return
    parent = _parents[-1] if _parents else ""
    same = bool(_current) and (_current[0].name, _current[0].parent) == (name, parent) and done >= _current[0].done > 0
    now = time.time()
    began, before = (_current[0].began, _current[0].before) if same else (now, done)
    _current[:] = [Phase(name, done, total, what, began, before, now, parent)]
    for listener in _listeners:
        listener(_current[0])


@contextmanager
def of_parent(cell: str) -> Iterator[None]:
    """What is said within is of a cell that another one starts from."""
    _parents.append(cell)
    try:
        yield
    finally:
        _parents.pop()


def counted(name: str, items: Iterable[Item], total: int, what: str = "") -> Iterator[Item]:
    """Hand on items as they come, saying how many of them have."""
    phase(name, 0, total, what)
    for number, item in enumerate(items, 1):
        phase(name, number, total, what)
        yield item


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Hear what is being done in this process: every new phase at once, and each again every ``EVERY`` seconds."""
    last: tuple[str, str, float] = ("", "", 0.0)

    def listen(now: Phase) -> None:
        nonlocal last
        at = time.monotonic()  # a clock that is set back silences nobody
        if (now.parent, now.name) != last[:2] or at - last[2] >= EVERY:
            last = (now.parent, now.name, at)
            listener(now)

    _listeners.append(listen)
    try:
        yield
    finally:
        _listeners.remove(listen)
        _current.clear()


def duration(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.2 h``: as exact as a forecast can be."""
    if seconds < 60:
        return f"{max(1.0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
