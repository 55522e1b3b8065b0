"""What an annotator has said: a file each that only grows, on disk before anybody is told that it is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from fer_lab.annotation.marks import Mark, Points, checked_mark, merged
from fer_lab.errors import DataError, StoreError
from fer_lab.storage import Appended, LockedError, locked_now, make_folder

FOLDER = "annotations"
"""Where in the annotated folder they are."""
GOLD = "gold"
"""Who is said to be the annotator of what all of them say together."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
DO = "take another name, or end that one"


class TakenError(StoreError):
    """Somebody else annotates under the name at this moment."""


def checked_name(name: Any) -> str:
    """An annotator's name in small letters, so that it names one file on every file system.

    Raises:
        DataError: there is something else in it than letters, digits and dashes, or it is what all say together.
    """
    small = name.lower() if isinstance(name, str) else ""
    if not NAME.fullmatch(small) or small == GOLD:
        raise DataError(
            f"an annotator cannot be called {name!r:.60}",
            expected=f"letters a to z, digits and dashes, 40 at most, a letter or digit first; not {GOLD!r}",
        )
    return small


def annotators(root: Path) -> list[str]:
    """Who has annotated something in a folder; whoever has only opened the page has not."""
    files = (root / FOLDER).glob("*.jsonl")
    return sorted(file.stem for file in files if NAME.fullmatch(file.stem) and file.stat().st_size)


def said_by(root: Path, name: str) -> dict[str, dict[str, Points]]:
    """What an annotator says of each item by dimension, as it stands on disk; he may go on meanwhile.

    Raises:
        StoreError: there is no such annotator, or a line is damaged that is not the last.
    """
    path = root / FOLDER / f"{name}.jsonl"
    try:
        *lines, _ = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error}", do="see who owns it") from error
    return said(_marks(lines, path))


def said(marks: Iterable[Mark]) -> dict[str, dict[str, Points]]:
    """What marks say of each item by dimension; see ``merged``."""
    by_path: dict[str, list[Mark]] = {}
    for mark in marks:
        by_path.setdefault(mark.path, []).append(mark)
    return {path: merged(own) for path, own in by_path.items()}


class Store:
    """One annotator's marks; nobody else writes them while it is open.

    Attributes:
        name: the annotator's.
        marks: those that count, in their order.

    Raises:
        TakenError: another process annotates under the name.
        StoreError: the file cannot be opened, or a line of it is damaged that is not the last.
        DataError: see ``checked_name``.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.name = checked_name(name)
        folder = make_folder(root / FOLDER)
        with ExitStack() as held:
            try:
                held.enter_context(locked_now(folder / f".{self.name}"))
            except LockedError as error:
                raise TakenError(f"{self.name} is annotating here in another process", do=DO) from error
            self._file = Appended(folder / f"{self.name}.jsonl")
            held.callback(self._file.close)
            self.marks = _marks(self._file.lines, self._file.path)
            self._held = held.pop_all()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let others write under the name."""
        self._held.close()

    def add(self, mark: Mark) -> None:
        """Keep a mark; once this returns, neither a kill nor a power cut loses it.

        Raises:
            StoreError: the disk is full.
        """
        self._write({"take": mark.take, "path": mark.path, "values": mark.values})
        self.marks.append(mark)

    def undo(self, take: str) -> str | None:
        """Take back the last take, if it is this one: who asks twice undoes once.

        Returns:
            The path of its item; None if this is not the last take.

        Raises:
            StoreError: the disk is full.
        """
        if self.last_take != take:
            return None
        path = self.marks[-1].path
        self._write({"undo": take})
        self.marks = _without(self.marks, take)
        return path

    @property
    def last_take(self) -> str | None:
        """What ``undo`` would take back."""
        return self.marks[-1].take if self.marks else None

    def _write(self, line: Mapping[str, object]) -> None:
        self._file.append({**line, "at": datetime.now(UTC).isoformat(timespec="milliseconds")})
        self._file.sync()


def _without(marks: Iterable[Mark], take: str) -> list[Mark]:
    return [mark for mark in marks if mark.take != take]


def _marks(lines: Iterable[bytes], path: Path) -> list[Mark]:
    """The marks that count of all that were made, those that were undone left out."""
    marks: list[Mark] = []
    for number, line in enumerate(lines, 1):
        try:
            read = json.loads(line)
            if "undo" in read:
                marks = _without(marks, read["undo"])
            else:
                marks.append(checked_mark(read["take"], read["path"], read["values"]))
        except (ValueError, KeyError, TypeError, RecursionError, DataError) as error:
            raise StoreError(
                f"{path}, line {number} is damaged: {error}",
                expected="a mark as fer-lab annotate writes it",
                do="remove the line: what it says is lost, all others stay",
            ) from error
    return marks
