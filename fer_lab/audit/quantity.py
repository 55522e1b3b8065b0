"""Numbers as they are printed, stated in the text or calculated, each with all that it can be and where it stands."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from fer_lab.audit.spans import Span, cut, exactly, numbers, span
from fer_lab.errors import ConfigError
from fer_lab.tables import Printed, Row

OPERATIONS: Mapping[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "sum": (" + ", operator.add),
    "difference": (" - ", operator.sub),
    "product": (" x ", operator.mul),
    "quotient": (" / ", operator.truediv),
}
"""How quantities make another one: the sign it is written with, and what it does."""


@dataclass(frozen=True)
class Quantity:
    """A printed number, one that is stated in the facts, or what follows from several.

    Attributes:
        text: as a line of arithmetic has it.
        value: the number as it was read or calculated.
        span: all numbers that it can be, as printed numbers are rounded.
        cut: the same for digits that were cut off; None for what is not printed.
        place: where it is printed: number of the table, and row with column; None for what no table prints.
        source: where the text says it, of what no table prints; '' for the rest.
    """

    text: str
    value: float
    span: Span
    cut: Span | None = None
    place: tuple[str, str] | None = None
    source: str = ""

    @property
    def where(self) -> str:
        """``Table 7.6, CNN, Face, Test Accuracy``, ``sec. 4.1``, or nothing."""
        return self.source if self.place is None else named(*self.place)

    @property
    def shown(self) -> str:
        """The number with its place, if it has one."""
        return f"{self.text} ({self.where})" if self.where else self.text

    @property
    def calculated(self) -> bool:
        """Whether it follows from others, or is a bare number."""
        return not self.where

    def reads(self, exact: Span) -> bool:
        """Whether a number known otherwise can have been printed so, rounded or cut off."""
        return self.span.meets(exact) or (self.cut is not None and self.cut.meets(exact))

    def same_as(self, other: Quantity) -> bool:
        """Whether two places can print one number; with as many digits, they print the same digits."""
        fine, rough = sorted((self, other), key=width)
        if width(rough) < 2 * width(fine) or width(rough) == 0:
            return math.isclose(self.value, other.value)
        return rough.span.meets(fine.span) or rough.reads(exactly(fine.value))

    def only_cut(self, other: Quantity) -> bool:
        """Whether the rougher of two that are the same prints digits that were cut off, not rounded."""
        fine, rough = sorted((self, other), key=width)
        return self.same_as(other) and not rough.span.meets(fine.span)


def width(of: Quantity) -> float:
    """How far apart the numbers are that it can be."""
    return of.span.high - of.span.low


def label(row: Row) -> str:
    """A row as references name it: ``CNN | Face``."""
    return " | ".join(row.labels)


def place(row: Row, column: str) -> str:
    """A value's place as findings name it; a row with one value is its place."""
    return label(row) if len(row.values) == 1 else f"{label(row)}, {column}"


def named(number: str, place: str) -> str:
    """A place with its table: ``Table 7.6, CNN, Face, Test Accuracy`` or ``text-7.4, PCA to``."""
    return f"Table {number}, {place}" if number[0].isdigit() else f"{number}, {place}"


def digits(value: float) -> str:
    """A calculated number: whole ones in full, others with six digits."""
    return str(round(value)) if math.isclose(value, round(value), rel_tol=1e-12, abs_tol=1e-12) else f"{value:.6g}"


def bare(value: float) -> Quantity:
    """A number that is known exactly."""
    return Quantity(digits(value), value, exactly(value))


def quantity_of(printed: Printed, row: Row, number: str) -> Quantity:
    """A printed value of a table as a number. Per cents are read as shares.

    Raises:
        ConfigError: it is in words only.
    """
    if printed.value is None:
        where = f"table {number}: {place(row, printed.column)}"
        raise ConfigError(f"{where}: {printed.printed!r} is not a number", do="state the number to compare with: value")
    return read(printed.printed, printed.value, place=(number, place(row, printed.column)))


def read(text: str, value: float, **where: Any) -> Quantity:
    """A string as printed that stands for ``value``, a share where it is in per cent; ``where``: place or source."""
    value = value / 100 if "%" in text and value > 1 else value
    spans = span(text, value), cut(text, value)
    if "%" in text and value in numbers(text):
        text = f"{text} (read as {digits(value)})"
    return Quantity(text, value, *spans, **where)


def combine(name: str, parts: Iterable[Quantity]) -> Quantity:
    """What an operation makes of some quantities, from left to right."""
    parts = list(parts)
    sign, apply = OPERATIONS[name]
    value = reduce(apply, [part.value for part in parts])
    return Quantity(sign.join(map(bracketed, parts)), value, reduce(apply, [part.span for part in parts]))


def bracketed(part: Quantity) -> str:
    """What is calculated itself is put in brackets."""
    signs = {sign for sign, _ in OPERATIONS.values()}
    return f"({part.text})" if part.calculated and any(sign in part.text for sign in signs) else part.text
