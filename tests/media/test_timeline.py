import numpy as np
import pytest

from fer_lab.media import Timeline, every, window


def timeline(count: int, fps: float) -> Timeline:
    return Timeline(range(count), [number / fps for number in range(count)], count / fps)


def test_window_of_the_thesis_is_half_open() -> None:
    assert window(timeline(100, 25.0)) == list(range(50, 80))


@pytest.mark.parametrize("fps", [24000 / 1001, 25.0, 29.97, 100.0])
@pytest.mark.parametrize("count", [10, 70, 350, 1000])
def test_limits_do_not_depend_on_rounding(fps: float, count: int) -> None:
    assert window(timeline(count, fps)) == list(range(count // 2, count * 8 // 10))


@pytest.mark.parametrize("keep", [1, 2, 7, 30, 31])
def test_kept_frames_are_evenly_spread(keep: int) -> None:
    kept = window(timeline(100, 25.0), keep=keep)
    assert len(kept) == min(keep, 30)
    assert kept[0] == 50
    assert keep == 1 or kept[-1] == 79
    assert keep <= 1 or np.ptp(np.diff(kept)) <= 1


def test_a_still_is_always_inside() -> None:
    assert window(Timeline([0], [0.0], 0.0)) == [0]
    assert Timeline([0], [0.0], 0.0).position(0) == 0


def test_a_window_can_be_empty() -> None:
    assert window(Timeline([0, 9], [0.0, 9.0], 10.0)) == []


def test_every_and_gaps() -> None:
    sparse = Timeline([3, 7, 8], [0.0, 0.4, 0.5], 0.6)
    assert every(sparse) == [0, 1, 2]
    assert window(sparse, 0.5, 0.7) == [1]
    assert sparse.position(1) == pytest.approx(2 / 3)
