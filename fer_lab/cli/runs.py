"""The command that shows the finished runs, best first. No Hydra: it answers within a second."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import isnan
from statistics import fmean
from typing import TYPE_CHECKING

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.words import asked, results_of
from fer_lab.ledger import STAMP

if TYPE_CHECKING:
    from fer_lab.ledger import Excluded, Scored

KEYS = (*STAMP, "experiment", "cell", "seed")


@app.command("runs")
def runs_(overrides: Overrides = None) -> None:
    """Every finished cell of all stamps, by data set, best first; with cell=... each of its runs.

    Trials of a search stand below, without a score of the test part, so that none is chosen by it.
    """
    from fer_lab.ledger import by_cell, scored_runs, trials

    words = asked(overrides or [], KEYS)
    folder = results_of(words) / "runs"
    found, excluded = scored_runs(folder)
    chosen = [one for one in found if all(_is(one, key, words[key]) for key in KEYS if key in words)]
    tried = trials(folder.parent / "searches")
    groups = sorted(
        by_cell([one for one in chosen if not _is_trial(one, tried)]).values(),
        key=lambda group: (_question(group[0]), _worst(group)),
    )
    for question, own in groupby(groups, key=lambda group: _question(group[0])):
        say(question)
        lines = list(own)
        width = max(len(group[0].run.cell) for group in lines)
        for group in lines:
            say(_line(group, width))
            for single in _singles(group) if "cell" in words else ():
                say(single)
    for line in _trials([one for one in chosen if _is_trial(one, tried)], tried):
        say(line)
    for line in _left_out(excluded):
        say(line)
    if not chosen:
        say(f"no finished run in {folder}")


def _is(one: Scored, key: str, value: str) -> bool:
    """Whether a run is one of those that a word asks for."""
    if key == "experiment":
        return one.run.cell.startswith(f"{value}/")
    return str(getattr(one.run, key)) in value.split(",")


def _is_trial(one: Scored, tried: Mapping[str, str]) -> bool:
    """Whether a search has trained it; what the cell as it stands comes to is no secret."""
    return bool(one.run.settings) and one.run.id in tried


def _trials(chosen: Sequence[Scored], tried: Mapping[str, str]) -> Iterator[str]:
    """Each trial: its search, its cell and seed, and what it tried."""
    for one in chosen:
        run = one.run
        settings = " ".join(f"{key}={value}" for key, value in run.settings.items())
        stamp = " ".join(str(getattr(run, key)) for key in STAMP)
        yield f"trial of {tried[run.id]}: {run.cell}  {stamp}  seed {run.seed}  {settings}"
    if chosen:
        yield "fer-lab search --show says what trials came to on validation"


def _question(one: Scored) -> str:
    """What a run was asked: only answers to one question can be put in an order."""
    target = one.run.target
    chance = "" if target.chance is None else f", chance {target.chance:.3f}"
    return f"{one.run.dataset}, {one.run.column}: {target.main} of {len(target.names)} {target.kind} on test{chance}"


def _worst(group: Sequence[Scored]) -> float:
    value = _mean(group)
    return 1.0 if isnan(value) else -value


def _mean(group: Sequence[Scored]) -> float:
    return fmean(one.value for one in group)


def _line(group: Sequence[Scored], width: int) -> str:
    first = group[0].run
    seeds = ", ".join(dict.fromkeys(str(one.run.seed) for one in group))
    folds = f" ({len({one.run.fold for one in group})} of {first.folds} folds)" if first.folds > 1 else ""
    stamp = " ".join(str(getattr(first, key)) for key in STAMP)
    return f"  {_number(_mean(group))}  {first.cell:<{width}}  {stamp}  seed {seeds}{folds}"


def _singles(group: Sequence[Scored]) -> Iterator[str]:
    """Each run of a cell: seed, score, selected epoch, how long it took, when, and where it lies."""
    for one in group:
        run = one.run
        fold = "" if run.fold is None else f" fold {run.fold}"
        epoch = f"epoch {run.selected_epoch + 1} of {run.epochs}"
        ended = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.finished))
        about = (f"seed {run.seed}{fold}", epoch, f"{run.facts['seconds']:.0f} s", ended, run.id)
        yield f"    {_number(one.value)}  {'  '.join(about)}"


def _number(value: float) -> str:
    return "undef" if isnan(value) else f"{value:.3f}"


def _left_out(excluded: Sequence[Excluded]) -> Iterator[str]:
    """How many runs are not shown, and of those that are damaged which."""
    unfinished = [one for one in excluded if not one.finished]
    if unfinished:
        yield f"not finished: {len(unfinished)} (fer-lab status)"
    yield from (f"left out: {one.id}: {one.reason}" for one in excluded if one.finished)
