"""Trials are asked for one by one, whoever asks: none is done twice, and a dead process loses none."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import optuna
from optuna.trial import TrialState

from fer_lab.search.asked import Search
from fer_lab.search.journal import GOES_ON, SETTING, counted_trials, open_study, place_of, read_study
from fer_lab.search.shown import lines, read_search
from fer_lab.search.space import Choices
from fer_lab.search.trials import claimed
from tests.search.conftest import SPACE, Make


def finish(search: Search, most: int = 100) -> list[tuple[int, list[str]]]:
    """Do trials without training, as one worker; number and setting of each."""
    found = []
    for _ in range(most):
        with claimed(search) as own:
            if own is None:
                break
            found.append((own.trial.number, list(own.trial.user_attrs[SETTING])))
            for name, about in (("state", "done"), ("epoch", 1), ("epochs", 2)):
                own.trial.set_user_attr(name, about)
            own.study.tell(own.trial, own.trial.params["optimizer.lr"])
    return found


def die(search: Search) -> None:
    """Begin a trial in a process that is killed at it."""
    claimed(search).__enter__()
    threading.Event().wait()


def begin_and_kill(search: Search) -> None:
    process = get_context("spawn").Process(target=die, args=(search,))
    process.start()
    while not any(SETTING in one.user_attrs for one in open_trials(search)):
        assert process.is_alive()
        process.join(0.1)
    process.kill()
    process.join()


def open_trials(search: Search) -> list[optuna.trial.FrozenTrial]:
    return read_study(search.folder).get_trials(states=[TrialState.RUNNING])


def test_workers_beside_each_other_do_each_trial_once(make: Make) -> None:
    search, found = make(12), list[tuple[int, list[str]]]()
    workers = [threading.Thread(target=lambda: found.extend(finish(search))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(number for number, _ in found) == list(range(12))
    assert len(counted_trials(read_study(search.folder).trials)) == 12


def test_a_further_call_goes_on_and_draws_what_one_call_would_have_drawn(make: Make, tmp_path: Any) -> None:
    search = make(6)
    parts = [*finish(search, most=4), *finish(search)]
    whole = replace(search, folder=tmp_path / "again")
    open_study(whole.folder, whole.about)
    assert parts == finish(whole)
    assert finish(search) == []
    assert len(finish(replace(search, trials=8))) == 2


def test_a_killed_process_loses_no_trial(make: Make) -> None:
    search = make(3)
    begin_and_kill(search)
    (dead,) = open_trials(search)
    assert "interrupted" in "\n".join(lines(read_search(search.folder)))
    found = finish(search)
    assert [number for number, _ in found] == [1, 2, 3]
    assert found[0][1] == dead.user_attrs[SETTING]
    trials = read_study(search.folder).trials
    assert trials[1].user_attrs[GOES_ON] == 0
    assert Counter(one.state for one in trials) == {TrialState.FAIL: 1, TrialState.COMPLETE: 3}
    assert [one.number for one in read_search(search.folder).trials] == [1, 2, 3]


def test_what_a_living_process_works_at_is_left_to_it(make: Make) -> None:
    search = make(2)
    with claimed(search) as own:
        assert own is not None
        assert place_of(search.folder, own.trial.number).with_suffix(".lock").exists()
        assert [number for number, _ in finish(search)] == [1]
        assert "running" in "\n".join(lines(read_search(search.folder)))


def test_where_there_are_few_settings_each_is_tried_once(make: Make) -> None:
    few = replace(SPACE, ranges={"optimizer.lr": Choices((0.1, 0.01)), "batch_size": Choices((8, 16, 32))})
    search = make(50, few)
    settings = [" ".join(setting) for _, setting in finish(search)]
    assert len({*settings}) == len(settings) == 6


def test_the_best_is_shown_first_with_what_to_do_next(make: Make) -> None:
    search = make(3)
    finish(search)
    shown = list(lines(read_search(search.folder)))
    best = max(read_study(search.folder).trials, key=lambda one: one.params["optimizer.lr"])
    assert shown[1].split()[0] == str(best.number)
    assert "3 trials: 3 done" in shown
    (command,) = [line for line in shown if "run.py" in line or "fer_lab.run" in line]
    assert " ".join(best.user_attrs[SETTING]) in command
    assert "seed=1,2,3 test_scores=final" in command
    assert "validation" in " ".join(shown)
