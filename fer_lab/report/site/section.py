"""Everything of one stamp, as the pages show it: never put together with another stamp's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from fer_lab import tables
from fer_lab.claims import Judged, claims, judge
from fer_lab.errors import FerLabError
from fer_lab.ledger import Excluded, Run, Snapshot
from fer_lab.processes import pool
from fer_lab.report.site.cells import Measured, measure
from fer_lab.report.site.files import Checked, check
from fer_lab.report.site.kept import SHELF, keep
from fer_lab.report.site.stated import stated
from fer_lab.tables import Cell, Comparison, Printed, Table

Runs = Mapping[tuple[str, int], Run]
Stamp = Mapping[str, str]
Spread = Callable[..., Iterator[Any]]
"""``map``, here or over worker processes."""
MANY = 100
"""From so many runs on it is worth the two seconds that a worker takes to start."""
WORKERS = 2
AnyRun = TypeVar("AnyRun", bound=Run)


@dataclass(frozen=True)
class Section:
    """What the ledger has under one stamp.

    Attributes:
        stamp: source, profile and protocol.
        runs: by cell and seed, all of a cell of one variant.
        excluded: the runs that are left out, and why.
        comparisons: every table beside these runs, by ``<thesis>-<number>``.
        measured: by cell, of those that have a run.
        names: of cells that are configured alike, the one that ran.
        judged: every claim of the theses with its verdict.
    """

    stamp: Stamp
    runs: Runs
    excluded: Sequence[Excluded]
    comparisons: Mapping[str, Comparison]
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

    def verdicts(self, slugs: Sequence[str]) -> Counter[str]:
        """How many values of some tables have which verdict, in short words."""
        return Counter(short_verdict(value.verdict) for slug in slugs for value in self.comparisons[slug].values)

    def claim_verdicts(self) -> dict[str, int]:
        """How many claims have which verdict, in short words."""
        return dict(Counter(short_verdict(judged.verdict) for judged in self.judged).most_common())


def short_verdict(verdict: str) -> str:
    """The verdict without its reason: ``not comparable: profile laptop`` is ``not comparable``."""
    return verdict.split(":")[0]


@contextmanager
def workers(runs: int) -> Iterator[Spread]:
    """A ``map`` over worker processes if there are many runs."""
    if runs < MANY:
        yield map
        return
    with pool(WORKERS) as executor:
        yield executor.map


def read_sections(
    results: Path, found: Mapping[tuple[str, ...], Snapshot], asked: Sequence[Stamp], blocked: Mapping[str, str]
) -> list[Section]:
    """Compare every table with the runs of each stamp asked for, and measure every cell.

    Runs with a damaged file, and cells that cannot be read, are left out and said.

    Args:
        results: the folder with ``runs`` and ``tables``.
        found: what the ledger has, by source, profile and protocol.
        asked: the stamps to read.
        blocked: cells whose real data are not there, and what is missing.
    """
    singles = {one.id: one for ledger in found.values() for run in ledger.runs.values() for one in run.singles}
    SHELF.clear()  # files may have changed since another site was built
    with workers(len(singles)) as spread:
        files = dict(zip(singles, spread(check, singles.values(), **_chunks(spread, 8)), strict=True))
        whole = {stamp: _whole(ledger.runs, files) for stamp, ledger in found.items()}
        return [
            _section(results, stamp, found[tuple(stamp.values())], whole, files, spread,
                     blocked if stamp["source"] == "real" else {})
            for stamp in asked
        ]  # fmt: skip


def _chunks(spread: Spread, size: int) -> dict[str, int]:
    """How many at a time, of a pool."""
    return {} if spread is map else {"chunksize": size}


Whole = tuple[dict[tuple[str, int], Run], list[Excluded]]


def _section(
    results: Path, stamp: Stamp, found: Snapshot, whole: Mapping[tuple[str, ...], Whole],
    files: Mapping[str, Checked], spread: Spread, blocked: Mapping[str, str],
) -> Section:  # fmt: skip
    runs, damaged = whole[tuple(stamp.values())]
    others = _other_protocol(stamp, whole)
    cells = list(dict.fromkeys(cell for cell, _ in sorted(runs)))
    given = [_of_cell(cell, runs, others, files) for cell in cells]
    answers = dict(zip(cells, spread(measured_cell, cells, *_columns(given, 4)), strict=True))
    unread = [one for answer in answers.values() if not isinstance(answer, Measured) for one in answer]
    runs = {key: run for key, run in runs.items() if isinstance(answers[key[0]], Measured)}
    kept, named = keep(runs, files), tables.under_every_name(runs)
    measured = {cell: replace(answer, runs=_of(kept, cell)) for cell, answer in answers.items()
                if isinstance(answer, Measured)}  # fmt: skip
    known = tables.tables()
    ran = {cell for cell, _ in named}
    gone = {cell: reason for cell, reason in blocked.items() if cell not in ran}
    tasks = [_of_table(table, named, others, files, stated(table, stamp, results / "tables"), stamp, gone)
             for table in known.values()]  # fmt: skip
    compared = dict(zip(known, spread(compared_table, *_columns(tasks, 7)), strict=True))
    judged = judge(claims(), keep(named, files), stamp["source"], blocked=gone)
    names = {cell: run.cell for (cell, _), run in named.items()}
    return Section(dict(stamp), kept, [*found.excluded, *damaged, *unread], compared, measured, names, judged)


def _columns(tasks: Sequence[tuple[Any, ...]], n: int) -> list[tuple[Any, ...]]:
    """The arguments of tasks as ``map`` wants them."""
    return list(zip(*tasks, strict=True)) if tasks else [()] * n


def _other_protocol(stamp: Stamp, whole: Mapping[tuple[str, ...], Whole]) -> Runs:
    """The runs of the same source and profile under the other protocol, under every name."""
    other = {**stamp, "protocol": "clean" if stamp["protocol"] == "thesis" else "thesis"}
    return tables.under_every_name(whole.get(tuple(other.values()), ({}, []))[0])


def _of(runs: Mapping[tuple[str, int], AnyRun], cell: str) -> dict[int, AnyRun]:
    """A cell's runs by seed."""
    return {seed: run for (name, seed), run in sorted(runs.items(), key=lambda item: item[0]) if name == cell}


