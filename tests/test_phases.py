"""What a long computation says of itself."""

from __future__ import annotations

import pytest

from fer_lab import phases
from fer_lab.phases import Phase, counted, duration, heard, phase


def test_nobody_need_listen() -> None:
    phase("faces", 1, 2)
    assert list(counted("faces", "abc", 3)) == ["a", "b", "c"]


def test_a_new_phase_is_heard_at_once_and_the_same_one_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, float]] = []
    now = [100.0]
    monkeypatch.setattr(phases.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(phases.time, "time", lambda: -now[0])  # a clock that is set back silences nobody
    with heard(lambda one: said.append((one.name, one.done))):
        for done in (0, 1, 2):
            phase("faces", done, 10, "files")
        now[0] += phases.EVERY
        phase("faces", 3, 10, "files")
        phase("training", 0.5, 15)
    phase("training", 1, 15)
    assert said == [("faces", 0), ("faces", 3), ("training", 0.5)]


def test_time_left_counts_from_where_a_phase_began() -> None:
    assert Phase("faces", 0, 10, began=100).left(110) is None
    assert Phase("faces", 5, 0, began=100).left(110) is None
    assert Phase("faces", 5, 10, began=100, said=110).left(110) == 10
    assert Phase("faces", 5, 10, began=100, said=110).left(117) == 3  # nothing was said since
    assert Phase("training", 11, 15, began=100, before=10, said=110).left(110) == 40  # a resumed one


def test_a_resumed_training_begins_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Phase] = []
    with heard(said.append):
        phase("training", 10, 15)
    assert (said[0].before, said[0].done) == (10, 10)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Phase("faces", 120, 643, "files", said=60), "faces: 120 of 643 files, 4 min left"),
        (Phase("twins", what="SASE-FE"), "twins: SASE-FE"),
        (Phase("training", 2.5, 15, "epoch 3 of 15", said=60), "training: epoch 3 of 15, 5 min left"),
    ],
)  # fmt: skip
def test_phases_in_words(one: Phase, words: str) -> None:
    assert one.words(60) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (59, "59 s"), (600, "10 min"), (9000, "2.5 h")])
def test_durations_are_as_exact_as_a_forecast_can_be(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_what_is_said_of_a_parent_names_it() -> None:
    said: list[str] = []
    with heard(lambda now: said.append(now.words(now.said))):
        phase("training", 0, 3, "epoch 1")
        with phases.of_parent("a/cell"):
            phase("training", 0, 3, "epoch 1")
        phase("training", 0, 3, "epoch 2")
    assert said == ["training: epoch 1", "parent a/cell, training: epoch 1", "training: epoch 2"]
