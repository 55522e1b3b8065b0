"""The trials of a search: asked for one by one, trained as runs of the ledger, told."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
import pandas as pd
from optuna.trial import TrialState

from fer_lab.configs import compose
from fer_lab.engine.job import ensure
from fer_lab.errors import DataError, PrunedError, StoreError, refusal
from fer_lab.ledger import Run, merge_folds, read_run, say_trial
from fer_lab.ledger.files import HISTORY
from fer_lab.ledger.sweeps import told_in
from fer_lab.runs import Plan, make_plans
from fer_lab.search.asked import Search
from fer_lab.search.journal import GOES_ON, SETTING, counted_trials, is_held, open_study, place_of
from fer_lab.storage import digest, locked, make_folder

if TYPE_CHECKING:
    from pytorch_lightning import Callback

log = logging.getLogger(__name__)
STARTUP, WARMUP = 4, 2
"""So many trials end before one is pruned, and so many epochs of each are trained at the least."""
PROBED = 10.0
"""Seconds that another process may take to see whether a trial's lock is held."""


@dataclass(frozen=True)
class Claimed:
    """A trial that this process works at, and where it says how far it is."""

    study: optuna.Study
    trial: optuna.Trial
    folder: Path


def prepare(search: Search) -> None:
    """See that there is a journal, and that the first thing tried is the cell as it stands: what its thesis printed."""
    study = open_study(search.folder, search.about)
    with locked(search.folder / "ask"):
        own = search.space.own(compose(search.words))
        if own and not study.get_trials(deepcopy=False):
            study.enqueue_trial(own)


@contextmanager
def claimed(search: Search) -> Iterator[Claimed | None]:
    """The next trial, held by a lock that dies with this process; None where no further one is wanted."""
    with ExitStack() as held:
        with locked(search.folder / "ask"):  # short: who asks and who looks for the dead never meet
            study = open_study(search.folder, search.about)
            study.pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=WARMUP)
            _give_back_dead(study, search)
            trial = _next(study, search)
            if trial:
                held.enter_context(locked(place_of(search.folder, trial.number), timeout=PROBED))
        yield Claimed(study, trial, place_of(search.folder, trial.number)) if trial else None


def _next(study: optuna.Study, search: Search) -> optuna.Trial | None:
    """Ask Optuna; its draws are a function of the search and the number of the trial, whoever asks."""
    trials = study.get_trials(deepcopy=False)
    begun = [one for one in counted_trials(trials) if one.state != TrialState.WAITING]
    if len(begun) >= min(search.trials, search.space.points):
        return None
    if TrialState.WAITING not in [one.state for one in trials] and search.space.points <= search.trials:
        tried = [search.space.overrides(one.params) for one in begun]
        study.enqueue_trial(next(one for one in search.space.grid() if search.space.overrides(one) not in tried))
    seed = int(digest([search.about["base"], search.about["ranges"], len(trials)], 8), 16)
    study.sampler = optuna.samplers.TPESampler(seed=seed)
    trial = study.ask({key: one.distribution() for key, one in search.space.ranges.items()})
    trial.set_user_attr(SETTING, search.space.overrides(trial.params))
    return trial


def _give_back_dead(study: optuna.Study, search: Search) -> None:
    """Queue again what a process was at that is dead: another trial takes it up, and its run goes on."""
    trials = study.get_trials(deepcopy=False)
    continued = {one.user_attrs.get(GOES_ON) for one in trials}
    for one in trials:
        if one.state == TrialState.RUNNING and not is_held(search.folder, one.number):
            setting = one.params if SETTING in one.user_attrs else one.system_attrs.get("fixed_params")
            if setting and one.number not in continued:
                study.enqueue_trial(setting, user_attrs={GOES_ON: one.number})
            study.tell(one.number, state=TrialState.FAIL)


def do(search: Search, own: Claimed, threads: Sequence[str] = ()) -> str:
    """Train a trial, or find its run in the ledger; returns ``done``, ``kept``, ``pruned`` or ``failed``.

    Args:
        search: that it is of.
        own: the trial.
        threads: the override that says how many a run has, or none.

    Raises:
        FerLabError: what would keep the next trial from training as well (a full disk, data that are gone): the trial
            stays open, and the next call takes it up.
    """
    words = [*search.overrides(own.trial.user_attrs[SETTING]), *threads]
    try:
        with told_in(make_folder(own.folder)):
            plans = make_plans(compose(words), search.cell, words)
            own.trial.set_user_attr("runs", [plan.id for plan in plans])
            say_trial(own.folder, [plan.id for plan in plans if not plan.entry.is_finished()])
            states = [ensure(plan, _judged(plan, own.trial) if len(plans) == 1 else ()) for plan in plans]
    except PrunedError as early:
        own.trial.set_user_attr("why", early.what)
        own.study.tell(own.trial, state=TrialState.PRUNED)
        return "pruned"
    except (StoreError, DataError, OSError):
        raise
    except Exception as error:  # of this setting: the others go on
        log.debug("trial %s", own.trial.number, exc_info=True)
        return _failed(own, str(refusal(error) or f"{type(error).__name__}: {error}"))
    state = "done" if "done" in states else "kept"
    return _tell(own, merge_folds([read_run(plan.entry.folder) for plan in plans]), state)


def _tell(own: Claimed, run: Run, state: str) -> str:
    """Tell what a finished run came to on validation; nothing of its test part is looked at."""
    value = float(run.target.main_metric(run.target.total(run.scores("val"))))  # of each fold at its own epoch
    for name, about in (("epoch", run.selected_epoch + 1), ("epochs", run.epochs), ("state", state)):
        own.trial.set_user_attr(name, about)
    if math.isnan(value):
        return _failed(own, f"{run.target.main} is undefined on validation")
    if state == "kept" and run.folds == 1:
        for epoch, score in enumerate(pd.read_csv(run.file(HISTORY))[f"val/{run.target.main}"]):
            own.trial.report(float(score), epoch)
    own.study.tell(own.trial, value)
    return state


def _failed(own: Claimed, why: str) -> str:
    own.trial.set_user_attr("why", why)
    own.study.tell(own.trial, state=TrialState.FAIL)
    return "failed"


def _judged(plan: Plan, trial: optuna.Trial) -> list[Callback]:
    """What tells a trial of each epoch as its run trains, and ends it early; nothing where the run is finished."""
    if plan.entry.is_finished():
        return []
    from fer_lab.tasks.judged import Judged  # torch and Lightning take seconds to import

    told: set[int] = set()

    def hopeless(epoch: int, value: float) -> bool:
        if epoch not in told:
            told.add(epoch)
            trial.report(value, epoch)
        return trial.should_prune()

    return [Judged(plan.entry.folder / HISTORY, hopeless)]
