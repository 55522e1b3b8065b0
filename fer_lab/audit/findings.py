"""What the audit says: one arithmetic fact about printed numbers, with its place."""

from __future__ import annotations

from dataclasses import dataclass

WHOLE = "whole table"
"""The place of a finding about all of a table's values together."""


@dataclass(frozen=True)
class Finding:
    """A check of printed numbers against each other.

    Attributes:
        thesis: as its folder is named.
        table: the number of the table (``7.10``, ``figure-4.5``, ``text-6.2``) that holds the number checked.
        place: where in it: ``<row>, <column>``, a row (of one value, or all), a column, or ``WHOLE``.
        check: the kind of check, the name of its module.
        agrees: whether the printed numbers can all be true.
        arithmetic: what was printed and what follows from it, as a line to be read.
        premise: what is taken for granted beyond the print; '' where nothing is.
    """

    thesis: str
    table: str
    place: str
    check: str
    agrees: bool
    arithmetic: str
    premise: str = ""
