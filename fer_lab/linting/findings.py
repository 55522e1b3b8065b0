"""What the linter says of somebody's code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CERTAIN = "certain"
"""The code itself names the parts that meet."""
LIKELY = "likely"
"""One step of it is a guess by names, or stands in another file."""


@dataclass(frozen=True)
class Rule:
    """A way in which code makes a number better than it is, or one that nobody can get again.

    Attributes:
        name: as findings and suppressing comments call it.
        title: what it is, in a few words.
        why: what it does to a number, fairly.
        mend: what to do.
    """

    name: str
    title: str
    why: str
    mend: str


@dataclass(frozen=True)
class Hit:
    """A rule met at a line, as rules hand it on; ``once``: the first in a function or a cell stands for all."""

    line: int
    what: str
    certainty: str = CERTAIN
    once: bool = False


@dataclass(frozen=True, order=True)
class Finding:
    """A rule met, with its place.

    Attributes:
        file: below the linted folder, with ``/``.
        cell: of a notebook, from 1 and with the cells of text counted; 0 in a file of Python.
        line: of the file, or of the cell, from 1.
        rule: the name of the rule.
        what: what is there, naming the names of the code.
        certainty: ``CERTAIN`` or ``LIKELY``.
        why: what it does to a number.
        mend: what to do.
    """

    file: str
    cell: int
    line: int
    rule: str
    what: str
    certainty: str
    why: str
    mend: str

    @property
    def place(self) -> str:
        """Where it is, as editors and people read it."""
        return f"{self.file}:cell {self.cell}:{self.line}" if self.cell else f"{self.file}:{self.line}"


@dataclass(frozen=True, order=True)
class Skipped:
    """A file, a cell or a folder that was not read, and why."""

    place: str
    reason: str


@dataclass(frozen=True)
class Report:
    """All that was found, and what was looked at for it.

    Attributes:
        findings: by file and line.
        files: read, notebooks included.
        relevant: of these, that have to do with training or with data for it, and were parsed.
        notebooks: of the files read.
        skipped: each with its reason.
        suppressed: findings that a comment in the code answers (``# fer-lab: allow RULE``).
    """

    findings: tuple[Finding, ...]
    files: int
    relevant: int
    notebooks: int
    skipped: tuple[Skipped, ...]
    suppressed: int

    @property
    def reasons(self) -> dict[str, int]:
        """How many were skipped, by reason."""
        return counted(one.reason for one in self.skipped)


def counted(words: Iterable[str]) -> dict[str, int]:
    """How often each word comes, most often first."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
