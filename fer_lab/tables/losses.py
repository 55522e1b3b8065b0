"""What the footnotes say of classes of unlike size: what losses made of them, and what it costs to miss each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fer_lab.evaluation.metrics import EXPECTED_COST, costs_of_missing
from fer_lab.ledger import Run
from fer_lab.tables.measures import training_counts
from fer_lab.tables.schema import Table


def losses(runs: Iterable[Run]) -> list[str]:
    """What losses by class found of the training items, cell by cell, and how many items each class had."""
    cells: dict[str, dict[str, int]] = {}
    for run in runs:
        loss = run.facts.get("loss") or {}
        if "what" in loss:  # earlier records do not say what was found
            found = {
                name: _of(one, own)
                for own, (name, one) in enumerate(zip(run.target.names, loss["of_class"], strict=True))
            }
            words = f"{loss['what']}: {_named(found)}; training items: {_named(_ordered(run))}"
            cells.setdefault(words, {})[run.cell] = 0
    return [f"Loss by class of {', '.join(own)}; {words}." for words, own in cells.items()]


def costs(table: Table, runs: Iterable[Run]) -> list[str]:
    """What it costs to miss a class, where the table has an expected cost."""
    asked = {value.cell for value in table.values if value.name == EXPECTED_COST}
    counts = [_ordered(run) for run in runs if run.cell in asked]
    found = dict.fromkeys(
        _named(dict(zip(one, map(_number, costs_of_missing([*one.values()]).max(axis=1)), strict=True)))
        for one in counts
    )
    if not found:
        return []
    words = "what the answers cost on average, the lower the better"
    missed = "to miss a class costs N / (C n), n of the N training items of C classes being of it"
    return [f"Expected cost: {words}; {missed}: {' or '.join(found)}."]


def _ordered(run: Run) -> dict[str, int]:
    """The number of training items of each class, in the order of the classes."""
    counts = training_counts(run)
    return {name: counts[name] for name in run.target.names}


def _named(values: Mapping[str, object]) -> str:
    """``anger 1.04, disgust 0.87``."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _of(found: float | Sequence[float], own: int) -> str:
    """The weight of a class; or what the other answers cost, once where they cost the same."""
    if not isinstance(found, Sequence):
        return _number(found)
    others = [cost for other, cost in enumerate(found) if other != own]
    return " / ".join(map(_number, others[:1] if len(set(others)) == 1 else others))


def _number(value: float) -> str:
    return f"{value:.2f}"
