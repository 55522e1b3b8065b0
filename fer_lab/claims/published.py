"""Numbers that others have published, as data: of which part, which part chose the epoch, and where it says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_lab.errors import ConfigError
from fer_lab.resources import resource_folder
from fer_lab.tables.catalogue import PUBLISHED
from fer_lab.tables.pages import check_keys, load, text

PEOPLE = ("not known", "apart", "shared")
"""Whether the people of the tested part are known to be others than those of training."""
SAME, LAST = "the same", "last epoch"
KEYS = ("who", "what", "code", "commit", "data", "number", "tested", "chosen_on", "people", "where", "note")


@dataclass(frozen=True)
class Published:
    """One number.

    Attributes:
        who, what: the authors, and their network.
        code: ``owner/name`` of the repository that was read, at ``commit``.
        data: the data set.
        number: per cent, as printed; '' where the repository prints none.
        tested: the parts that give the number, in the data set's own words where it gives parts.
        chosen_on: the parts that chose the epoch; ``last epoch`` where none did.
        people: one of ``PEOPLE``.
        where: file and line of the code that chooses, or tests.
        note: where the number stands, and what else must be known of it.
    """

    who: str
    what: str
    code: str
    commit: str
    data: str
    number: str
    tested: tuple[str, ...]
    chosen_on: tuple[str, ...]
    people: str
    where: str
    note: str

    @property
    def is_chosen_by_itself(self) -> bool:
        """Whether the part that is reported has chosen its epoch."""
        same = any(part.startswith(SAME) for part in self.chosen_on)
        return same or not set(self.tested).isdisjoint(self.chosen_on)

    @property
    def said(self) -> str:
        """What follows for the number, in words."""
        chosen = "the tested part chose the epoch" if self.is_chosen_by_itself else f"{self._chosen} chose the epoch"
        people = ", and people are in training and test" if self.people == "shared" else ""
        return f"{chosen}{people}"

    @property
    def _chosen(self) -> str:
        return "nothing" if self.chosen_on == (LAST,) else " and ".join(self.chosen_on)


def published(root: Path | None = None) -> list[Published]:
    """All of ``experiments/*/published.yaml``, by data set, that of most entries first, the largest number first.

    Raises:
        ConfigError: a key is unknown or missing, or a value is not what it must be.
    """
    paths = sorted((root or resource_folder("experiments")).glob(f"*/{PUBLISHED}"))
    found = [_published(one, f"{path}: entry {place}") for path in paths for place, one in enumerate(_listed(path), 1)]
    of_data = Counter(one.data for one in found)
    return sorted(found, key=lambda one: (-of_data[one.data], one.data, -float(one.number or 0), one.who))


def _listed(path: Path) -> list[Mapping[str, Any]]:
    page = load(path)
    check_keys(page, ("published",), (), str(path))
    entries: list[Mapping[str, Any]] = page["published"]
    return entries


def _published(one: Mapping[str, Any], where: str) -> Published:
    check_keys(one, KEYS, (), where)
    words = {key: text(one[key], f"{where}: {key}") for key in KEYS if key not in ("tested", "chosen_on")}
    if words["people"] not in PEOPLE:
        raise ConfigError(f"{where}: people {words['people']!r}", expected=f"one of {', '.join(PEOPLE)}")
    if words["number"] and not re.fullmatch(r"\d{1,2}(\.\d+)?", words["number"]):
        raise ConfigError(f"{where}: number {words['number']!r}", expected="per cent as printed, '' where none is")
    tested, chosen = (tuple(text(part, f"{where}: {key}") for part in one[key]) for key in ("tested", "chosen_on"))
    return Published(tested=tested, chosen_on=chosen, **words)
