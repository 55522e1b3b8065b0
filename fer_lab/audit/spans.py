"""Which numbers a printed string can stand for: "0.55" is anything from 0.545 to 0.555.

A number is judged by its last printed digit; a whole number that stands alone is a count, and exact. Three things are
let pass, so that a finding is about more than style: digits after the sixth significant one (networks compute in single
precision), digits cut off instead of rounded (``cut``), and words: "around" lets a tenth pass in both directions,
"almost" what is below and rounds to it, "over" and "less than" everything on their side.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
PRECISION = 6  # significant decimal digits that single precision holds
VAGUE = 0.1  # share of a number that "around" lets pass
BELOW = 1 - 1e-6  # of one in the last digit: cut digits are less than it
DUST = 1e-13  # relative error of our own sums
AROUND = re.compile(r"\b(around|about|approximately)\b", re.IGNORECASE)
ALMOST = re.compile(r"\b(almost|nearly)\b", re.IGNORECASE)
MORE = re.compile(r"\b(over|above|more than|at least)\b", re.IGNORECASE)
LESS = re.compile(r"\b(below|less than|under|up to)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """All numbers from ``low`` to ``high``. Sums, products and quotients are those of numbers that are not negative."""

    low: float
    high: float

    def meets(self, other: Span) -> bool:
        """Whether some number is in both."""
        dust = DUST * max(map(abs, (self.low, other.low)))
        return self.low <= other.high + dust and other.low <= self.high + dust

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Span) -> Span:
        return Span(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Span) -> Span:
        return Span(self.low * other.low, self.high * other.high)

    def __truediv__(self, other: Span) -> Span:
        return Span(self.low / other.high, self.high / other.low if other.low > 0 else math.inf)


def exactly(value: float) -> Span:
    """A number that is known exactly."""
    return Span(value, value)


def total(spans: Iterable[Span]) -> Span:
    """The sum of some spans."""
    return reduce(Span.__add__, spans, exactly(0))


def numbers(printed: str) -> list[float]:
    """The numbers in a string as printed: ``37,752,832`` has thousands, ``0,45`` a decimal comma."""
    return [float(number) for number in _decimals(printed)]


def _decimals(printed: str) -> list[Decimal]:
    """The same with the digits that are printed: ``0.550`` keeps its last zero."""
    found = [text.rstrip(",") for text in NUMBER.findall(printed)]
    return [Decimal(text.replace(",", "" if THOUSANDS.fullmatch(text) else ".")) for text in found]


def unit(printed: str, value: float) -> float:
    """One in the last printed digit, in the unit of ``value`` (``"88.9%"`` read as 0.889: 0.001).

    Where a string has several numbers (``1h 32``) or none, the last digit of the value stands for it.
    """
    found = _decimals(printed)
    if len(found) == 1:
        shown = found[0]
        return 10.0 ** int(shown.as_tuple().exponent) * (value / float(shown) if shown and value else 1)
    exponent = int(Decimal(f"{value:.10g}").normalize().as_tuple().exponent)
    return 10.0 ** (min(exponent, 0) if found else exponent)


def span(printed: str, value: float) -> Span:
    """All numbers that a printed string, read as ``value``, can stand for, if it was rounded."""
    if _is_count(printed, value):
        return exactly(value)
    one = unit(printed, value)
    half = max(one / 2, 0.0 if float(value).is_integer() else _single(value) / 2)
    low, high = value - half, value + half
    if AROUND.search(printed):
        low, high = min(low, value - VAGUE * value), max(high, value + VAGUE * value)
    if ALMOST.search(printed):
        low, high = value - one / 2, value
    if MORE.search(printed):
        low, high = value, math.inf
    if LESS.search(printed):
        low, high = -math.inf, value
    return Span(low, high)


def _single(value: float) -> float:
    """One in the sixth significant digit."""
    return 10.0 ** (math.floor(math.log10(abs(value))) - PRECISION + 1) if value else 0.0


def cut(printed: str, value: float) -> Span:
    """All numbers that a printed string can stand for, if its digits were cut off instead."""
    return Span(value, value if _is_count(printed, value) else value + unit(printed, value) * BELOW)


def _is_count(printed: str, value: float) -> bool:
    return float(value).is_integer() and NUMBER.fullmatch(printed) is not None and "." not in printed
