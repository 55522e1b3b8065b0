"""A claim of a thesis: relations between values that its tables print and cells measure."""

from __future__ import annotations

from dataclasses import dataclass

from fer_lab.tables import Printed

OPERATORS = (">", "<", ">=", "<=", "~", "==")
"""``~`` and ``==``: the thesis calls the two similar or equal; ``>=`` and ``<=``: not worse, not better."""
LEVELS = ("stated", "implied")
"""Whether the thesis says it in words, or a table implies it."""

Operand = Printed | float
"""A printed value with what it is read from today, something of a cell that nothing is printed of, or a number."""


@dataclass(frozen=True)
class Relation:
    """``a op b``. ``table`` is the number of the table that it is tied to, '' where it is tied to none."""

    a: Operand
    op: str
    b: Operand
    table: str = ""

    @property
    def values(self) -> tuple[Printed, ...]:
        """Its operands that are read from cells."""
        return tuple(operand for operand in (self.a, self.b) if isinstance(operand, Printed))


@dataclass(frozen=True)
class Claim:
    """What a thesis says of its results.

    Attributes:
        id: such as ``G-C01``.
        thesis, where: the thesis, and the section or table in it.
        statement: the claim in words.
        level: one of ``LEVELS``.
        relations: what must hold; every one of them.
        open: why there is no relation yet; None where there are some.
        note: what a reader must know of how it is tied to cells.
    """

    id: str
    thesis: str
    where: str
    statement: str
    level: str
    relations: tuple[Relation, ...]
    open: str | None = None
    note: str = ""
