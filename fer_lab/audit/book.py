"""The tables of a thesis as one book: a printed value is found by table, row and column, and calculated with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fer_lab.audit.findings import WHOLE, Finding
from fer_lab.audit.quantity import OPERATIONS, Quantity, bare, combine, digits, label, named, place, quantity_of, read
from fer_lab.audit.spans import numbers
from fer_lab.claims import Claim
from fer_lab.errors import ConfigError, nearest
from fer_lab.tables import Printed, Row, Table


@dataclass(frozen=True)
class Book:
    """The tables of one thesis by number, and what it claims of them."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    claims: Sequence[Claim] = ()

    def table(self, number: Any, where: str) -> Table:
        """The table of that number.

        Raises:
            ConfigError: there is none; ``where`` says who asks.
        """
        if number not in self.tables:
            raise ConfigError(f"{where}: no table {number!r}", expected=f"nearest: {nearest(str(number), self.tables)}")
        return self.tables[number]

    def row(self, number: str, name: Any, where: str) -> Row:
        """The row of that name (labels joined by " | ") in a table.

        Raises:
            ConfigError: there is none.
        """
        rows = {label(row): row for row in self.table(number, where).rows}
        if name not in rows:
            found = nearest(str(name), rows)
            raise ConfigError(f"{where}: table {number}: no row {name!r}", expected=f"nearest: {found}")
        return rows[name]

    def value(self, reference: Any, where: str) -> tuple[Printed, Row, str]:
        """What stands at ``[table, row]`` or ``[table, row, column]``, its row, and the number of its table.

        The column may be left out of a table with one.

        Raises:
            ConfigError: there is no such place.
        """
        names = reference if isinstance(reference, list) else []
        if len(names) not in (2, 3) or any(isinstance(name, list | dict) for name in names):
            raise ConfigError(f"{where}: {reference!r} is no place", expected="[table, row] or [table, row, column]")
        number, name, *column = names
        row = self.row(number, name, where)
        values = {value.column: value for value in row.values}
        chosen = column[0] if column else next(iter(values)) if len(values) == 1 else None
        if chosen not in values:
            found = nearest(str(chosen), values)
            raise ConfigError(f"{where}: table {number}, {name}: no column {chosen!r}", expected=f"nearest: {found}")
        return values[chosen], row, number

    def printed(self, reference: Any, where: str) -> Quantity:
        """The value at a place, as a number.

        Raises:
            ConfigError: there is no such place, or words stand there.
        """
        return quantity_of(*self.value(reference, where))

    def quantity(self, what: Any, where: str) -> Quantity:
        """A quantity as ``facts`` describes it: a number, a place, one of several numbers, a statement, a calculation.

        Raises:
            ConfigError: it is none of these.
        """
        if isinstance(what, int | float):
            return bare(what)
        if not isinstance(what, dict):
            return self.printed(what, where)
        if set(what) == {"number", "in"}:
            return self._one_of_several(what["number"], what["in"], where)
        if {"stated", "in"} <= set(what) <= {"stated", "in", "value"}:
            return _stated(what, where)
        if len(what) != 1 or not set(what) <= set(OPERATIONS):
            expected = f"one of {', '.join(OPERATIONS)}; number and in; or stated and in"
            raise ConfigError(f"{where}: {what!r} is no quantity", expected=expected)
        ((name, parts),) = what.items()
        if not isinstance(parts, list) or not parts:
            raise ConfigError(f"{where}: {name} of {parts!r}", expected="a list of quantities")
        first, *others = parts
        operand = self.positive if name == "quotient" else self.quantity
        return combine(name, [self.quantity(first, where), *(operand(part, where) for part in others)])

    def positive(self, what: Any, where: str) -> Quantity:
        """A quantity that something is divided by.

        Raises:
            ConfigError: it is not above 0.
        """
        found = self.quantity(what, where)
        if found.value <= 0:
            raise ConfigError(f"{where}: {found.shown}", expected="a number above 0")
        return found

    def words(self, what: Any, where: str) -> tuple[str, str]:
        """A string as printed at a place or stated in the text, and where.

        Raises:
            ConfigError: it is neither.
        """
        if isinstance(what, dict):
            if set(what) != {"stated", "in"}:
                raise ConfigError(f"{where}: {what!r} are no words", expected="a place, or stated and in")
            return str(what["stated"]), str(what["in"])
        value, row, number = self.value(what, where)
        return value.printed, named(number, place(row, value.column))

    def _one_of_several(self, index: Any, reference: Any, where: str) -> Quantity:
        value, row, number = self.value(reference, where)
        found = numbers(value.printed)
        if not isinstance(index, int) or not 1 <= index <= len(found):
            raise ConfigError(f"{where}: number {index!r} of {value.printed!r}", expected=f"1 to {len(found)}")
        shown = digits(found[index - 1])
        return read(shown, found[index - 1], place=(number, place(row, value.column)))

    @cached_property
    def places(self) -> Mapping[int, tuple[Printed, Row, str]]:
        """Each value by its ``id``, as ``value`` gives it: claims hold the values themselves."""
        found = [(v, row, table.number) for table in self.tables.values() for row in table.rows for v in row.values]
        return {id(value): (value, row, number) for value, row, number in found}

    def finding(
        self, of: Quantity, table: Table, check: str, agrees: bool, arithmetic: str, premise: str = ""
    ) -> Finding:
        """A finding at the place where a quantity is printed; ``table``: who asked."""
        number, spot = of.place or (table.number, WHOLE)
        return Finding(table.thesis, number, spot, check, agrees, arithmetic, premise)


def _stated(what: Mapping[str, Any], where: str) -> Quantity:
    """What the text says and no table holds."""
    text = str(what["stated"])
    found = [what["value"]] if "value" in what else numbers(text)
    if len(found) != 1:
        raise ConfigError(f"{where}: {text!r} is not one number", do="state the number to compare with: value")
    return read(text, found[0], source=str(what["in"]))
