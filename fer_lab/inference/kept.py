"""What was seen of many files, kept in a folder piece by piece: looked at once, and then only behind the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from fer_lab.inference.files import Item, Unread
from fer_lab.inference.looking import Look, Outcome, Watcher
from fer_lab.inference.options import Options
from fer_lab.inference.pieces import Form
from fer_lab.inference.predictor import Predictor
from fer_lab.phases import phase

PIECE = 256
"""Pictures of a piece: what a kill costs at most is looking at so many again."""


@dataclass(frozen=True)
class Task:
    """A video, or pictures that follow one another: what has pieces of its own.

    Attributes:
        number: among the tasks.
        items: one video, or up to ``PIECE`` - 1 pictures: one piece that is not full.
    """

    number: int
    items: Sequence[Item]

    @property
    def is_video(self) -> bool:
        """Whether it is one video."""
        return self.items[0].kind == "video"

    @property
    def name(self) -> str:
        """In words."""
        return self.items[0].file if len(self.items) == 1 else f"{len(self.items)} files"


def tasks(items: Sequence[Item]) -> list[Task]:
    """Each video, and pictures between videos some at a time."""
    found: list[Task] = []
    for kind, some in groupby(items, key=lambda item: item.kind):
        iterator = iter(some)
        while group := list(islice(iterator, 1 if kind == "video" else PIECE - 1)):
            found.append(Task(len(found), group))
    return found


@dataclass(frozen=True)
class Kept:
    """The pieces of some tasks.

    Args:
        folder: they lie in.
        predictor: that sees.
        options: how it looks.
    """

    folder: Path
    predictor: Predictor
    options: Options

    def look(self, task: Task) -> None:
        """Make the pieces of a task that are not there; the last one is not full.

        Raises:
            StoreError: one cannot be written.
        """
        there = self._pieces(task)
        if there and len(self._form.read(there[-1])[0]) < PIECE:
            return
        watcher = self.predictor.watcher(self.options)
        seen = watcher.watch(task.items, self.options.every, len(there) * PIECE if task.is_video else 0)
        number, is_full = len(there), True
        while is_full:
            outcomes = list(self._next(task, seen, watcher, number * PIECE))
            is_full = _looks(outcomes) == PIECE
            self._form.write(self._piece(task, number), outcomes)
            number += 1

    def _next(self, task: Task, seen: Iterator[Outcome], watcher: Watcher, before: int) -> Iterator[Outcome]:
        """What is seen until a piece is full."""
        looks = 0
        while looks < PIECE and (one := next(seen, None)) is not None:
            looks += isinstance(one, Look)
            total = sum(watcher.lengths.get(item.file, 1) for item in task.items)
            phase("looking", before + looks, total, f"pictures of {task.name}")
            yield one

    def looks(self, task: Task) -> Iterator[Look]:
        """What was seen, in order.

        Raises:
            StoreError: a piece is damaged.
        """
        for path in self._pieces(task):
            yield from self._form.read(path)[0]

    def unread(self, task: Task) -> list[Unread]:
        """What could not be read; the last piece knows."""
        return [one for path in self._pieces(task)[-1:] for one in self._form.read(path)[1]]

    def pictures(self, task: Task) -> int:
        """How many were seen."""
        there = self._pieces(task)
        return (len(there) - 1) * PIECE + len(self._form.read(there[-1])[0])

    @property
    def _form(self) -> Form:
        return Form(self.predictor.contract)

    def _piece(self, task: Task, number: int) -> Path:
        return self.folder / f"{task.number:06}-{number:06}.parquet"

    def _pieces(self, task: Task) -> list[Path]:
        """Those that are there, in order, up to the first that is not."""
        found: list[Path] = []
        while (path := self._piece(task, len(found))).is_file():
            found.append(path)
        return found


def _looks(outcomes: Sequence[Outcome]) -> int:
    return sum(isinstance(one, Look) for one in outcomes)