def _of_cell(cell: str, runs: Runs, others: Runs, files: Mapping[str, Checked]) -> tuple[Any, ...]:
    """The arguments of ``measured_cell`` but its name."""
    own, its_others = _of(runs, cell), _of(others, cell)
    singles = [one for run in (*own.values(), *its_others.values()) for one in run.singles]
    return own, its_others, seeds_of(cell, own), {one.id: files[one.id] for one in singles}


def measured_cell(
    cell: str, runs: Mapping[int, Run], others: Mapping[int, Run], seeds: Sequence[int], files: Mapping[str, Checked]
) -> Measured | list[Excluded]:
    """What a cell's runs give, or why they are left out."""
    kept, its_others = (_of(keep({(cell, seed): run for seed, run in some.items()}, files), cell)
                        for some in (runs, others))  # fmt: skip
    try:
        return measure(cell, kept, seeds, its_others)
    except FerLabError as error:
        singles = [one for run in runs.values() for one in run.singles]
        return [Excluded(one.id, one.cell, one.seed, error.what) for one in singles]


def _of_table(
    table: Table, runs: Runs, others: Runs, files: Mapping[str, Checked], known: Mapping[Printed, object],
    stamp: Stamp, blocked: Mapping[str, str],
) -> tuple[Any, ...]:  # fmt: skip
    """The arguments of ``compared_table``: of what there is, what the table needs."""
    own, its_others = ({key: run for key, run in some.items() if key[0] in table.cells} for some in (runs, others))
    singles = [one for some in (own, its_others) for run in some.values() for one in run.singles]
    return table, own, its_others, {one.id: files[one.id] for one in singles}, known, stamp, blocked


def compared_table(
    table: Table, runs: Runs, others: Runs, files: Mapping[str, Checked], known: Mapping[Printed, object],
    stamp: Stamp, blocked: Mapping[str, str],
) -> Comparison:  # fmt: skip
    """A table beside its runs; what travels back reads nothing any more."""
    found = tables.compare(table, keep(runs, files), known, stamp, blocked, others=keep(others, files))
    return replace(found, runs=runs)


def _whole(runs: Runs, files: Mapping[str, Checked]) -> Whole:
    """The runs whose files are as they were written, and the others."""
    whole, excluded = {}, []
    for key, run in runs.items():
        singles = run.singles
        if not any(files[one.id].lost for one in singles):
            whole[key] = run
            continue
        for one in singles:
            lost = ", ".join(files[one.id].lost)
            reason = f"damaged: {lost}" if lost else "one of its folds is damaged"
            excluded.append(Excluded(one.id, one.cell, one.seed, reason))
    return whole, excluded


def seeds_of(cell: str, runs: Mapping[int, Run]) -> tuple[int, ...]:
    """The seeds that a cell should have; those that it has where its experiment is not there any more."""
    known = tables.experiments().get(cell.split("/")[0])
    return known.seeds if known else tuple(runs)


def cell_of(key: str) -> Cell | None:
    """What ``experiments/`` says of a cell; None where it is not there any more."""
    return tables.cells().get(key)
