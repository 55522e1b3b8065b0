"""Lines of a plot on one scale, one strip a value: what is printed, measured and guessed; drawn by ``macros.html.j2``.

Places are per cent of a strip's width, so that a plot is as wide as its page and its marks keep their shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fer_lab.evaluation import Interval, Target
from fer_lab.report.site.charts import round_step
from fer_lab.report.site.words import interval_text, number, tone
from fer_lab.tables.summary import Summary

STEPS = 2
"""Numbers on either side of zero, at most."""
SMALL = 0.05
"""A number that a scale of roots has beside its ends."""


@dataclass(frozen=True)
class Scale:
    """What the strips of a plot are drawn on: its range, the places and texts of its numbers, and what a tick is.

    Attributes:
        roots: places are roots of what lies on either side of 0, so that small effects are seen beside large ones.
    """

    low: float
    high: float
    numbers: tuple[tuple[float, str], ...]
    tick: str
    roots: bool = False

    def place(self, value: float | None) -> float | None:
        """Where a value lies; at the edge if it is beyond; None for none, or an undefined one."""
        if value is None or not math.isfinite(value):
            return None
        within = min(max(value, self.low), self.high)
        if self.roots:
            within = math.copysign(math.sqrt(abs(within) * self.high), within)
        share = (within - self.low) / (self.high - self.low)
        return round(100 * share, 2)


SHARES = Scale(0, 1, tuple((25.0 * n, f"{n / 4:g}") for n in range(5)), "guessing")
SIGNED = Scale(-1, 1, tuple((25.0 * n, f"{n / 2 - 1:g}") for n in range(5)), "guessing")


def scale_of(target: Target) -> Scale:
    """That of a target's main metric, which may be negative, as concordance is."""
    return SHARES if target.main_metric.low == 0 else SIGNED


def effect_scale(effects: Iterable[float]) -> Scale:
    """A scale on which zero is in the middle and all effects have room, with round numbers."""
    largest = max((abs(effect) for effect in effects if math.isfinite(effect)), default=1.0) or 1.0
    step = round_step(largest)
    n = math.ceil(largest / step - 1e-9)
    shown = [i for i in range(-n, n + 1) if i % -(-n // STEPS) == 0]
    return Scale(-n * step, n * step, tuple((50 + 50 * i / n, f"{i * step:+g}" if i else "0") for i in shown), "limit")


def root_scale(effects: Iterable[float]) -> Scale:
    """As ``effect_scale``, in roots; its numbers are its ends, 0, and ``SMALL`` where there is room for it."""
    linear = effect_scale(effects)
    scale = replace(linear, numbers=(), roots=True)
    marks = [*([SMALL] if scale.high >= 4 * SMALL else []), scale.high]
    values = [*(-mark for mark in reversed(marks)), 0.0, *marks]
    return replace(scale, numbers=tuple((scale.place(one) or 0.0, f"{one:+g}" if one else "0") for one in values))


def guessing(summary: Summary | None) -> tuple[float, ...]:
    """What guessing gives, where that is known."""
    return () if summary is None or summary.target.chance is None else (summary.target.chance,)


@dataclass(frozen=True)
class Strip:
    """One line of a plot: places of its marks, None for those that it lacks.

    Attributes:
        words: what it shows, for those who cannot see it.
        tone: of its verdict, a class of ``style.css``.
        printed: a diamond.
        mean, low, high: a dot and the bar of its interval.
        lines: ticks: guessing, or what an effect must be beyond, or between.
    """

    words: str
    tone: str
    printed: float | None
    mean: float | None
    low: float | None
    high: float | None
    lines: tuple[float, ...]


def strip(
    measured: Interval | None,
    printed: float | None = None,
    lines: Sequence[float] = (),
    verdict: str = "",
    scale: Scale = SHARES,
) -> Strip | None:
    """The strip of a value; None if there is nothing to draw, or what there is lies beyond the scale.

    Args:
        measured: today's value.
        printed: what is printed.
        lines: what guessing gives, or what the value must be beyond.
        verdict: of the two, by which it is coloured.
        scale: that of the plot.
    """
    low, high = (measured.low, measured.high) if measured else (None, None)
    values = [printed, measured.mean if measured else None]
    given = [value for value in values if value is not None and math.isfinite(value)]
    if not given or min(given) < scale.low or max(given) > scale.high:
        return None
    texts = (("printed", printed and number(printed)), ("measured", measured and interval_text(measured)))
    words = [f"{name} {text}" for name, text in texts if text] + [f"{scale.tick} {number(line)}" for line in lines]
    ticks = tuple(place for line in lines if (place := scale.place(line)) is not None)
    marks = dict(zip(("printed", "mean", "low", "high"), map(scale.place, (*values, low, high)), strict=True))
    return Strip(words=", ".join(words), tone=tone(verdict)[1], lines=ticks, **marks)
