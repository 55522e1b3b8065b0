"""The audit of the print: what a thesis's numbers say of each other and of its claims, by arithmetic. No torch."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from fer_lab.audit import composition, counts, matrix, possible, relations, report, stated, timing, twice
from fer_lab.audit.book import Book
from fer_lab.audit.facts import check_facts
from fer_lab.audit.findings import WHOLE, Finding
from fer_lab.claims import claims
from fer_lab.tables import tables, tables_of

__all__ = ["CHECKS", "WHOLE", "Finding", "findings"]

CHECKS = (matrix, report, counts, composition, possible, twice, timing, relations, stated)
"""Each kind of check, a module: ``KINDS`` of tables that it is for, and ``check(table, book)`` for one of them."""


def findings(thesis: str | None = None, root: Path | None = None) -> list[Finding]:
    """Every check over every table of the kinds it is for, in the order of the pages.

    Args:
        thesis: one thesis; None for all.
        root: where the theses' tables are; None for ``experiments/``.

    Raises:
        ConfigError: there is no such thesis, a fact is not in ``facts.VOCABULARY``, or a place does not exist.
    """
    pages = list(tables(root).values()) if thesis is None else tables_of(thesis, root)
    found: list[Finding] = []
    for name, group in groupby(pages, key=lambda table: table.thesis):
        said = [claim for claim in claims(root=root) if claim.thesis == name]
        book = Book({table.number: table for table in group}, said)
        for table in book.tables.values():
            check_facts(table)
            for check in CHECKS:
                found += check.check(table, book) if table.kind in check.KINDS else ()
    return found
