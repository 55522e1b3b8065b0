"""The pages of the runs: what each recorded, and the first of its scores."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from fer_lab import evaluation
from fer_lab.ledger import Run
from fer_lab.report.site.cell_pages import cell_way
from fer_lab.report.site.cells import Measured
from fer_lab.report.site.outputs import Outputs
from fer_lab.report.site.page import Page, cell_path, run_path
from fer_lab.report.site.section import Section
from fer_lab.report.site.strips import guessing, scale_of, strip
from fer_lab.report.site.words import as_yaml, commit_text, interval_text, number
from fer_lab.storage import read_json
from fer_lab.tables.grid import metric_words
from fer_lab.tables.returned import run_by

SHOWN = 200
"""Scores on the page of a run."""


def run_pages(section: Section) -> Iterator[Page]:
    """One page an entry of the ledger."""
    there = {run.id for run in section.singles}
    for run in section.runs.values():
        singles = run.singles
        for one in singles:
            scores = (run if len(singles) == 1 else one).scores("test")  # through the shelf where it can
            found = section.measured[run.cell]
            values = {**_values(section, one, scores, there, found.outputs), **_result(found, one)}
            above = cell_way(section, one.cell)
            yield Page(run_path(section, one.id), "run.html.j2", f"Run {one.id}", values, above, section)


def _values(
    section: Section, run: Run, scores: pd.DataFrame, there: set[str], outputs: Outputs | None
) -> dict[str, Any]:
    record, shown = read_json(run.folder / "run.json"), scores.head(SHOWN)
    headings, cells = _said(shown, outputs) if outputs else _classes(shown, run.target.names)
    return {
        "run": run,
        "cell_target": cell_path(section, run.cell),
        "facts": list(_facts(run)),
        "parents": [(name, run_path(section, name) if name in there else None) for name in run.parents],
        "headings": headings,
        "scores": _lines(shown, cells),
        "n": len(scores),
        "file": f"scores/epoch-{run.selected_epoch:03d}.parquet",
        "environment": as_yaml(record.get("environment", {})),
        "record": as_yaml(dict(run.facts)),
        "files": as_yaml(dict(run.files)),
    }


def _result(found: Measured, run: Run) -> dict[str, Any]:
    """What the run came to, and what guessing would."""
    main, target = found.mains[run.id], found.summary.target
    chance = "" if target.chance is None else number(target.chance)
    return {"metric": metric_words(target.main), "result": interval_text(main), "chance": chance,
            "strip": strip(main, lines=guessing(found.summary), scale=scale_of(target))}  # fmt: skip


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield "seed", str(run.seed)
    if run.fold is not None:
        yield "fold", f"{run.fold} of {run.folds}"
    scale = " from {:g} to {:g}".format(*run.target.scale) if run.target.scale else ""
    yield "data set", f"{run.dataset}, target {run.column}, {len(run.target.names)} {run.target.kind}{scale}"
    yield "epochs", f"{run.selected_epoch + 1} selected of {run.epochs}" if run.epochs else "none"
    yield "finished", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(run.finished))
    if who := run_by(run):
        yield "run by", who
    yield "code", commit_text(run.environment)
    yield "variant", run.variant or "not said"


Answers = tuple[tuple[str, ...], list[list[tuple[str, str]]]]
"""Headings; and of each item the texts below them, each with its tone (a class of ``style.css``) or none."""


def _lines(scores: pd.DataFrame, cells: list[list[tuple[str, str]]]) -> list[Mapping[str, Any]]:
    rows = scores[["item", "video", "subject"]].to_dict("records")
    return [
        {
            "item": row["item"],
            "video": row["video"],
            "cells": own,
            "subject": row["subject"] if isinstance(row["subject"], str) else "",
        }
        for row, own in zip(rows, cells, strict=True)
    ]


def _classes(scores: pd.DataFrame, classes: tuple[str, ...]) -> Answers:
    """Truth and answer of each item, and how sure it is."""
    p, answers, cells = evaluation.probabilities(scores), evaluation.predictions(scores), []
    for label, answer, chances in zip(scores["label"].astype(int), answers, p, strict=True):
        said = f"✓ {classes[answer]}" if answer == label else f"✗ {classes[answer] if answer >= 0 else 'undefined'}"
        cells.append([(classes[label], "word"), (said, "word good" if answer == label else "word bad"),
                      (number(float(chances.max())), ""), (number(float(chances[label])), "")])  # fmt: skip
    return ("Truth", "Answer", "Confidence", "Probability of the truth"), cells


def _said(scores: pd.DataFrame, outputs: Outputs) -> Answers:
    """What is said of each item in words: of labels which are missed, of values truth and answer."""
    lines = [outputs.said(row) for row in scores.to_dict("records")]
    return tuple(heading for heading, _ in lines[0]), [[(text, "word wrap") for _, text in line] for line in lines]
