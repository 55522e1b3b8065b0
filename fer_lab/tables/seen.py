"""Whether the weights that runs start from may have seen what they were tested on: then nothing is said of the result.

What is known of weights stands in their passport (``fer_lab.packages``), that of today where it comes along, else what
the run has recorded of it. Only the items themselves count: that somebody is known from other pictures is said in the
passport, and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fer_lab.errors import StoreError
from fer_lab.ledger import Run, read_run
from fer_lab.packages import REFUSED, passport_of_record
from fer_lab.packages.passport import OTHERS

WORDS: Mapping[str, str] = {"yes": "have seen", "possibly": "may have seen"}
"""What is said of weights, by a word of ``packages.ITEMS`` of which no verdict is given."""


def why_seen(runs: Iterable[Run]) -> str:
    """Why no verdict is given of runs: ``weights <name> may have seen test items of <data set>``; '' where one may be.

    Args:
        runs: finished; those that they start from are asked as well, as far as they lie beside them.
    """
    worst = [found for run in runs for found in _refused(run)]
    order = [*reversed(REFUSED)]  # what is known comes before what may be
    return next((text for word in order for own, text in worst if own == word), "")


def passport_note(run: Run) -> str:
    """``passport <name>: items of <data set> by_chance``; '' where the weights of a run cannot have seen any."""
    name, states = _states(run.facts.get("weights", {}))
    words = {dataset: states.get(dataset, states.get(OTHERS, "no")) for dataset in _sets(run)}
    found = [f"items of {dataset} {word}" for dataset, word in words.items() if word != "no"]
    return f"passport {name}: {', '.join(found)}" if found else ""


def _sets(run: Run) -> Sequence[str]:
    """The data sets whose items it was tested on."""
    return run.facts.get("members") or [run.dataset]


def _refused(run: Run) -> Iterator[tuple[str, str]]:
    """The words of which no verdict is given, with what is said."""
    for told in _weights(run):
        name, states = _states(told)
        for dataset in _sets(run):
            word = states.get(dataset, states.get(OTHERS, "no"))
            if word in REFUSED:
                yield word, f"weights {name} {WORDS[word]} test items of {dataset}"


def _states(told: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """The name of a passport, and its word of the items of each data set; no words where nothing was started from."""
    if known := passport_of_record(told):
        return known.name, {dataset: one.items for dataset, one in known.seen.items()}
    recorded: Mapping[str, Any] = told.get("passport") or {}
    return str(recorded.get("name", "")), dict(recorded.get("seen") or {})


def _weights(run: Run) -> Iterator[Mapping[str, Any]]:
    """What a run, its folds and all that they start from say of their weights."""
    for single in run.singles:
        yield single.facts.get("weights", {})
        for parent in single.parents:
            try:
                yield from _weights(read_run(single.folder.parent / parent))
            except StoreError:  # of a ledger handed on in part; a child without weights of its own has recorded theirs
                continue
