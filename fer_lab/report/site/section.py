"""Everything of one stamp, as the pages show it: never put together with another stamp's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_lab import tables
from fer_lab.claims import Judged, claims, judge
from fer_lab.errors import FerLabError
from fer_lab.ledger import Apart, Run, read_ledger
from fer_lab.report.site.cells import Measured, measure, single_runs
from fer_lab.report.site.files import Checked, check
from fer_lab.report.site.kept import Shelf, keep
from fer_lab.report.site.rendered import stated
from fer_lab.tables import Cell, Comparison, Table

Runs = Mapping[tuple[str, int], Run]


@dataclass(frozen=True)
class Section:
    """What the ledger has under one stamp.

    Attributes:
        stamp: source, profile and protocol.
        runs: by cell and seed, all of a cell of one variant.
        apart: the runs that are left out, and why.
        comparisons: every table beside these runs, by ``<thesis>-<number>``.
        measured: by cell, of those that have a run.
        judged: every claim of the theses with its verdict.
    """

    stamp: Mapping[str, str]
    runs: Runs
    apart: Sequence[Apart]
    comparisons: Mapping[str, Comparison]
    measured: Mapping[str, Measured]
    judged: Sequence[Judged]

    @property
    def name(self) -> str:
        """``embedded-laptop-clean``, the folder of its pages."""
        return "-".join(self.stamp.values())

    @property
    def singles(self) -> list[Run]:
        """Every entry of the ledger that is shown."""
        return [one for run in self.runs.values() for one in single_runs(run)]

    def progress(self, table: Table) -> tuple[int, int]:
        """How many of a table's cells have a run, and how many it needs."""
        return len({cell for cell, _ in self.runs} & set(table.cells)), len(table.cells)

    def verdicts(self, slugs: Sequence[str]) -> Counter[str]:
        """How many values of some tables have which verdict, in short words."""
        return Counter(short_verdict(value.verdict) for slug in slugs for value in self.comparisons[slug].values)

    def claim_verdicts(self) -> dict[str, int]:
        """How many claims have which verdict, in short words."""
        return dict(Counter(short_verdict(judged.verdict) for judged in self.judged).most_common())


def short_verdict(verdict: str) -> str:
    """The verdict without its reason: ``not comparable: profile laptop`` is ``not comparable``."""
    return verdict.split(":")[0]


def read_section(results: Path, stamp: Mapping[str, str]) -> Section:
    """Read the ledger's runs of one stamp, compare every table with them, and measure every cell.

    Runs with a damaged file, and cells that cannot be read, are left out and said.
    """
    found = read_ledger(results / "runs", stamp)
    files = {one.id: check(one) for run in found.runs.values() for one in single_runs(run)}
    whole, apart = _whole(found.runs, files)
    runs = keep(whole, Shelf())
    measured, unread = _measured(runs, files)
    apart += unread
    runs = {key: run for key, run in runs.items() if key[0] in measured}
    compared = {
        slug: tables.compare(table, runs, stated(table, stamp, results / "tables"), stamp)
        for slug, table in tables.tables().items()
    }
    judged = judge(claims(), runs, stamp["source"])
    return Section(dict(stamp), runs, [*found.apart, *apart], compared, measured, judged)


def _whole(runs: Runs, files: Mapping[str, Checked]) -> tuple[dict[tuple[str, int], Run], list[Apart]]:
    """The runs whose files are as they were written, and the others."""
    whole, apart = {}, []
    for key, run in runs.items():
        singles = single_runs(run)
        if not any(files[one.id].lost for one in singles):
            whole[key] = run
            continue
        for one in singles:
            lost = ", ".join(files[one.id].lost)
            apart.append(
                Apart(one.id, one.cell, one.seed, f"damaged: {lost}" if lost else "one of its folds is damaged")
            )
    return whole, apart


def _measured(runs: Runs, files: Mapping[str, Checked]) -> tuple[dict[str, Measured], list[Apart]]:
    measured: dict[str, Measured] = {}
    apart: list[Apart] = []
    for cell in dict.fromkeys(cell for cell, _ in sorted(runs)):
        own = {seed: run for (name, seed), run in sorted(runs.items()) if name == cell}
        try:
            measured[cell] = measure(cell, own, seeds_of(cell, own), files)
        except FerLabError as error:
            singles = [one for run in own.values() for one in single_runs(run)]
            apart += [Apart(one.id, one.cell, one.seed, error.what) for one in singles]
    return measured, apart


def seeds_of(cell: str, runs: Mapping[int, Run]) -> tuple[int, ...]:
    """The seeds that a cell should have; those that it has where its experiment is not there any more."""
    known = tables.experiments().get(cell.split("/")[0])
    return known.seeds if known else tuple(runs)


def cell_of(key: str) -> Cell | None:
    """What ``experiments/`` says of a cell; None where it is not there any more."""
    return tables.cells().get(key)
