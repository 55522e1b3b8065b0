"""What became of each URL, a line each, on disk before the image has its name: what a kill leaves is true."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.fetching.outcomes import Outcome
from fer_lab.storage import Appended

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
        self._file = Appended(path)
        found = [_entry(line, number, path) for number, line in enumerate(self._file.lines, 1)]
        self.entries = {entry.url: entry for entry in found}
        self._unsafe = 0

    def note(self, entry: Entry) -> None:
        """Add a line; once this returns, no kill of the process loses it.

        Raises:
            StoreError: the disk is full.
        """
        self._file.append(asdict(entry))
        self.entries[entry.url] = entry
        self._unsafe += 1
        if self._unsafe >= BATCH:
            self._file.sync()
            self._unsafe = 0

    def close(self) -> None:
        """Make all lines survive a power cut."""
        self._file.close()


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
