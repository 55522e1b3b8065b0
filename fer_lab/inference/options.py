"""What may be asked of a prediction beside the files, checked against what is known of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fer_lab.errors import ConfigError
from fer_lab.inference.contract import Contract
from fer_lab.inference.found import MOST

FOUND, FIRST = "found", "first"
NO_EXPRESSION = "no clear expression"
"""The answer where no class is sure enough."""
NO_FACE = "no face"
"""What is said of a picture without one."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of a video in which everybody is neutral.

    Attributes:
        file: its name; None: of every video.
        start, stop: s.
    """

    file: str | None
    start: float
    stop: float


@dataclass(frozen=True)
class Options:
    """What may be asked.

    Args:
        faces: so many of a picture are looked for.
        every: of a video every so manieth frame is looked at, from the first on.
        error: answers are given only where no more than this share of them should be wrong, by the threshold that was
            chosen on the model's validation part; of classes.
        above: the same, the threshold itself: a probability.
        smooth: s over which answers are smoothed.
        neutral: ``found``, or stretches in which people are neutral: ``first:3`` s of every video, ``a.mp4:2-5`` s.
        landmarks: whether the 68 points of each face are told, too.
    """

    faces: int = MOST
    every: int = 1
    error: float | None = None
    above: float | None = None
    smooth: float = 0.0
    neutral: tuple[str, ...] = ()
    landmarks: bool = False

    def __post_init__(self) -> None:
        """Refuse what has no meaning.

        Raises:
            ConfigError: naming the option and its value.
        """
        for name, value in (("faces", self.faces), ("every", self.every)):
            if value < 1:
                raise ConfigError(f"{name} = {value}", expected="1 or more")
        if self.above is not None and not 0 <= self.above < 1:
            raise ConfigError(f"above = {self.above}", expected="a probability, 0 to 1")
        if self.error is not None and self.above is not None:
            raise ConfigError(f"error = {self.error} and above = {self.above}", expected="one of the two")
        if FOUND in self.neutral and len(self.neutral) > 1:
            raise ConfigError(f"neutral = {', '.join(self.neutral)}", expected=f"{FOUND} alone, or stretches")
        _ = self.stretches

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Where people are neutral, as far as somebody says it.

        Raises:
            ConfigError: a word that says no stretch.
        """
        return tuple(_stretch(word) for word in self.neutral if word != FOUND)

    def least(self, contract: Contract) -> float | None:
        """The probability above which an answer is given; None: always.

        Raises:
            ConfigError: the model does not choose one of several classes, or no threshold was found for that error.
        """
        if self.error is None and self.above is None:
            return None
        if not contract.asked.exclusive:
            raise ConfigError(f"a threshold for {contract.asked.kind}", expected="a model of classes",
                              do="leave --error and --above out")  # fmt: skip
        if self.above is not None:
            return self.above
        known = contract.stated
        if self.error is None or self.error not in known:
            raise ConfigError(f"error = {self.error:g}: the model has no threshold for it",
                              expected=_listed(list(known)),
                              do="another one, or --above with a probability")  # fmt: skip
        return known[self.error]


def _listed(errors: Sequence[float]) -> str:
    there = ", ".join(f"{error:g}" for error in errors)
    return f"one of {there}" if there else "none: on validation no threshold leaves so few wrong"


def _stretch(word: str) -> Stretch:
    file, _, span = word.rpartition(":")
    start, _, stop = span.partition("-") if file != FIRST else ("0", "", span)
    try:
        found = Stretch(None if file == FIRST else file, float(start), float(stop))
    except ValueError:
        found = Stretch(None, 0, 0)
    if not file or not 0 <= found.start < found.stop:
        raise ConfigError(f"neutral = {word}", expected=f"{FOUND}, {FIRST}:SECONDS, or FILE:FROM-TO in seconds")
    return found
