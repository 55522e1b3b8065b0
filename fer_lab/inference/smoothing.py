"""Answers over time: each drawn towards those before it, by the time that has passed."""

from __future__ import annotations

import math

from fer_lab.errors import ConfigError
from fer_lab.evaluation.arrays import Floats


class Smoothing:
    """Exponential smoothing by the clock: what was answered so many seconds ago weighs 1/e of what is answered now.

    Frames may come at any pace; each person is smoothed alone, and probabilities stay such.

    Args:
        seconds: 0 leaves every answer as it is.

    Raises:
        ConfigError: a negative number of seconds, or none.
    """

    def __init__(self, seconds: float) -> None:
        if not (seconds >= 0 and math.isfinite(seconds)):
            raise ConfigError(f"smooth = {seconds}", expected="seconds, 0 or more")
        self.seconds = seconds
        self._last: dict[int, tuple[float, Floats]] = {}

    def __call__(self, person: int, time: float, answers: Floats) -> Floats:
        """The smoothed answers of a person at a time (s, which never falls); float (names,)."""
        if not self.seconds:
            return answers
        if person in self._last:
            before, smooth = self._last[person]
            kept = math.exp(-(time - before) / self.seconds)
            answers = kept * smooth + (1 - kept) * answers
        self._last[person] = time, answers
        return answers
