"""Read the ledger into sections: every table compared, every cell measured, over worker processes if there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from fer_lab import tables
from fer_lab.claims import claims, judge
from fer_lab.errors import FerLabError
from fer_lab.ledger import Excluded, Run, Snapshot
from fer_lab.processes import pool
from fer_lab.report.site.cells import Measured, measure
from fer_lab.report.site.files import Checked, check
from fer_lab.report.site.kept import SHELF, keep
from fer_lab.report.site.left_out import failed_cells, left_out, with_failures
from fer_lab.report.site.section import Runs, Section, Stamp
from fer_lab.report.site.stated import stated
from fer_lab.report.site.theses import thesis_order
from fer_lab.report.site.words import judged
from fer_lab.tables import Comparison, Printed, Table
from fer_lab.tables.comparison import runs_of
from fer_lab.tables.inflation import partner

Spread = Callable[..., Iterator[Any]]
"""``map``, here or over worker processes."""
MANY = 100
"""From so many runs on it is worth the two seconds that a worker takes to start."""
WORKERS = 2
CHUNK = 8
"""Tasks that a worker takes at once."""


@contextmanager
def workers(runs: int) -> Iterator[Spread]:
    """A ``map`` over worker processes if there are many runs."""
    if runs < MANY:
        yield map
        return
    with pool(WORKERS) as executor:
        yield partial(executor.map, chunksize=CHUNK)


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
        files = dict(zip(singles, spread(check, singles.values()), strict=True))
        whole = {stamp: _whole(ledger, files) for stamp, ledger in found.items()}
        return [_section(results, stamp, whole, files, spread, blocked) for stamp in asked]


@dataclass(frozen=True)
class CellTask:
    """A cell that is to be measured: its runs and those of the other protocol by seed, and what their files say."""

    cell: str
    runs: Mapping[int, Run]
    others: Mapping[int, Run]
    files: Mapping[str, Checked]

    def __call__(self) -> Measured | list[Excluded]:
        """What the runs give, or why they are left out."""
        kept, others = (keep(some, self.files) for some in (self.runs, self.others))
        try:
            return measure(self.cell, kept, seeds_of(self.cell, self.runs), others)
        except FerLabError as error:
            singles = [one for run in self.runs.values() for one in run.singles]
            return [Excluded(one.id, one.cell, one.seed, error.what) for one in singles]


@dataclass(frozen=True)
class TableTask:
    """A table that is to be compared; see ``tables.compare``."""

    table: Table
    runs: Runs
    others: Runs
    files: Mapping[str, Checked]
    stated: Mapping[Printed, object]
    stamp: Stamp
    blocked: Mapping[str, str]

    def __call__(self) -> Comparison | str:
        """The table beside its runs, or why it cannot be; what travels back reads nothing any more."""
        kept, others = keep(self.runs, self.files), keep(self.others, self.files)
        try:
            found = tables.compare(self.table, kept, self.stated, self.stamp, self.blocked, others)
        except FerLabError as error:
            return error.what
        said = (replace(value, verdict=judged(value.verdict, found.stamp["source"])) for value in found.values)
        return replace(found, runs=self.runs, values=tuple(said))


def _do(task: Callable[[], Any]) -> Any:
    return task()


def _section(
    results: Path,
    stamp: Stamp,
    whole: Mapping[tuple[str, ...], Snapshot],
    files: Mapping[str, Checked],
    spread: Spread,
    blocked: Mapping[str, str],
) -> Section:
    of = tuple(stamp.values())
    own, others = whole[of], _other_protocol(stamp, whole)
    known = {table.slug: table for table in sorted(tables.tables().values(), key=_place)}
    cells = _in_order({cell for cell, _ in own.runs}, known.values())
    cell_tasks = [_cell_task(cell, own.runs, others, files) for cell in cells]
    answers: dict[str, Any] = dict(zip(cells, spread(_do, cell_tasks), strict=True))
    unread = [one for answer in answers.values() if not isinstance(answer, Measured) for one in answer]
    runs = {key: run for key, run in own.runs.items() if isinstance(answers[key[0]], Measured)}
    kept, named = keep(runs, files), tables.under_every_name(runs)
    ran = {cell for cell, _ in named}
    gone = {cell: why for cell, why in blocked.items() if cell not in ran} if stamp["source"] == "real" else {}
    failed = failed_cells(results / "sweeps", stamp, ran)
    one_each = {cell: run.singles[0] for (cell, _), run in reversed(named.items())}
    table_tasks = [
        _table_task(
            TableTask(table, named, others, files, stated(table, stamp, results / "tables", one_each), stamp, gone)
        )
        for table in known.values()
    ]
    compared: dict[str, Comparison | str] = dict(zip(known, spread(_do, table_tasks), strict=True))
    return Section(
        stamp=dict(stamp),
        runs=kept,
        excluded=left_out([*own.excluded, *unread], of, results / "runs"),
        failed=failed,
        comparisons={slug: with_failures(one, failed) for slug, one in compared.items() if isinstance(one, Comparison)},
        unread={slug: why for slug, why in compared.items() if isinstance(why, str)},
        measured={
            cell: replace(answers[cell], runs=runs_of(kept, cell))
            for cell in cells
            if isinstance(answers[cell], Measured)
        },
        names={cell: run.cell for (cell, _), run in named.items()},
        judged=judge(claims(), keep(named, files), stamp["source"], blocked=gone),
    )


def _place(table: Table) -> tuple[object, ...]:
    return table.thesis, *thesis_order(table)


def _in_order(cells: Iterable[str], known: Iterable[Table]) -> list[str]:
    """Cells in the order of the results that read them, then of the other tables, those that none reads last."""
    ordered = sorted(known, key=lambda table: table.kind != "result")
    read = dict.fromkeys(cell for table in ordered for cell in table.cells)
    there = set(cells)
    return [cell for cell in dict.fromkeys([*read, *sorted(there)]) if cell in there]


def _other_protocol(stamp: Stamp, whole: Mapping[tuple[str, ...], Snapshot]) -> Runs:
    """The runs of the same source and profile under the protocol that shows what leaks do, under every name."""
    other = {**stamp, "protocol": partner(stamp["protocol"])}
    there = whole.get(tuple(other.values()))
    return tables.under_every_name(there.runs) if there else {}


def _cell_task(cell: str, runs: Runs, others: Runs, files: Mapping[str, Checked]) -> CellTask:
    own, its_others = runs_of(runs, cell), runs_of(others, cell)
    return CellTask(cell, own, its_others, _files_of([*own.values(), *its_others.values()], files))


def _table_task(whole: TableTask) -> TableTask:
    """Of what there is, what the table needs: it may travel to a worker."""
    runs, others = ({key: run for key, run in some.items() if key[0] in whole.table.cells}
                    for some in (whole.runs, whole.others))  # fmt: skip
    files = _files_of([*runs.values(), *others.values()], whole.files)
    return replace(whole, runs=runs, others=others, files=files)


def _files_of(runs: Iterable[Run], files: Mapping[str, Checked]) -> dict[str, Checked]:
    return {one.id: files[one.id] for run in runs for one in run.singles}


def _whole(found: Snapshot, files: Mapping[str, Checked]) -> Snapshot:
    """The runs whose files are as they were written; the others are excluded, too."""
    whole = {key: run for key, run in found.runs.items() if not any(files[one.id].damage for one in run.singles)}
    damaged = [one for key, run in found.runs.items() if key not in whole for one in run.singles]
    return Snapshot(whole, (*found.excluded, *(_damaged(one, files[one.id].damage) for one in damaged)))


def _damaged(run: Run, damage: str) -> Excluded:
    return Excluded(run.id, run.cell, run.seed, damage or "one of its folds is damaged")


def seeds_of(cell: str, runs: Mapping[int, Run]) -> tuple[int, ...]:
    """The seeds that a cell should have; those that it has where its experiment is not there any more."""
    known = tables.experiments().get(cell.split("/")[0])
    return known.seeds if known else tuple(runs)
