"""The committed results: tables that were rendered from finished runs, with the machine and the code of these."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_lab import tables
from fer_lab.evaluation import Interval
from fer_lab.ledger import STAMP
from fer_lab.report.site.kept_claims import Said, claims_block
from fer_lab.report.site.page import Page, reference_path
from fer_lab.report.site.theses import thesis
from fer_lab.report.site.words import commit_text, day, difference, interval_text, judged
from fer_lab.resources import CHECKOUT
from fer_lab.storage import read_json
from fer_lab.tables import Table
from fer_lab.tables.grid import stated_of

Line = Mapping[str, str]
"""A line of ``table.csv``, one a printed value."""
BOUNDS = ("mean", "low", "high", "inner_low", "inner_high")


@dataclass(frozen=True)
class Reference:
    """A committed table: its folder below ``results/reference/<thesis>``, stamp, lines, and the runs it was made from,
    ``2026-11-20, commit 92dbe97`` each, as far as their records are kept.
    """

    table: Table
    folder: str
    stamp: Mapping[str, str]
    lines: Sequence[Line]
    made: Sequence[str]

    @property
    def anchor(self) -> str:
        """Its place on the page of its thesis."""
        return f"table-{self.folder}"

    def line_of(self, place: int) -> Line | None:
        """The line of a value of the table; None if the table was another one when it was rendered."""
        rows = [" | ".join(row.labels) for row in self.table.rows for _ in row.values]
        value = self.table.values[place]
        wanted = (rows[place], value.column, value.printed)
        return next((line for line in self.lines if (line["row"], line["column"], line["printed"]) == wanted), None)


def reference_folder(results: Path) -> Path | None:
    """The one beside some results, else that of the checkout; None in an installed package without either."""
    places = (results / "reference", *([CHECKOUT / "results" / "reference"] if CHECKOUT else []))
    return next((place for place in places if place.is_dir()), None)


def read_references(results: Path) -> list[Reference]:
    """The tables below ``reference_folder``, in the order of the experiments."""
    root = reference_folder(results)
    found = [] if root is None else [_read(path) for path in sorted(root.glob("*/*/table.csv"))]
    places_of = {slug: place for place, slug in enumerate(tables.tables())}
    kept = [one for one in found if one is not None]
    return sorted(kept, key=lambda one: (places_of[one.table.slug], one.folder))


def _read(path: Path) -> Reference | None:
    """A committed table; None of one that is no longer among the experiments."""
    lines = list(csv.DictReader(path.read_text().splitlines()))
    table = tables.tables().get(f"{lines[0]['thesis']}-{lines[0]['table']}") if lines else None
    if table is None:
        return None
    stamp = {key: lines[0][key] for key in STAMP}
    cells = dict.fromkeys(line["cell"] for line in lines if line["cell"])  # a value may be compared with nothing
    return Reference(table, path.parent.name, stamp, lines, list(_made(path.parents[1] / "runs", cells, stamp)))


def _made(runs: Path, cells: Mapping[str, None], stamp: Mapping[str, str]) -> Iterator[str]:
    records = [read_json(path) for cell in cells for path in runs.glob(f"{cell.replace('/', '-')}/run-*.json")]
    own = [record for record in records if all(record.get(key) == value for key, value in stamp.items())]
    yield from sorted({_when(record) for record in own})


def _when(record: Mapping[str, Any]) -> str:
    """The code of a run, and the day where the record has it."""
    code = commit_text(record.get("environment", {}))
    return f"{day(record['finished'])}, {code}" if "finished" in record else code


def interval_of(line: Line) -> Interval | None:
    """What was measured of a line; None where nothing was."""
    if not line["mean"]:
        return None
    mean, low, high, inner_low, inner_high = (float(line[name] or math.nan) for name in BOUNDS)
    return Interval(mean, low, high, int(line["n_subjects"] or 0), inner_low, inner_high)


def _number(text: str) -> float | None:
    """A setting, count or fact as a number, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None


def reference_pages(references: Sequence[Reference], said: Sequence[Said] = ()) -> Iterator[Page]:
    """One page a thesis, or a folder of our own experiments: the verdicts on its claims, then its tables."""
    names = dict.fromkeys([*(one.table.thesis for one in references), *(claim.thesis for claim, _ in said)])
    for name in names:
        judged = [(claim, one) for claim, one in said if claim.thesis == name]
        groups = [(one, [_line(one, line) for line in one.lines]) for one in references if one.table.thesis == name]
        values = {"groups": groups, "claims": claims_block(judged)}
        about = thesis(name)
        above = [("Overview", "index.html")]
        yield Page(reference_path(name), "reference.html.j2", f"{about.short}: committed results", values, above)


def _line(of: Reference, line: Line) -> dict[str, Any]:
    measured, value = interval_of(line), float(line["value"]) if line["value"] else None
    return {
        "row": line["row"], "column": line["column"], "printed": line["printed"],
        "measured": interval_text(measured) if measured else stated_of(line["stated"]),
        "difference": difference(measured.mean if measured else _number(line["stated"]), value, measured is not None),
        "verdict": judged(line["verdict"], of.stamp["source"]),
    }  # fmt: skip
