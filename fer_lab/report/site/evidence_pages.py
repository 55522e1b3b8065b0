"""The pages of a section that look across its cells: claims, leaks, selection, calibration, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fer_lab.report.site.cell_pages import reliability_of, sure
from fer_lab.report.site.claim_pages import claims_of
from fer_lab.report.site.overview import way
from fer_lab.report.site.page import Page, cell_path
from fer_lab.report.site.section import Section
from fer_lab.report.site.words import difference_text, interval_text, metric_text
from fer_lab.tables.grid import metric_words

DRAWN = 24
"""Reliability diagrams on one page; the others are on the pages of their cells."""


def evidence_pages(section: Section) -> Iterator[Page]:
    """Five pages."""
    pages = {
        "claims": ("Claims", claims_of(section)),
        "leaks": ("Leaks", _leaks(section)),
        "selection": ("Which epoch counts", _selection(section)),
        "calibration": ("Calibration", _calibration(section)),
        "excluded": ("Left out", {"lines": section.excluded, "failed": section.failed, "unread": section.unread}),
    }
    for name, (heading, values) in pages.items():
        yield Page(f"{section.name}/{name}.html", f"{name}.html.j2", heading, values, way(section), section)


def _leaks(section: Section) -> dict[str, Any]:
    summaries = sorted((found.summary for found in section.measured.values()), key=lambda of: -of.leaked)
    lines = [{"cell": of.cell, "target": cell_path(section, of.cell), "leaked": of.leaked,
              "main": metric_text(of), "adds": difference_text(of.inflation.leak)}
             for of in summaries]  # fmt: skip
    leaking, told = sum(of.leaked > 0 for of in summaries), sum(of.inflation.leak is not None for of in summaries)
    return {"lines": lines, "leaking": leaking, "told": told}


def _selection(section: Section) -> dict[str, Any]:
    lines = []
    for cell, found in section.measured.items():
        if found.choices:
            selected, last, oracle = found.choices
            texts = [interval_text(selected.main), interval_text(last.main), difference_text(last.gain),
                     interval_text(oracle.main), difference_text(oracle.gain)]  # fmt: skip
            lines.append(
                {
                    "cell": cell,
                    "target": cell_path(section, cell),
                    "texts": texts,
                    "main": metric_words(found.summary.target.main),
                }
            )
    return {"lines": lines}


def _calibration(section: Section) -> dict[str, Any]:
    known = {cell: found for cell, found in section.measured.items() if found.calibration}
    keys = ("ece", "by_chance", "confidence", "accuracy", "brier")
    lines = [
        {
            "cell": cell,
            "target": cell_path(section, cell),
            "sure": sure(found),
            **{key: getattr(found.calibration, key) for key in keys},
        }
        for cell, found in known.items()
    ]
    charts = [reliability_of(found, cell) for cell, found in list(known.items())[:DRAWN]]
    return {"lines": lines, "charts": charts}
