"""What the footnotes say of how labels and values are answered: order, thresholds, constants; and what is resampled."""

from __future__ import annotations

from collections.abc import Iterable

from fer_lab.evaluation.label_metrics import both_known
from fer_lab.evaluation.target import Target
from fer_lab.ledger import Run
from fer_lab.tables.comparison import Comparison, runs_of
from fer_lab.tables.measures import thresholds_of
from fer_lab.tables.reading import RANKED
from fer_lab.tables.schema import ALWAYS, Printed
from fer_lab.tables.summary import Summary

NAMED = 12
"""How many labels a note names before it says that there are more."""


def answered(comparison: Comparison) -> list[str]:
    """One sentence a line; nothing of tables whose cells are of classes."""
    summaries = [one for one in comparison.summaries.values() if not one.target.exclusive]
    return [*_resampled(summaries), *_orders(comparison, summaries), *_thresholds(comparison), *_constants(comparison)]


def _resampled(summaries: Iterable[Summary]) -> list[str]:
    """What is drawn for the intervals of each cell, and how much of it there is."""
    found: dict[str, list[str]] = {}
    for one in summaries:
        others = "images" if one.n_videos == one.n_items else "videos"
        words = f"{one.n_subjects} people" if one.n_subjects else f"{one.main.n_units} {others} (nobody is named)"
        found.setdefault(words, []).append(_place(one))
    each = "; ".join(f"{words} in {_list(cells)}" for words, cells in found.items())
    return [f"Resampled: {each}."] if found else []


def _orders(comparison: Comparison, summaries: Iterable[Summary]) -> list[str]:
    """Which labels have an area, where a table has one."""
    if not any(value.name in RANKED for value in comparison.table.values):
        return []
    lines: dict[str, list[str]] = {}
    for one in summaries:
        if one.target.ranked:
            lines.setdefault(_without_area(one), []).append(_place(one))
    words = (
        "ROC AUC and average precision are of the order of answers, whatever the threshold, and need a label that is "
    )
    return [words + f"known to be present in one item and absent in another: {lacking} ({_list(cells)})."
            for lacking, cells in lines.items()]  # fmt: skip


def _without_area(one: Summary) -> str:
    names = one.target.names
    gone = [name for place, name in enumerate(names) if not both_known(one.sums[[place, -1]])]
    left_out = f"; undefined, and left out of means: {_list(gone)}" if gone else ""
    return f"{len(names) - len(gone)} of {len(names)} are{left_out}"


def _thresholds(comparison: Comparison) -> list[str]:
    """From where on labels are answered where that was chosen on validation."""
    asked = {value.cell: value for value in comparison.table.values if value.threshold and value.kind == "metric"}
    runs = {cell: runs_of(comparison.runs, cell) for cell in asked}
    found = [f"{_span(asked[cell], own.values())} in {cell}" for cell, own in runs.items() if own]
    if not found:
        return []
    leaking = [cell for cell, own in runs.items() if any(map(_validates_on_test, own.values()))]
    words = (
        "Threshold of validation: a label is present from the answer on that has the best F1 on the validation part, "
        "of the same seed and epoch (of equals that nearest .5; a label present in none of its items keeps .5): "
    )
    fitted = "validation is the test part there, and thresholds are fitted to it"
    return [f"{words}{'; '.join(found)}." + (f" No result in {_list(leaking)}: {fitted}." if leaking else "")]


def _span(value: Printed, runs: Iterable[Run]) -> str:
    every = [number for run in runs for number in thresholds_of(run, value)]
    return f"{min(every):.2f} to {max(every):.2f}"


def _validates_on_test(run: Run) -> bool:
    return not set(run.scores("val")["video"]).isdisjoint(run.scores("test")["video"])


def _constants(comparison: Comparison) -> list[str]:
    """Which values are of no network."""
    asked = {value.answers for value in comparison.table.values}
    kinds: dict[str, type[Target]] = {one.target.kind: type(one.target) for one in comparison.summaries.values()}
    constant = " or ".join(dict.fromkeys(kind.best_constant for kind in kinds.values()))
    words = {
        "constant": f"every item is answered with {constant}",
        "absent": "no label is answered for any item",
        "majority": "every item is answered with what most of them are",
    }
    words |= {key: f"every item is answered with {key.removeprefix(ALWAYS)}" for key in asked if key and ALWAYS in key}
    columns = {v.answers: v.column for v in comparison.table.values if v.answers}
    return [f"{columns[key]}: {text}; no network." for key, text in words.items() if key in asked and constant]


def _place(one: Summary) -> str:
    return one.cell if one.part == "test" else f"{one.cell}, {one.part}"


def _list(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more
