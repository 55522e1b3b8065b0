"""Commands about what the theses printed and claimed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import app, console, show_table

if TYPE_CHECKING:
    from fer_lab.audit import Finding

Thesis = Annotated[str | None, typer.Argument(help="such as moravcik_2021; all without")]
All = Annotated[bool, typer.Option("--all", help="list what is confirmed, too")]


@app.command()
def audit(thesis: Thesis = None, every: All = False) -> None:
    """Where what a thesis prints contradicts itself: numbers, and words about them; needs no data and no run."""
    from fer_lab.audit import findings

    totals = []
    for name, group in groupby(findings(thesis), key=lambda finding: finding.thesis):
        found = list(group)
        agreeing = [finding for finding in found if finding.agrees]
        against = [finding for finding in found if not finding.agrees and not finding.premise]
        given = [finding for finding in found if not finding.agrees and finding.premise]
        _show(f"{name}: cannot all be true as printed", against)
        _show(f"{name}: cannot all be true if a premise is, which is not printed", given)
        if every:
            _show(f"{name}: confirmed", agreeing)
        counted = f"{len(against)} contradictions, {len(given)} more on a premise, {len(agreeing)} confirmed"
        totals.append(f"{name}: {counted}")
    for line in totals:
        console.print(line, markup=False, highlight=False)
    if not every:
        console.print("--all lists what is confirmed", markup=False)


def _show(title: str, found: Sequence[Finding]) -> None:
    if not found:
        return
    rows = [(f"{one.table}, {one.place}", one.check, one.arithmetic, one.premise) for one in found]
    premise = any(one.premise for one in found)
    headings = ("table, place", "check", "arithmetic", *(["premise"] if premise else []))
    show_table(title, headings, (row[: len(headings)] for row in rows))
