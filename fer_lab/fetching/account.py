"""What became of a list: every row in one class, beside what a thesis prints of its own download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.fetching.journal import Entry
from fer_lab.fetching.outcomes import Outcome
from fer_lab.storage import read_json, write_json

ACCOUNT = "account.json"
ALL, LOST = "Rows of the list", "Not downloaded"
LEFT_OUT = "Left out of the list"
"""How the classes of rows begin that were not fetched; the reason follows."""


@dataclass(frozen=True)
class Account:
    """Counts of a download.

    Attributes:
        classes: every row of the list in one: the ``Outcome``s, then the reasons why rows were left out.
        forms: images that were saved, by what they were before: ``JPEG``, ``PNG``, ...
        redirected: URLs that led to others.
    """

    classes: Mapping[str, int]
    forms: Mapping[str, int]
    redirected: int

    @property
    def totals(self) -> dict[str, int]:
        """The rows of the list, and those of which there is no image."""
        rows = sum(self.classes.values())
        return {LOST: rows - self.classes[Outcome.SAVED], ALL: rows}

    @property
    def converted(self) -> int:
        """Images that were no JPEG."""
        return sum(number for form, number in self.forms.items() if form != "JPEG")

    def lines(self, printed: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Class, URLs, printed: all classes that are printed or occur, then the totals.

        Args:
            printed: by class or total, as a thesis has it.
        """
        shown = {name: number for name, number in self.classes.items() if number or name in printed}
        return [(name, f"{number:,}", printed.get(name, "")) for name, number in {**shown, **self.totals}.items()]


def account(entries: Iterable[Entry], left_out: Iterable[Mapping[str, str]]) -> Account:
    """Count a list's URLs.

    Args:
        entries: what became of each URL.
        left_out: rows that were not fetched, with their ``reason``.
    """
    found = list(entries)
    outcomes = Counter(entry.outcome for entry in found)
    reasons = Counter(f"{LEFT_OUT}: {row['reason']}" for row in left_out)
    return Account(
        classes={**{str(outcome): outcomes[outcome] for outcome in Outcome}, **reasons},
        forms=dict(Counter(entry.form for entry in found if entry.outcome is Outcome.SAVED).most_common()),
        redirected=sum(bool(entry.redirects) for entry in found),
    )


def write_account(
    folder: Path, counted: Account, left_out: Sequence[Mapping[str, str]], printed: Mapping[str, str]
) -> None:
    """Write ``account.json`` into the folder that was fetched into.

    Args:
        folder: with the images.
        counted: what became of the rows of the list.
        left_out: rows that were not fetched, with their ``reason``.
        printed: by class or total, as a thesis has it.
    """
    found = {"classes": counted.classes, "totals": counted.totals, "printed": printed, "saved_by_form": counted.forms}
    write_json(folder / ACCOUNT, {**found, "redirected": counted.redirected, "left_out": left_out})


def read_classes(folder: Path) -> dict[str, int] | None:
    """How many rows of a list are in each class, as ``write_account`` has it; None where there is no account.

    Raises:
        StoreError: it is damaged.
    """
    if not (folder / ACCOUNT).is_file():
        return None
    try:
        return {str(name): int(rows) for name, rows in read_json(folder / ACCOUNT)["classes"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(
            f"{folder / ACCOUNT} is damaged: {error!r}",
            expected="classes and how many rows are in each, as fer-lab fetch emotionet writes it",
            do="run the command again; it fetches nothing twice",
        ) from error
