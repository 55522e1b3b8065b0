"""What a value of a configuration may be: kinds of ranges, each with the words that a refusal says."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Range:
    """What a value may be.

    Attributes:
        words: said to whoever gives another one.
        holds: whether a value is in it.
    """

    words: str
    holds: Callable[[Any], bool]

    def __or__(self, other: Range) -> Range:
        """What is in one of two ranges."""
        return Range(f"{self.words}, or {other.words}", lambda value: self.holds(value) or other.holds(value))


def whole(least: int, most: int | None = None) -> Range:
    """Whole numbers; true and false are none."""
    bounds = f"from {least} on" if most is None else f"from {least} to {most}"
    return Range(f"a whole number {bounds}", lambda value: _whole(value) and least <= value <= (most or value))


def number(least: float, most: float = math.inf, *, above: bool = False, below: bool = False) -> Range:
    """Finite numbers from ``least`` to ``most``, or ``above`` the one and ``below`` the other."""
    lower = f"above {least:g}" if above else f"from {least:g} on"
    upper = "" if most == math.inf else f" and below {most:g}" if below else f" to {most:g}"
    return Range(
        f"a number {lower}{upper}".replace(" on to", " to"),
        lambda value: (
            (_whole(value) or isinstance(value, float))
            and math.isfinite(value)
            and least <= value <= most
            and not (above and value == least)
            and not (below and value == most)
        ),
    )


def word(*options: str) -> Range:
    """One of some words."""
    return Range(f"one of {', '.join(options)}", lambda value: isinstance(value, str) and value in options)


def each(range_: Range) -> Range:
    """A list, all of whose values are in a range."""
    return Range(
        f"a list, each {range_.words}", lambda value: isinstance(value, list) and all(map(range_.holds, value))
    )


def matching(pattern: str, words: str) -> Range:
    """Texts of a form."""
    return Range(words, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


null = Range("null", lambda value: value is None)
off = Range("off", lambda value: value in ("off", False) and not _whole(value))  # YAML reads a plain off as false
switch = Range("true or false", lambda value: isinstance(value, bool))
text = matching(r"(?s).*\S.*", "a text, not empty")
mapping = Range("a mapping", lambda value: isinstance(value, Mapping))
part = number(0, 1, below=True)
share = number(0, 1)
positive = number(0, above=True)
