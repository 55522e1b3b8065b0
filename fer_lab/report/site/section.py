"""Everything of one stamp, as the pages show it: never put together with another stamp's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fer_lab import tables
from fer_lab.claims import Judged
from fer_lab.ledger import Run
from fer_lab.report.site.cells import Measured
from fer_lab.report.site.left_out import LeftOut
from fer_lab.tables import Cell, Comparison, Table

Runs = Mapping[tuple[str, int], Run]
Stamp = Mapping[str, str]


@dataclass(frozen=True)
class Section:
    """What the ledger has under one stamp.

    Attributes:
        stamp: source, profile and protocol.
        runs: by cell and seed, all of a cell of one variant.
        excluded: the runs that are left out, and why.
        failed: the cells that have none because their last job failed, and why.
        comparisons: every table beside these runs, by ``<thesis>-<number>``, those of a thesis in its order.
        unread: the tables that cannot be compared with these runs, and why.
        measured: by cell, of those that have a run, in the order of the tables that read them.
        names: of cells that are configured alike, the one that ran.
        judged: every claim of the theses with its verdict.
    """

    stamp: Stamp
    runs: Runs
    excluded: Sequence[LeftOut]
    failed: Mapping[str, str]
    comparisons: Mapping[str, Comparison]
    unread: Mapping[str, str]
    measured: Mapping[str, Measured]
    names: Mapping[str, str]
    judged: Sequence[Judged]

    @property
    def name(self) -> str:
        """``embedded-laptop-clean``, the folder of its pages."""
        return "-".join(self.stamp.values())

    @property
    def singles(self) -> list[Run]:
        """Every entry of the ledger that is shown."""
        return [one for run in self.runs.values() for one in run.singles]

    def progress(self, table: Table) -> tuple[int, int]:
        """How many of a table's cells have a run, and how many it needs."""
        return len(set(self.names) & set(table.cells)), len(table.cells)

    def shows(self, table: Table) -> bool:
        """Whether anything of a table is known today."""
        values = self.comparisons[table.slug].values
        return any(value.measured is not None or value.stated is not None for value in values)

    def failures(self, table: Table) -> int:
        """How many of a table's cells have none because they failed."""
        return len(set(self.failed) & set(table.cells))

    def verdicts(self, slugs: Sequence[str]) -> Counter[str]:
        """How many values of some tables have which verdict, in short words."""
        compared = [self.comparisons[slug] for slug in slugs]
        return Counter(short_verdict(value.verdict) for one in compared for value in one.values)

    def tables_of(self, thesis: str) -> list[Table]:
        """The tables of a thesis that are shown."""
        return [one.table for one in self.comparisons.values() if one.table.thesis == thesis]

    def claim_verdicts(self) -> dict[str, int]:
        """How many claims have which verdict, in short words."""
        return dict(Counter(short_verdict(judged.verdict) for judged in self.judged).most_common())


def short_verdict(verdict: str) -> str:
    """The verdict without its reason or number: ``not comparable: profile laptop`` is ``not comparable``."""
    return verdict.split(":")[0].split(" with ")[0]


def cell_of(key: str) -> Cell | None:
    """What ``experiments/`` says of a cell; None where it is not there any more."""
    return tables.cells().get(key)
