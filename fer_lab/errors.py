"""What every refusal of fer_lab says: what is wrong and where, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MANY, FEW = 40, 12
"""Names of which none is close: more than so many are too long to read, and so few of them stand for all."""


class FerLabError(Exception):
    """An error that a user can act on.

    Args:
        what: what is wrong, naming the file, key or value.
        expected: what would have been right.
        do: what to do about it.
    """

    def __init__(self, what: str, *, expected: str = "", do: str = "") -> None:
        self.what, self.expected, self.do = what, expected, do
        parts = [what, expected and f"Expected: {expected}", do and f"Do: {do}"]
        super().__init__("\n  ".join(part for part in parts if part))

    def __reduce__(self) -> tuple[object, ...]:
        """Travel whole between worker processes (keyword arguments are lost otherwise)."""
        return (_rebuild, (type(self), self.what, self.expected, self.do))


def _rebuild(kind: type[FerLabError], what: str, expected: str, do: str) -> FerLabError:
    return kind(what, expected=expected, do=do)


class DataError(FerLabError):
    """A data set, one of its files, or its labels are not as they must be."""


class ConfigError(FerLabError):
    """A configuration key or value is unknown or does not fit the others."""


class StoreError(FerLabError):
    """Something kept on disk (cache, ledger, weights) is damaged or cannot be written."""


class TrainingError(FerLabError):
    """A network cannot be trained as configured."""


class OutOfMemoryError(TrainingError):
    """The memory of a device does not hold what a run needs at once, not even with one item at a time."""


class PrunedError(FerLabError):
    """A search has ended a run early, as it does worse than others did; it is unfinished, and has not failed."""


def refusal(error: BaseException | None) -> FerLabError | None:
    """The error for the user that an exception is, or that Hydra has wrapped."""
    while error is not None and not isinstance(error, FerLabError):
        error = error.__cause__
    return error


def nearest(name: str, known: Iterable[str], n: int = 3) -> str:
    """The known names closest to a mistyped one, as a phrase: ``'a', 'b'``.

    If none is close all of them, of very many as many as one reads: ``'a', 'b', ... (130 in all)``.
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=n, cutoff=0.4) or names
    few, more = (close[:FEW], f", ... ({len(close)} in all)") if len(close) > MANY else (close, "")
    return ", ".join(repr(item) for item in few) + more
