"""Numbers and tables of a card, in words of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fer_lab.inference.contract import Score

NONE = "-"
COUNTS: Mapping[str, str] = {"subjects": "people", "videos": "videos or images", "items": "items"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar in a cell would end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def evidence(score: Score) -> tuple[str, str, str]:
    """Value, interval and number of items."""
    return interval(score.value), interval(score.low, score.high), str(score.items)


def interval(*values: float | None) -> str:
    """A number, or two as those from and to which an interval goes."""
    return NONE if None in values else " to ".join(f"{value:.4f}" for value in values)


def share(value: float | None) -> str:
    """In percent."""
    return NONE if value is None else f"{100 * value:.1f} %"


def by_part(data: Mapping[str, Any]) -> str:
    """How many people, videos and items each part has, as a table; of people who are not named there is no number."""
    parts = ("train", "val", "test")
    known = {word: data[key] for key, word in COUNTS.items() if key in data}
    rows = [(word, *(str(counts.get(part) or NONE) for part in parts)) for word, counts in known.items()]
    return table(("", *parts), rows)
