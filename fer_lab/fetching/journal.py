"""What became of each URL, a line each, on disk before the image has its name: what a kill leaves is true."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.fetching.outcomes import Outcome

BATCH = 64
"""Lines after which they are made to survive a power cut."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a URL.

    Attributes:
        url: as in the list.
        outcome: its class.
        detail: what happened, in words; '' where it was saved.
        form: what was saved was before: ``JPEG``, ``PNG``, ``GIF``, ...
        size: bytes of the file.
        tries: how often it was asked for.
        redirects: the URLs that it led to, in order.
    """

    url: str
    outcome: Outcome
    detail: str = ""
    form: str = ""
    size: int = 0
    tries: int = 1
    redirects: tuple[str, ...] = ()


class Journal:
    """The journal of a folder, open for further lines; the last line of a URL counts.

    Attributes:
        entries: the last entry of each URL.

    Raises:
        StoreError: a line is damaged that is not the last, or it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise StoreError(f"cannot open {path}: {error}", do="see who owns it") from error
        lines = path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):  # a kill or a power cut in the middle of it
            os.ftruncate(self._file, sum(map(len, lines[:-1])))
            lines.pop()
        found = [_entry(line, number, path) for number, line in enumerate(lines, 1)]
        self.entries = {entry.url: entry for entry in found}
        self._unsafe = 0

    def note(self, entry: Entry) -> None:
        """Add a line; once this returns, no kill of the process loses it.

        Raises:
            StoreError: the disk is full.
        """
        line = json.dumps(asdict(entry), separators=(",", ":")).encode() + b"\n"
        if os.write(self._file, line) != len(line):
            raise StoreError("the journal cannot be written: the disk is full", do="free some space, and call it again")
        self.entries[entry.url] = entry
        self._unsafe += 1
        if self._unsafe >= BATCH:
            os.fsync(self._file)
            self._unsafe = 0

    def close(self) -> None:
        """Make all lines survive a power cut."""
        os.fsync(self._file)
        os.close(self._file)


def _entry(line: bytes, number: int, path: Path) -> Entry:
    try:
        read = json.loads(line)
        return Entry(**{**read, "outcome": Outcome(read["outcome"]), "redirects": tuple(read["redirects"])})
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path}, line {number} is damaged: {error}",
            expected="a line a URL, as fer-lab fetch writes it",
            do="remove the line: its URL is fetched again",
        ) from error
