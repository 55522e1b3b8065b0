"""A claim of a thesis: relations between values that its tables print and cells measure."""

from __future__ import annotations

from dataclasses import dataclass

from fer_lab.tables import Printed

OPERATORS = (">", "<", ">=", "<=", "~", "==")
"""``~`` and ``==``: the thesis calls the two similar or equal; ``>=`` and ``<=``: not worse, not better."""
STRICT = (">", "<")
LEVELS = ("stated", "implied")
"""Whether the thesis says it in words, or a table implies it."""


class Quoted(float):
    """A number as printed, of the thesis or of somebody else: what is held against it needs the parts as printed."""


Operand = Printed | float
"""A printed value with what it is read from today, something of a cell that nothing is printed of, or a number."""


@dataclass(frozen=True)
class Relation:
    """``a op b``; what is claimed of several values is a relation for each pair of them.

    Attributes:
        table: the number of the table that it is tied to, '' where it is tied to none.
        by: by how much more than this the two differ, in the unit of the values; of ``>`` and ``<`` alone.
        times: how many times the smaller the larger is at the least; of what cannot be resampled, such as times.
    """

    a: Operand
    op: str
    b: Operand
    table: str = ""
    by: float = 0.0
    times: float = 1.0

    @property
    def values(self) -> tuple[Printed, ...]:
        """Its operands that are read from cells."""
        return tuple(operand for operand in (self.a, self.b) if isinstance(operand, Printed))

    @property
    def words(self) -> str:
        """``sase_hidden/cnn_face > sase_hidden/c3d``, ``fer2013_final/final of fear < 0.5``."""
        return f"{_named(self.a)} {self.op} {_named(self.b)}"


def _named(operand: Operand) -> str:
    """A value by the name of its cell and what it is of; a number as it is."""
    if not isinstance(operand, Printed):
        return f"{operand:.4g}"
    words = operand.cell or operand.printed
    words += f" {operand.name}" if operand.kind == "timing" else ""
    words += f" with {' and '.join(operand.ensemble)}" if operand.ensemble else ""
    words += f" minus {operand.minus}" if operand.minus else ""
    words += f" by {operand.vote} vote" if operand.vote else ""
    words += f" in {operand.part}" if operand.kind == "metric" and operand.part != "test" else ""
    return words + (f" of {operand.of}" if operand.of else "")


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
        narrow: why its relations test less than its words say (``claims.words``); '' where they do not.
        asks: of one of ours, the claims of theses that it asks of other data.
        differs: what is not as in the thesis.
        fair: why that is a fair question all the same, or why it is not.
    """

    id: str
    thesis: str
    where: str
    statement: str
    level: str
    relations: tuple[Relation, ...]
    open: str | None = None
    note: str = ""
    narrow: str = ""
    asks: tuple[str, ...] = ()
    differs: str = ""
    fair: str = ""
