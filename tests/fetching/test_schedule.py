"""Whose turn it is, by a clock that stands still but for what the schedule sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from fer_lab.fetching.schedule import Lane, Schedule


class Clock:
    now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("fer_lab.fetching.schedule.time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr("fer_lab.fetching.schedule.asyncio", SimpleNamespace(sleep=clock.sleep))
    return clock


def urls(host: str, count: int) -> list[str]:
    return [f"http://{host}/{number}" for number in range(count)]


def taken(schedule: Schedule) -> Lane:
    lane = asyncio.run(schedule.take())
    assert lane is not None
    return lane


def times_of(schedule: Schedule, clock: Clock, count: int) -> list[tuple[float, str]]:
    found = []
    for _ in range(count):
        lane = taken(schedule)
        found.append((clock.now - 100, lane.url))
        schedule.done(lane)
    return found


def test_a_host_is_asked_once_in_a_pause_and_others_meanwhile(clock: Clock) -> None:
    schedule = Schedule([*urls("a.com", 3), *urls("b.com", 2)], per_host=2, pause=1.0)
    found = times_of(schedule, clock, 5)
    a, b = urls("a.com", 3), urls("b.com", 2)
    assert sorted(found) == [(0, a[0]), (0, b[0]), (1, a[1]), (1, b[1]), (2, a[2])]
    assert asyncio.run(schedule.take()) is None


def test_ports_of_a_host_are_one_host(clock: Clock) -> None:
    schedule = Schedule(["http://a.com:8000/x", "https://A.com/y"], per_host=4, pause=1.0)
    assert [begin for begin, _ in times_of(schedule, clock, 2)] == [0, 1]


@pytest.mark.parametrize("per_host", [1, 3])
def test_no_more_than_so_many_of_a_host_are_in_hand(clock: Clock, per_host: int) -> None:
    schedule = Schedule(urls("a.com", 5), per_host, pause=0.0)
    lanes: Sequence[Lane | None] = [asyncio.run(schedule.take()) for _ in range(5)]
    assert sum(lane is not None for lane in lanes) == per_host


def test_a_url_that_is_tried_again_waits_and_the_others_of_its_host_do_not(clock: Clock) -> None:
    schedule = Schedule(urls("a.com", 3), per_host=2, pause=0.0)
    first = taken(schedule)
    schedule.again(first, 10.0)
    found = times_of(schedule, clock, 3)
    assert found == [(0, "http://a.com/1"), (0, "http://a.com/2"), (10, "http://a.com/0")]


def test_a_host_that_asks_us_to_wait_is_left_alone(clock: Clock) -> None:
    schedule = Schedule([*urls("a.com", 2), *urls("b.com", 1)], per_host=2, pause=0.0)
    first = taken(schedule)
    schedule.hold(first, 30.0)
    schedule.done(first)
    assert times_of(schedule, clock, 2) == [(0, "http://b.com/0"), (30, "http://a.com/1")]
