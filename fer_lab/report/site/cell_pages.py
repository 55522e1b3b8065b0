"""The pages of the cells: runs, training, right and wrong, people, confidence, configuration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import yaml

from fer_lab import tables
from fer_lab.evaluation import Interval
from fer_lab.ledger import Run
from fer_lab.report.site.cells import RULES, Answers, Choice, Measured
from fer_lab.report.site.charts import Axis, Chart, course, ranked, reliability, share_axis, signed_axis
from fer_lab.report.site.matrices import measured_matrix, printed_of
from fer_lab.report.site.overview import short_number, way
from fer_lab.report.site.page import Page, cell_path, face_path, run_path, table_path, thesis_path
from fer_lab.report.site.section import Section, cell_of
from fer_lab.report.site.strips import guessing, scale_of, strip
from fer_lab.report.site.theses import thesis
from fer_lab.report.site.words import (
    as_yaml,
    capital,
    counted,
    difference_text,
    interval_text,
    number,
    percent,
    seconds,
)
from fer_lab.tables.grid import metric_words
from fer_lab.tables.summary import Summary

PRIVATE = ("paths", "campaign", "cache", "jobs", "workers", "dry_run", "fail_fast")
"""What is of the machine or of the command, not of the run."""
SURE = 0.01


def cell_pages(section: Section) -> Iterator[Page]:
    """One page a cell that has a run."""
    for key, found in section.measured.items():
        cell, above = cell_of(key), cell_way(section, key)[:-1]
        title = cell.title if cell else "No longer among the experiments: its runs are of an earlier state of them."
        path = cell_path(section, key) or ""
        values = {"title": title, **_values(section, key, found)}
        faces = found.faces.images if found.faces else ()
        images = {face_path(section, key, number): face for number, face in enumerate(faces)}
        yield Page(path, "cell.html.j2", key, values, above, section, images)


def cell_way(section: Section, key: str) -> list[tuple[str, str]]:
    """The links above what lies below a cell, its own page the last."""
    experiment = tables.experiments().get(key.split("/")[0])
    of = [(thesis(experiment.thesis).short, thesis_path(section, experiment.thesis))] if experiment else []
    return way(section, *of, (key, cell_path(section, key) or ""))


def _values(section: Section, key: str, found: Measured) -> dict[str, Any]:
    summary, singles = found.summary, [one for run in found.runs.values() for one in run.singles]
    cell = cell_of(key)
    return {
        "main": capital(metric_words(summary.target.main)),
        "metric": metric_words(summary.target.main),
        "numbers": [(metric_words(name), number(interval.mean)) for name, interval in summary.metrics.items()
                    if name != summary.target.main],
        "interval": interval_text(summary.main),
        "strip": strip(summary.main, lines=guessing(summary), scale=scale_of(summary.target)),
        "facts": list(_facts(found)),
        "parents": [(name, cell_path(section, name)) for name in (cell.parents if cell else ())],
        "used": [(short_number(c.table), table_path(section, slug)) for slug, c in section.comparisons.items()
                 if key in c.table.cells],
        "folds": len(singles) > len(found.runs),
        "runs": [_run_line(section, one, found) for one in singles],
        "curves": _curves(found),
        "choices": [_choice(choice) for choice in found.choices],
        "kind": "cell_classes.html.j2" if found.outputs is None else found.outputs.template,
        "own": found.outputs.page() if found.outputs else _answers(section, key, found),
        "calibration": found.calibration,
        "sure": sure(found),
        "reliability": reliability_of(found),
        "worst": _worst(section, key, found),
        "faces": found.faces,
        "first_seed": next(iter(found.runs)),
        "exclusive": summary.target.exclusive,
        "groups": None if found.groups is None else _groups(found.groups),
        "config": as_yaml(configuration(singles[0])),
    }  # fmt: skip


def _answers(section: Section, key: str, found: Measured) -> dict[str, Any]:
    """What a page of classes shows beside what all show."""
    assert found.answers is not None
    summary, answers = found.summary, found.answers
    people = _people(answers)
    names = {name for name, ran in section.names.items() if ran == key}
    printed = printed_of(names, summary.target.names)
    return {
        "matrix": measured_matrix(summary),
        "printed": printed[1] if printed else None,
        "printed_in": printed[0].number if printed else "",
        "printed_at": table_path(section, printed[0].slug) if printed else None,
        "by_class": _by_class(answers),
        "people": ranked("Accuracy of each person", people, summary.target.chance) if people else None,
        "by_person": answers.subjects.to_dict("records"),
    }


def _facts(found: Measured) -> Iterator[tuple[str, str]]:
    summary, first = found.summary, next(iter(found.runs.values()))
    if summary.missing:
        yield "missing seeds", ", ".join(map(str, summary.missing))
    people = counted(summary.n_subjects, "person", "people") if summary.n_subjects else "nobody named"
    shown = f"{counted(summary.n_items, 'item')} of {counted(summary.n_videos, 'video or image', 'videos or images')}"
    yield "test part", f"{shown}, {people}; data set {first.dataset}"
    yield "voting videos", ", ".join(f"{rule} {number(value)}" for rule, value in summary.votes.items())
    yield "to beat", _to_beat(summary)
    yield "leaked", f"{percent(summary.leaked)} of the test items"
    yield "weights", str(first.facts.get("weights", {}).get("origin", "not said"))
    if "trained_parameters" in first.facts:
        yield "parameters", f"{first.facts['parameters']:,}, of which {first.facts['trained_parameters']:,} are trained"
    yield "precision", f"{first.facts.get('precision', 'not said')}"


def _to_beat(summary: Summary) -> str:
    chance = summary.target.chance
    guessing = "" if chance is None else f", {number(chance)} by guessing"
    return f"{number(summary.constant)} by {summary.target.best_constant}{guessing}"


def _run_line(section: Section, run: Run, found: Measured) -> dict[str, str]:
    return {
        "id": run.id,
        "target": run_path(section, run.id),
        "seed": str(run.seed),
        "fold": "" if run.fold is None else str(run.fold),
        "epoch": f"{run.selected_epoch + 1} of {run.epochs}" if run.epochs else "none: as its parents left it",
        "main": interval_text(found.mains[run.id]),
        "tested": str(run.facts.get("items", {}).get("test", "")),
        "leaked": percent(float(run.facts["leak_share"])),
        "seconds": seconds(float(run.facts.get("seconds", 0))),
    }


def _curves(found: Measured) -> list[Chart]:
    """Loss, and the main metric, over the epochs."""
    target, name = found.summary.target, found.summary.target.main
    words, drawn = metric_words(name), []
    y = share_axis(words) if target.main_metric.low == 0 else signed_axis(words)
    panels: list[tuple[str, Axis | str, dict[str, tuple[str, str]]]] = [
        ("Loss", "loss", {"train/loss": ("one", "training")}),
        (capital(words), y, {f"train/{name}": ("one", "training"), f"val/{name}": ("two", "validation"),
                             f"test/{name}": ("three", "test, which training never saw")}),
    ]  # fmt: skip
    for title, axis, columns in panels:
        lines = [(*columns[column], found.courses[column]) for column in columns if len(found.courses.get(column, ()))]
        last = max((int(values.index.max()) for _, _, values in lines), default=0)
        if last:
            drawn.append(course(title, axis, lines, last))
    return drawn if any(column.startswith("train/") for column in found.courses) else []


def _choice(choice: Choice) -> dict[str, str]:
    gain = difference_text(choice.gain) if choice.gain else ""
    epochs = ", ".join(map(str, choice.epochs)) or "each fold its own"
    return {"name": RULES[choice.rule], "epochs": epochs, "main": interval_text(choice.main), "gain": gain}


def _by_class(found: Answers) -> list[dict[str, Any]]:
    report, lines = found.report, []
    for line in found.classes.to_dict("records"):
        own = report.loc[line["class"]]
        interval = Interval(line["mean"], line["low"], line["high"], 0)
        lines.append({"name": line["class"], "n": line["n"], "value": line["mean"], "recall": interval_text(interval),
                      "precision": number(own["precision"]), "f1": number(own["f1"])})  # fmt: skip
    return lines


def _people(found: Answers) -> list[tuple[str, float, int]]:
    return [(str(p["subject"]), float(p["accuracy"]), int(p["n"])) for p in found.subjects.to_dict("records")]


def _groups(groups: pd.DataFrame) -> list[tuple[str, str, list[dict[str, str]]]]:
    """By attribute: its name, what the test says, and its groups."""
    found = []
    for name, rows in groups.groupby("attribute", sort=False):
        first = rows.iloc[0]
        said = "one group alone is large enough: nothing to test"
        if first["test"]:
            said = f"permuting {first['test']}: p {first['p']:.3f}, {first['p_holm']:.3f} after Holm's correction"
        found.append((str(name).replace("_", " "), said, [_group(row) for row in rows.to_dict("records")]))
    return found


def _group(row: Mapping[Any, Any]) -> dict[str, str]:
    few = "too few to say" if row["underpowered"] else interval_text(Interval(row["mean"], row["low"], row["high"], 0))
    return {"name": str(row["group"]), "people": str(row["n_subjects"] or "nobody named"),
            "videos": str(row["n_videos"]), "main": few}  # fmt: skip


def _worst(section: Section, key: str, found: Measured) -> list[dict[str, Any]]:
    """The items that are answered worst: how badly, and what is said of them."""
    said = found.outputs.said if found.outputs else partial(_mistake, found.summary.target.names)
    measure = "loss" if found.outputs else "confidence"
    return [{"video": str(row["video"]), "measure": number(float(row[measure])), "face": face_path(section, key, place),
             "said": said(row)} for place, row in enumerate(found.worst.to_dict("records"))]  # fmt: skip


def _mistake(names: Sequence[str], row: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return [("truth", names[int(row["label"])]), ("answer", names[int(row["answer"])])]


def reliability_of(found: Measured, title: str = "Reliability") -> Chart | None:
    """The reliability diagram of a cell; None where its scores are no probabilities."""
    axes = ("confidence", "accuracy") if found.summary.target.exclusive else ("probability", "share present")
    return reliability(found.calibration.diagram, title, axes) if found.calibration else None


def sure(found: Measured) -> str:
    """Whether a network is surer than it is right; of labels, whether they are said to be present too often."""
    if found.calibration is None:
        return ""
    difference = found.calibration.confidence - found.calibration.accuracy
    if math.isnan(difference):
        return "undefined"
    much, little = ("too sure", "not sure enough") if found.summary.target.exclusive else ("too high", "too low")
    return "about right" if abs(difference) <= SURE else much if difference > 0 else little


def configuration(run: Run) -> Mapping[str, Any]:
    """What a run was configured with, without what is of the machine."""
    path = run.folder / "config.yaml"
    if not path.is_file():
        return {"config.yaml": "not kept with this run"}
    config = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {key: value for key, value in config.items() if key not in PRIVATE}
