"""The first page: whether the theses reproduce, one's own experiments, and what there is under each stamp."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fer_lab import tables
from fer_lab.audit import Finding
from fer_lab.evaluation import Interval
from fer_lab.report.site.answers import TWINS, Answer, answers, tally
from fer_lab.report.site.overview import audit_words, card, more, short_number
from fer_lab.report.site.page import Page, reference_path, table_path, thesis_path
from fer_lab.report.site.reference import Reference
from fer_lab.report.site.section import Section, short_verdict
from fer_lab.report.site.strips import SHARES, strip
from fer_lab.report.site.theses import is_printed, thesis, thesis_order
from fer_lab.report.site.words import commit_text, counted, day, difference, interval_text
from fer_lab.tables import Table
from fer_lab.tables.comparison import UNBOUNDED


def first_page(sections: Sequence[Section], references: Sequence[Reference], findings: Sequence[Finding]) -> Page:
    """The overview; ``findings`` are those of the audit."""
    theses: dict[str, list[Table]] = {}
    for table in tables.tables().values():
        theses.setdefault(table.thesis, []).append(table)
    built = [name for name, own in theses.items() if is_printed(name) and any(table.cells for table in own)]
    ours = [name for name in theses if not is_printed(name)]
    plots = {name: answers(sorted(theses[name], key=thesis_order), sections, references) for name in (*built, *ours)}
    printed = [answer for name in built for answer in plots[name]]
    values = {
        "verdicts": tally(printed),
        "committed": Counter(short_verdict(answer.committed.verdict) for answer in printed if answer.committed),
        "n_printed": len(printed),
        "n_theses": len(built),
        "plots": [_plot(name, plots[name], sections, references) for name in built],
        "ours": [_plot(name, plots[name], sections, references) for name in ours],
        "unbuilt": [_unbuilt(name, own, sections) for name, own in theses.items() if name not in plots],
        "scale": SHARES,
        "runs": [(section, _runs(section)) for section in sections],
        "cards": {s.name: [card(s, name) for name in (*built, *ours)] for s in sections},
        "more": {s.name: list(more(s)) for s in sections},
        "audit_words": audit_words(findings),
        "example": strip(Interval(0.5, 0.42, 0.57, 0), 0.62, [0.17]),
    }  # fmt: skip
    return Page("index.html", "index.html.j2", "Did it reproduce?", values)


def _plot(
    name: str, found: Sequence[Answer], sections: Sequence[Section], references: Sequence[Reference]
) -> dict[str, Any]:
    """One thesis: its headline values by table, those that are not measured apart."""
    measured = [answer for answer in found if answer.today]
    others = [answer for answer in found if not answer.today]
    return {
        "name": name,
        "thesis": thesis(name),
        "target": thesis_path(sections[0], name) if sections else None,
        "verdicts": tally(found),
        "tables": [(short_number(table), table.title, _target(table, sections), [_line(answer) for answer in own])
                   for table, own in groupby(measured, key=lambda answer: answer.table)],
        "unmeasured": [(short_number(a.table), a.label, a.printed.printed, a.reason, a.target) for a in others],
        "n_unmeasured": len(others),
        "committed": reference_path(name) if any(one.table.thesis == name for one in references) else None,
    }  # fmt: skip


def _target(table: Table, sections: Sequence[Section]) -> str | None:
    return next((table_path(s, table.slug) for s in sections if table.slug in s.comparisons), None)


def _line(answer: Answer) -> dict[str, Any]:
    assert answer.today is not None
    today, twin, beside = answer.today, answer.said == TWINS, answer.committed
    return {
        "label": answer.label, "strip": answer.strip, "printed": answer.printed.printed,
        "measured": interval_text(today.measured), "target": today.target,
        "difference": difference(
            today.measured.mean, answer.printed.value, share=answer.printed.name not in UNBOUNDED
        ),
        "said": today.words if twin else answer.said,
        "words": ", ".join([*([] if twin else [today.words]), *(["committed"] if today.committed else [])]),
        "beside": (short_verdict(beside.verdict), beside.words, beside.target) if beside else None,
    }  # fmt: skip


def _unbuilt(name: str, own: Sequence[Table], sections: Sequence[Section]) -> dict[str, Any]:
    """A thesis that no cell answers yet: how much it prints, and its tables."""
    there = [(short_number(table), table.title, _target(table, sections)) for table in sorted(own, key=thesis_order)]
    return {
        "thesis": thesis(name),
        "target": thesis_path(sections[0], name) if sections else None,
        "printed": counted(sum(bool(value.printed) for table in own for value in table.values), "printed value"),
        "tables": there,
    }


def _runs(section: Section) -> str:
    """``96 runs, 2026-11-20 to 2026-11-28, commit 92dbe97 (90), commit 1f2e3d4 (6)``."""
    singles = section.singles
    days = sorted({day(run.finished) for run in singles})
    commits = Counter(commit_text(run.environment) for run in singles).most_common()
    made = ", ".join(f"{text} ({n})" if len(commits) > 1 else text for text, n in commits)
    return (
        f"{counted(len(singles), 'run')}, {' to '.join(dict.fromkeys((days[0], days[-1])))}, {made}"
        if days
        else "no run"
    )
