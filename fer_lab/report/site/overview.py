"""The pages of what lies below the first one: one a thesis, the figures, and the audit of the print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fer_lab import tables
from fer_lab.audit import Finding
from fer_lab.report.figures import figures
from fer_lab.report.site.page import Page, cell_path, table_path, thesis_path
from fer_lab.report.site.section import Section, cell_of
from fer_lab.report.site.strips import Scale, guessing, scale_of, strip
from fer_lab.report.site.theses import thesis
from fer_lab.report.site.words import capital, counted, interval_text
from fer_lab.tables import Table
from fer_lab.tables.grid import metric_words

FIGURES = "figures"
"""Folder of the pictures, in the site as in the results."""


def overview_pages(sections: Sequence[Section], results: Path, findings: Sequence[Finding]) -> Iterator[Page]:
    """The pages at the root but the first, and those of the theses; ``findings`` are those of the audit."""
    yield _audit(findings, sections)
    yield _figures(results)
    for section in sections:
        for name in dict.fromkeys(table.thesis for table in tables.tables().values()):
            yield _thesis(section, name)


def audit_words(findings: Sequence[Finding]) -> Markup:
    """One sentence on what the arithmetic says."""
    agreeing = sum(finding.agrees for finding in findings)
    given = sum(not finding.agrees and bool(finding.premise) for finding in findings)
    text = "<p>{} checks of what is printed: {} agree, {} do not, and {} do not on a premise that is not printed.</p>"
    link = Markup("<p><a href='audit.html'>The audit, with the arithmetic</a></p>")
    return Markup(text).format(len(findings), agreeing, len(findings) - agreeing - given, given) + link


def card(section: Section, name: str) -> dict[str, Any]:
    """A thesis under a stamp: a tile a table, and how many values have which verdict."""
    own = section.tables_of(name)
    needed = {cell for table in own for cell in table.cells}
    return {
        "thesis": thesis(name),
        "done": len(needed & set(section.names)),
        "needed": len(needed),
        "tiles": [_tile(section, table) for table in own],
        "verdicts": dict(section.verdicts([table.slug for table in own]).most_common()),
    }


def _tile(section: Section, table: Table) -> dict[str, Any]:
    done, needed = section.progress(table)
    known = any(value.stated is not None for value in section.comparisons[table.slug].values)
    share = done / needed if needed else float(known)
    return {
        "slug": table.slug,
        "number": short_number(table),
        "title": table.title,
        "share": f"{share:.2f}" if share else "",
        "state": state(section, table),
    }


def short_number(table: Table) -> str:
    """``7.8``; ``§ 7.4`` for numbers of the text, ``fig 4.5`` for those of a figure."""
    return table.number.replace("text-", "§ ").replace("figure-", "fig ")


def state(section: Section, table: Table) -> str:
    """``2 of 8 cells run, 1 failed``, or why none can."""
    done, needed = section.progress(table)
    if table.not_built:
        return "not built"
    failed = f", {n} failed" if (n := section.failures(table)) else ""
    return f"{done} of {needed} cells run{failed}" if needed else "needs no run"


def more(section: Section) -> Iterator[tuple[str, str, str]]:
    """Links of a section with a few words on what is there."""
    outcomes = section.claim_verdicts()
    yield "Claims", f"{section.name}/claims.html", ", ".join(f"{n} {name}" for name, n in outcomes.items()) or "none"
    leaking = sum(m.summary.leaked > 0 for m in section.measured.values())
    yield "Leaks", f"{section.name}/leaks.html", f"in {leaking} of {len(section.measured)} cells"
    yield "Selection", f"{section.name}/selection.html", "of the epoch, and what another rule would add"
    yield "Calibration", f"{section.name}/calibration.html", "of the probabilities"
    unread = f", {counted(len(section.unread), 'table')}" if section.unread else ""
    yield "Left out", f"{section.name}/excluded.html", f"{counted(len(section.excluded), 'run')}{unread}"


def _thesis(section: Section, name: str) -> Page:
    own = section.tables_of(name)
    cells = {cell for e in tables.experiments().values() if e.thesis == name for cell in e.cells}
    values = {
        "thesis": thesis(name),
        "verdicts": dict(section.verdicts([table.slug for table in own]).most_common()),
        "lines": [_table_line(section, table) for table in own if section.shows(table)],
        "unmeasured": [_table_line(section, table) for table in own if not section.shows(table)],
        "cells": _by_metric(section, [cell for cell in section.measured if cell in cells]),
    }
    return Page(thesis_path(section, name), "thesis.html.j2", thesis(name).short, values, way(section), section)


def _by_metric(section: Section, cells: Sequence[str]) -> list[tuple[str, Scale, list[dict[str, Any]]]]:
    """Cells by their main metric: its words, its scale, and a line a cell."""
    targets = {section.measured[cell].summary.target.main: section.measured[cell].summary.target for cell in cells}
    return [
        (
            capital(metric_words(main)),
            scale_of(target),
            [_cell_line(section, cell) for cell in cells if section.measured[cell].summary.target.main == main],
        )
        for main, target in targets.items()
    ]


def _table_line(section: Section, table: Table) -> dict[str, Any]:
    verdicts = dict(section.verdicts([table.slug]).most_common())
    plain = {key: getattr(table, key) for key in ("slug", "number", "title", "section")}
    return {**plain, "state": state(section, table), "values": len(table.values), "verdicts": verdicts}


def _cell_line(section: Section, key: str) -> dict[str, Any]:
    found, cell = section.measured[key], cell_of(key)
    return {
        "key": key,
        "target": cell_path(section, key),
        "title": cell.title if cell else "",
        "runs": len(found.mains),
        "strip": strip(found.summary.main, lines=guessing(found.summary), scale=scale_of(found.summary.target)),
        "main": interval_text(found.summary.main),
    }


def way(section: Section, *further: tuple[str, str]) -> list[tuple[str, str]]:
    """The links above a page of a section: the overview, its part of it, and what lies between."""
    return [("Overview", "index.html"), (" · ".join(section.stamp.values()), f"index.html#{section.name}"), *further]


def _audit(findings: Sequence[Finding], sections: Sequence[Section]) -> Page:
    """Contradictions first, then those on a premise, then what agrees, by thesis and table."""
    groups = {
        "against": [finding for finding in findings if not finding.agrees and not finding.premise],
        "given": [finding for finding in findings if not finding.agrees and finding.premise],
        "agreeing": [finding for finding in findings if finding.agrees],
    }
    values: dict[str, Any] = {name: _by_thesis(found, sections) for name, found in groups.items()}
    values |= {f"n_{name}": len(found) for name, found in groups.items()}
    return Page("audit.html", "audit.html.j2", "Audit of the print", values, [("Overview", "index.html")])


def _by_thesis(findings: Sequence[Finding], sections: Sequence[Section]) -> list[tuple[str, list[dict[str, Any]]]]:
    def line(finding: Finding) -> dict[str, Any]:
        slug = f"{finding.thesis}-{finding.table}"
        target = table_path(sections[0], slug) if sections and slug in sections[0].comparisons else None
        return {"finding": finding, "target": target}

    groups = groupby(sorted(findings, key=lambda finding: finding.thesis), key=lambda finding: finding.thesis)
    return [(thesis(name).short, [line(finding) for finding in group]) for name, group in groups]


def _figures(results: Path) -> Page:
    """The pictures that are drawn; ``build.write`` puts them beside the page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for figure in figures():
        target = f"{FIGURES}/{figure.thesis}/{figure.number}.png"
        if (results / target).is_file():
            line = {"target": target, "title": figure.title, "number": figure.number, "section": figure.section}
            groups.setdefault(thesis(figure.thesis).short, []).append(line)
    return Page(
        "figures.html", "figures.html.j2", "Figures", {"groups": list(groups.items())}, [("Overview", "index.html")]
    )
