"""The longest jobs begin first, and none beside one that it would wait for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fer_lab.engine import order
from fer_lab.engine.order import Job, longest_first, wait_for_each_other

CELLS = ("sase_hidden/cnn_frontal", "sase_hidden/c3d", "sase_hidden/cnn_lstm_features", "sase_hidden/cnn_gru_features")


def job(number: int, cell: str, seed: int = 0, *more: str) -> Job:
    return number, (*more, f"cell={cell}", f"seed={seed}")


def test_the_longest_begins_first_and_of_what_nothing_is_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, Any] = {CELLS[0]: 20.0, CELLS[1]: 300.0, CELLS[2]: 5.0}
    monkeypatch.setattr(order, "mean_seconds", lambda stamp, results: known)
    jobs = [job(number, cell) for number, cell in enumerate(CELLS)]
    assert [number for number, _ in longest_first(jobs, Path())] == [3, 1, 0, 2]
    assert longest_first([], Path()) == []


def test_a_job_waits_for_its_parent_and_for_who_trains_the_same_one() -> None:
    frontal, c3d, lstm, gru = (job(number, cell) for number, cell in enumerate(CELLS))
    assert wait_for_each_other(frontal, lstm)
    assert wait_for_each_other(lstm, gru)
    assert not wait_for_each_other(frontal, c3d)
    assert not wait_for_each_other(frontal, job(4, CELLS[2], seed=1))
    assert not wait_for_each_other(job(0, CELLS[0], 0, "epochs=1"), job(1, CELLS[2], 0, "epochs=2"))
