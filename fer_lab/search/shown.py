"""What a search has come to, from its journal: its trials, the best of them, and how that becomes a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from fer_lab.labels import several
from fer_lab.ledger import STAMP
from fer_lab.resources import ENTRY
from fer_lab.search.journal import ABOUT, SETTING, counted_trials, is_held, read_study

WORDS = {TrialState.COMPLETE: "done", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


@dataclass(frozen=True)
class Shown:
    """A search as its journal has it.

    Attributes:
        about: cell, space, seed, stamp and further words.
        trials: those that count, in their order, but for those that are only planned.
    """

    folder: Path
    about: Mapping[str, Any]
    trials: Sequence[FrozenTrial]

    @property
    def best(self) -> FrozenTrial | None:
        """The trial that is best on validation, the earlier of equals."""
        done = [one for one in self.trials if one.state == TrialState.COMPLETE]
        return max(done, key=lambda one: float(one.value or 0.0), default=None)


def read_search(folder: Path) -> Shown:
    """Read a search.

    Raises:
        StoreError: its journal is damaged.
    """
    study = read_study(folder)
    trials = [one for one in counted_trials(study.get_trials(deepcopy=False)) if SETTING in one.user_attrs]
    return Shown(folder, study.user_attrs[ABOUT], trials)


def title(search: Shown) -> str:
    """What a search is of, and its stamp."""
    about = search.about
    own = "".join(f" {word}" for word in about["words"])
    return f"{about['cell']} seed {about['seed']}, space {about['space']}{own} ({', '.join(about[k] for k in STAMP)})"


def line(search: Shown, trial: FrozenTrial) -> str:
    """A trial: number, score on validation, what it overrides, state, runs."""
    own = trial.user_attrs
    value = "  -  " if trial.value is None else f"{trial.value:.3f}"
    about = (f"{trial.number:>3}", value, " ".join(own[SETTING]), _state(search, trial), " ".join(own.get("runs", [])))
    return "  ".join(("", *about))


def _state(search: Shown, trial: FrozenTrial) -> str:
    own = trial.user_attrs
    if trial.state == TrialState.COMPLETE:
        was = ", was in the ledger" if own["state"] == "kept" else ""
        return f"epoch {own['epoch']} of {own['epochs']}{was}"
    if trial.state == TrialState.RUNNING:
        return "running" if is_held(search.folder, trial.number) else "interrupted"
    return f"{WORDS[trial.state]}: {own.get('why', '')}".replace("\n", " ")


def lines(search: Shown) -> Iterator[str]:
    """A whole search: its trials, best first, then the best and what to do with it."""
    yield title(search)
    ranked = sorted(search.trials, key=lambda one: (one.state != TrialState.COMPLETE, -float(one.value or 0.0)))
    yield from (line(search, one) for one in ranked)
    states = [WORDS.get(one.state, "running or interrupted") for one in search.trials]
    yield f"{several(len(states), 'trial')}: " + ", ".join(f"{states.count(s)} {s}" for s in dict.fromkeys(states))
    yield from _winner(search)


def _winner(search: Shown) -> Iterator[str]:
    """The best trial, beside the first one, and how it becomes a result."""
    if search.best is None:
        yield "no trial is done yet"
        return
    best, first, about = search.best, search.trials[0], search.about
    setting = " ".join(best.user_attrs[SETTING])
    yield f"best: trial {best.number}, {best.value:.3f}: {setting}"
    if first.state == TrialState.COMPLETE and first is not best:
        yield f"beside trial {first.number}, {first.value:.3f}: {' '.join(first.user_attrs[SETTING])}"
    yield "These are scores of the validation part, which chose: the best of several is flattered, and no result."
    yield "The test part was not looked at. For a result, train the best on further seeds, which opens it once:"
    words = [f"{key}={about[key]}" for key in STAMP] + about["words"]
    words += [f"seed={_others(about['seed'])}", "test_scores=final"]
    yield f"  {ENTRY} -m cell={about['cell']} {setting} {' '.join(words)}"
    yield "or give an experiment a further cell with these values: a table can then name it."


def _others(seed: int) -> str:
    """Three seeds that the search has not seen."""
    return ",".join(str(seed + more) for more in (1, 2, 3))
