"""What one must know to read the times of runs: on what they depend beside the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fer_lab.ledger import Run
from fer_lab.tables.schema import Table


def times(table: Table, runs: Iterable[Run]) -> list[str]:
    """One sentence a line; nothing of tables that read no time."""
    if not any(value.timed for value in table.values):
        return []
    own = list(runs)
    return [
        "Times, and images in a time, stand beside those printed without a verdict: the machine decides them. Minutes "
        "are those of a whole run, its preparation and all its predictions included.",
        *_each(
            own, _stored, "No step computed what was stored of each image beforehand (with backbone_store=off it does)"
        ),
        *_each(own, _spread, "Images per second, quartiles over the steps of the optimizer"),
        *_each(own, _resumed, "Interrupted and resumed: times are those since"),
    ]


def _each(runs: Iterable[Run], words: Callable[[Run], str], what: str) -> list[str]:
    """A line of what there is to say, with the runs that it is said of; none where there is nothing."""
    said: dict[str, list[str]] = {}
    for run in runs:
        said.setdefault(words(run), []).append(f"{run.cell} seed {run.seed}")
    found = [f"{text} ({', '.join(names)})" for text, names in said.items() if text]
    return [f"{what}: {'; '.join(found)}."] if found else []


def _stored(run: Run) -> str:
    return f"{run.facts['stored_blocks']} frozen blocks" if "stored_blocks" in run.facts else ""


def _spread(run: Run) -> str:
    if not (speed := run.facts.get("speed")):
        return ""
    low, high = speed["quartiles"]
    return f"{low:.4g} to {high:.4g} over {speed['steps']}"


def _resumed(run: Run) -> str:
    first = run.facts.get("speed", {}).get("first_epoch", 0)
    return f"epoch {first + 1}" if first else ""
