"""What one must know to read the times of runs: on what they depend beside the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fer_lab.ledger import Run
from fer_lab.ledger.timings import WAYS, Times, read_timings
from fer_lab.tables.machines import machine_words
from fer_lab.tables.schema import Printed, Table

NO_VERDICT = "Times, and images in a time, stand beside those printed without a verdict: the machine decides them."


def times(table: Table, runs: Iterable[Run]) -> list[str]:
    """One sentence a line; nothing of tables that read no time."""
    own, values = list(runs), [value for value in table.values if value.timed]
    trained, answered = (any((value.kind == "timing") is one for value in values) for one in (False, True))
    return [
        *([NO_VERDICT] if values else []),
        *(_of_training(own) if trained else []),
        *(_of_answering(own, [value for value in values if value.kind == "timing"]) if answered else []),
    ]


def _of_training(runs: list[Run]) -> list[str]:
    return [
        "Minutes are those of a whole run, its preparation and all its predictions included.",
        *_each(
            runs, _stored, "Stored of each image before training, and computed in no step (backbone_store=off does)"
        ),
        *_each(runs, _spread, "Images per second, quartiles over the steps of the optimizer"),
        *_each(runs, _resumed, "Interrupted and resumed: times are those since"),
    ]


def _of_answering(runs: list[Run], values: list[Printed]) -> list[str]:
    """What was timed, on what, how often; and that it is scaled where other numbers of pictures are asked for."""
    ways = {value.name.partition(".")[2] for value in values}
    asked = {int(value.of or 0) for value in values}
    lines = [f"Timed: {'; '.join(WAYS[way] for way in WAYS if way in ways)}. Loading the network is in no time."]
    for run in runs:
        for one in read_timings(run):
            spread = ", ".join(_way(way, one.seconds[way]) for way in WAYS if way in ways)
            scaled = "" if asked == {one.images} else f", scaled to {' or '.join(map(str, sorted(asked)))}"
            lines.append(
                f"{run.cell} seed {run.seed} on {machine_words(one.environment, one.facts)}: {one.images} pictures "
                f"({one.facts.get('pictures', 'not said of what')}), no face in {one.no_face}: {spread}{scaled}."
            )
    return lines


def _way(way: str, times: Times) -> str:
    low, high = times.spread
    return f"{way} {low:.3g} to {high:.3g} s, {len(times.repeats)} times"


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
