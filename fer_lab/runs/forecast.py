"""What a sweep will do, said before it starts: its steps, its runs, and how long such things took."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from fer_lab.configs.known import options_of_data
from fer_lab.labels import several
from fer_lab.ledger import readable
from fer_lab.ledger.sweeps import longest_phases
from fer_lab.phases import duration
from fer_lab.processes import usable_cores
from fer_lab.resources import CHECKOUT
from fer_lab.sources import titles
from fer_lab.storage import read_json
from fer_lab.tables import find_cell, stamp_words

REFERENCE = "results/reference"


@dataclass(frozen=True)
class Took:
    """How long runs of a cell took: seconds each, on which processor or GPU, and in whose ledger that stands."""

    seconds: tuple[float, ...]
    machine: str
    where: str


def outline(
    cells: Sequence[str], seeds: Sequence[int], stamp: Mapping[str, str], results: Path, table: Path | None = None
) -> Iterator[str]:
    """The lines that say what a sweep will do; no configuration is composed and no data are opened.

    Args:
        cells: that are asked for, ``<experiment>/<name>``.
        seeds: of each.
        stamp: source, profile and protocol.
        results: where earlier runs and sweeps tell how long they took, before the committed reference results do.
        table: where a table is written at the end, if one is.
    """
    parents = [cell for cell in with_parents(cells) if cell not in cells]
    known = took(stamp, results)
    before = longest_phases(results / "sweeps", tuple(stamp.values()))
    extra = f", and {len(parents) * len(seeds)} that these start from" if parents else ""
    of = f"{several(len(cells), 'cell')}, seed{'' if len(seeds) == 1 else 's'} {', '.join(map(str, seeds))}"
    yield f"{several(len(cells) * len(seeds), 'run')} ({of}){extra}"
    yield f"{stamp_words(stamp)}; what is finished is kept"
    steps = {
        "twins": f"draw {_data_sets(cells)}, once" if stamp["source"] == "embedded" else f"read {_data_sets(cells)}",
        "faces": "find and prepare the faces, once a data set",
        "backbone": "compute what frozen layers make of them, once",
    }
    for number, (name, words) in enumerate(steps.items(), 1):
        yield f"  {number} {name:<9} {words}{f': {duration(before[name])} before' if name in before else ''}"
    yield f"  4 {'runs':<9} {_forecast([*cells, *parents], len(seeds), known)}"
    if table is not None:
        yield f"  5 {'table':<9} {table}"
    if (load := os.getloadavg()[0]) > usable_cores():
        yield f"The machine is busy (load {load:.1f} on {usable_cores()} cores): all of it will take longer."


def with_parents(cells: Iterable[str]) -> list[str]:
    """Cells and all that they start from, each once."""
    found: dict[str, None] = {}
    for cell in cells:
        found |= {cell: None, **dict.fromkeys(with_parents(find_cell(cell).parents))}
    return list(found)


def took(stamp: Mapping[str, str], results: Path) -> dict[str, Took]:
    """How long runs took by cell: those of a ledger, else those whose records are committed with the project.

    Args:
        stamp: of which source and profile.
        results: the ledger's folder.
    """
    own = [{**vars(run)} for run in readable(results / "runs")[0]]
    committed = [read_json(path) for path in (CHECKOUT / REFERENCE).glob("*/runs/*/run-*.json")] if CHECKOUT else []
    return _by_cell(committed, REFERENCE, stamp) | _by_cell(own, str(results), stamp)


def mean_seconds(stamp: Mapping[str, str], results: Path) -> dict[str, float]:
    """How long a run of each cell took, seconds on the mean; see ``took``."""
    return {cell: fmean(one.seconds) for cell, one in took(stamp, results).items()}


def peak_memory(stamp: Mapping[str, str], results: Path) -> dict[str, int]:
    """The most memory that a run of each cell has taken of a GPU, bytes, as far as the ledger's runs say so.

    Args:
        stamp: of which source and profile.
        results: the ledger's folder.
    """
    most: dict[str, int] = {}
    for run in readable(results / "runs")[0]:
        taken = run.facts.get("gpu_memory")
        if taken and (run.source, run.profile) == (stamp["source"], stamp["profile"]):
            most[run.cell] = max(most.get(run.cell, 0), int(taken))
    return most


def _by_cell(records: Iterable[Mapping[str, Any]], where: str, stamp: Mapping[str, str]) -> dict[str, Took]:
    found: dict[str, Took] = {}
    for record in records:
        if all(record[key] == stamp[key] for key in ("source", "profile")):
            machine = record["environment"].get("gpu") or record["environment"].get("cpu") or "another machine"
            before = found.get(record["cell"], Took((), "", ""))
            found[record["cell"]] = Took((*before.seconds, float(record["facts"]["seconds"])), machine, where)
    return found


def _forecast(cells: Sequence[str], seeds: int, known: Mapping[str, Took]) -> str:
    """How long the runs take one after the other, as far as such runs are known."""
    there = [known[cell] for cell in cells if cell in known]
    if not there:
        return "nobody has kept how long such runs take"
    seconds = sum(fmean(one.seconds) for one in there) * seeds
    places = ", ".join(dict.fromkeys(f"{one.machine}, {one.where}" for one in there))
    missing = f"; of {several(len(cells) - len(there), 'cell')} nothing is known" if len(there) < len(cells) else ""
    return f"{duration(seconds)} one after the other ({places}){missing}"


def _data_sets(cells: Sequence[str]) -> str:
    """The titles of the data sets of cells."""
    options = options_of_data()
    names = {str(options[option].get("name", option)) for option in (find_cell(c).groups["data"] for c in cells)}
    return ", ".join(titles().get(name, name) for name in sorted(names))
