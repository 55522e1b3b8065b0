"""The pages of the runs: what each recorded, and the first of its scores."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from fer_lab import evaluation
from fer_lab.ledger import Run
from fer_lab.report.site.overview import way
from fer_lab.report.site.page import Page, cell_path, run_path
from fer_lab.report.site.section import Section
from fer_lab.report.site.words import as_yaml, number
from fer_lab.storage import read_json

SHOWN = 200
"""Scores on the page of a run."""


def run_pages(section: Section) -> Iterator[Page]:
    """One page an entry of the ledger."""
    there = {run.id for run in section.singles}
    for run in section.runs.values():
        singles = run.singles
        for one in singles:
            scores = (run if len(singles) == 1 else one).scores("test")  # through the shelf where it can
            above = way(section, (one.cell, cell_path(section, one.cell) or "index.html"))
            values = _values(section, one, scores, there)
            yield Page(run_path(section, one.id), "run.html.j2", f"Run {one.id}", values, above, section)


def _values(section: Section, run: Run, scores: pd.DataFrame, there: set[str]) -> dict[str, Any]:
    record = read_json(run.folder / "run.json")
    return {
        "run": run,
        "cell_target": cell_path(section, run.cell),
        "facts": list(_facts(run)),
        "parents": [(name, run_path(section, name) if name in there else None) for name in run.parents],
        "scores": _lines(scores.head(SHOWN), run.classes),
        "n": len(scores),
        "file": f"scores/epoch-{run.selected_epoch:03d}.parquet",
        "environment": as_yaml(record.get("environment", {})),
        "record": as_yaml(dict(run.facts)),
        "files": as_yaml(dict(run.files)),
    }


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield "seed", str(run.seed)
    if run.fold is not None:
        yield "fold", f"{run.fold} of {run.folds}"
    yield "data set", f"{run.dataset}, target {run.target}, {len(run.classes)} classes"
    yield "epochs", f"{run.selected_epoch + 1} selected of {run.epochs}" if run.epochs else "none"
    yield "finished", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(run.finished))
    yield "variant", run.variant or "not said"


def _lines(scores: pd.DataFrame, classes: tuple[str, ...]) -> list[Mapping[str, Any]]:
    p, answers = evaluation.probabilities(scores), evaluation.predictions(scores)
    lines: list[Mapping[str, Any]] = []
    for place, row in enumerate(scores[["item", "video", "subject", "label"]].to_dict("records")):
        answer, label = int(answers[place]), int(row["label"])
        lines.append({
            "item": row["item"], "video": row["video"],
            "subject": row["subject"] if isinstance(row["subject"], str) else "",
            "truth": classes[label], "answer": classes[answer] if answer >= 0 else "undefined",
            "right": answer == label,
            "confidence": number(float(p[place].max())), "of_truth": number(float(p[place, label])),
        })  # fmt: skip
    return lines
