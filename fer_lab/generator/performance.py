"""Expressions over time: action units, head pose, gaze and place of a face, frame by frame.

A deceptive expression differs only in its dynamics and details: it starts slower and with pauses, its units do not
start together, it is less symmetric and shorter, the units that are hard to fake are weak, and what is truly felt
may leak for a moment. Every nuisance level is drawn per clip, from distributions that do not know the label; with
``effect=0`` genuine and deceptive clips are the same distribution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from fer_lab.errors import ConfigError
from fer_lab.generator.action_units import AU_NAMES, BLINK, au_indices
from fer_lab.generator.expressions import EXPRESSIONS, FELT_INSTEAD, OPTIONS, RELIABLE, STRAY
from fer_lab.generator.mesh import Array
from fer_lab.labels import EMOTIONS, normalise

NOMINAL = 3.5
"""Seconds for which the timings are written; longer clips hold the apex longer, shorter ones play faster."""


@dataclass(frozen=True)
class Difficulty:
    """What makes expressions hard to tell apart.

    Args:
        intensity: range from which a clip's intensity is drawn; 1 is full.
        au_sd: log standard deviation of each unit's intensity.
        drop: probability that a unit is nearly left out.
        contam: intensity, at most, of stray units.
        effect: how much a deceptive clip differs from a genuine one; 0 is not at all.
        blink: blinks a second.
        head: amount of head motion; 1 is someone sitting before a camera.

    Raises:
        ConfigError: a value is out of its range.
    """

    intensity: tuple[float, float] = (0.35, 1.0)
    au_sd: float = 0.25
    drop: float = 0.12
    contam: float = 0.25
    effect: float = 1.5
    blink: float = 0.25
    head: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        low, high = self.intensity
        if not 0 <= low <= high:
            raise ConfigError(f"intensity={self.intensity}", expected="(low, high) with 0 <= low <= high")
        if not 0 <= self.drop <= 1:
            raise ConfigError(f"drop={self.drop}", expected="a probability, 0 to 1")
        for name in ("au_sd", "contam", "effect", "blink", "head"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name}={getattr(self, name)}", expected="0 or more")


@dataclass(frozen=True)
class Performance:
    """What a face does in n frames.

    Args:
        action_units: (n, K) activations, in the order of `AU_NAMES`, 0 or more.
        pose: (n, 3) yaw, pitch, roll in degrees.
        gaze: (n, 2) displacement of the irises in cm (x, y).
        shift: (n, 2) displacement of the face in shares of the image side.
    """

    action_units: Array
    pose: Array
    gaze: Array
    shift: Array

    def __len__(self) -> int:
        return len(self.action_units)


def perform(
    seed: int,
    emotion: str,
    *,
    genuine: bool = True,
    fps: float,
    duration: float,
    until_apex: bool = False,
    peak: float | None = None,
    difficulty: Difficulty = Difficulty(),
) -> Performance:
    """Play an expression: neutral, onset, apex, and, unless ``until_apex``, most of the way back.

    With a ``peak``, a share of the duration, it is strongest there, without a plateau, and goes all the way back. The
    same arguments give the same performance in every process; n = round(fps * duration) frames.

    Raises:
        ConfigError: the clip would have no frames, or its peak is not inside.
        DataError: unknown emotion.
    """
    emotion = normalise(emotion)
    frames = round(fps * duration)
    if frames < 1:
        raise ConfigError(f"fps={fps}, duration={duration}: no frames", expected="fps * duration >= 1")
    if peak is not None and not 0 < peak < 1:
        raise ConfigError(f"peak={peak}", expected="a share of the duration, above 0 and below 1")
    rng = np.random.default_rng([11, seed, EMOTIONS.index(emotion), int(genuine)])
    clip = _Clip(rng, np.arange(frames) / fps, duration, 0.0 if genuine else difficulty.effect)
    target = _target(rng, emotion, difficulty, clip.effect)
    course = _Course.draw(clip, peak)
    units = np.zeros((frames, len(AU_NAMES)))
    for unit, intensity in target.items():
        _activate(units, clip, unit, intensity * _envelope(clip, course, until_apex), course.asymmetry)
    _leak(units, clip, course, emotion)
    _blinks(units, clip, difficulty.blink)
    pose = _pose(clip, course, difficulty.head)
    return Performance(np.clip(units, 0, None), pose, *_gaze_and_shift(clip))


@dataclass(frozen=True)
class _Clip:
    """Randomness, time stamps (s) and strength of deception (0 if genuine) of one clip."""

    rng: np.random.Generator
    times: Array
    duration: float
    effect: float

    @property
    def pace(self) -> float:
        """Share of the nominal time that things take: less than 1 in a clip that is short."""
        return min(1.0, self.duration / NOMINAL)

    def normal(self) -> float:
        """A standard normal number, kept within two standard deviations."""
        return float(np.clip(self.rng.standard_normal(), -2, 2))

    def drift(self, tau: float, sd: float) -> Array:
        """(n,) Ornstein-Uhlenbeck process: standard deviation ``sd``, correlation time ``tau`` (s)."""
        step = self.duration / len(self.times)
        keep = math.exp(-step / tau)
        kicks = self.rng.standard_normal(len(self.times)) * sd
        kicks[1:] *= math.sqrt(1 - keep**2)
        return np.fromiter(accumulate(kicks.tolist(), lambda value, kick: keep * value + kick), np.float64)


@dataclass(frozen=True)
class _Course:
    """Timing (s) and nuisance levels of a clip, shared by its units; ``peak`` is given where there is no plateau."""

    start: float
    onset: float
    apex: float
    offset: float
    peak: float | None
    jitter: float
    asymmetry: float
    tremor: Array

    @classmethod
    def draw(cls, clip: _Clip, peak: float | None) -> _Course:
        """Draw them; deception makes the onset slower, the apex shorter, the face less symmetric."""
        effect, pace = clip.effect, clip.pace
        hold = 0.6 * max(0.0, clip.duration - NOMINAL)
        return cls(
            start=clip.duration * clip.rng.uniform(0.12, 0.3),
            onset=pace * 0.62 * math.exp(0.35 * clip.normal() + 0.30 * effect),
            apex=pace * 1.3 * math.exp(0.3 * clip.normal() - 0.35 * effect) + hold,
            offset=pace * math.exp(0.3 * clip.normal() - 0.1 * effect),
            peak=None if peak is None else peak * clip.duration,
            jitter=0.04 * math.exp(0.4 * clip.normal()),
            asymmetry=clip.normal() * (0.05 + 0.10 * effect),
            tremor=clip.drift(0.12, 0.02 * math.exp(0.6 * clip.normal() + 0.35 * effect)),
        )


def _target(rng: np.random.Generator, emotion: str, difficulty: Difficulty, effect: float) -> Mapping[str, float]:
    """Unit -> activation at the apex of one clip."""
    target = _prototype(rng, emotion, difficulty)
    for unit, probability, intensity in OPTIONS[emotion]:
        if rng.random() < probability:
            target[unit] = target.get(unit, 0) + intensity * rng.uniform(0.4, 1)
    for unit in target:
        target[unit] *= math.exp(np.clip(rng.standard_normal(), -2, 2) * difficulty.au_sd)
    for unit in STRAY:
        if rng.random() < 0.2:
            target[unit] = target.get(unit, 0) + difficulty.contam * rng.random()
    for unit in target:
        if effect and unit.rstrip("RL") in RELIABLE[emotion]:
            target[unit] *= max(0.0, 1 - 0.45 * effect * rng.random())
    scale = rng.uniform(*difficulty.intensity)
    return {unit: scale * intensity for unit, intensity in target.items()}


def _prototype(rng: np.random.Generator, emotion: str, difficulty: Difficulty) -> dict[str, float]:
    """The core units, on either side if they are one-sided, some nearly left out."""
    units = dict(EXPRESSIONS[emotion])
    if rng.random() < 0.5:
        units = {f"{unit[:-1]}L" if unit.endswith("R") else unit: a for unit, a in units.items()}
    if len(units) > 1:
        units = {u: a * (rng.uniform(0, 0.5) if rng.random() < difficulty.drop else 1) for u, a in units.items()}
    return units


def _envelope(clip: _Clip, course: _Course, until_apex: bool) -> Array:
    """(n,) one unit's activation over time, 0 to about 1."""
    delay = clip.pace * clip.normal() * (0.04 + 0.08 * clip.effect)
    onset = course.onset * math.exp(clip.normal() * (0.08 + 0.12 * clip.effect))
    if course.peak is not None:
        envelope = _arch(clip, course.start / 2, course.peak, delay)
    else:
        since = clip.times - course.start - delay
        envelope = _minimum_jerk(_falter(clip, since / onset))
        envelope *= 1.0 if until_apex else 1 - 0.75 * _minimum_jerk((since - onset - course.apex) / course.offset)
    envelope *= 1 + course.tremor + clip.drift(0.4, course.jitter)
    return np.asarray(np.clip(envelope, 0, 1.3))


def _arch(clip: _Clip, margin: float, peak: float, delay: float) -> Array:
    """(n,) 0 for ``margin`` seconds at either end, 1 at ``peak`` (s)."""
    times = clip.times - delay
    up, down = (times - margin) / (peak - margin), (clip.duration - margin - times) / (clip.duration - margin - peak)
    return _minimum_jerk(np.minimum(up, down))


def _falter(clip: _Clip, phase: Array) -> Array:
    """Warp the phase of an onset so that it speeds up and pauses, more so in deception."""
    pieces = clip.rng.integers(2, 5) + 1
    irregularity = 1.6 * (0.10 + 0.30 * clip.effect)
    lengths = np.exp(np.clip(clip.rng.standard_normal(pieces), -2, 2) * irregularity)
    reached = np.concatenate([[0], np.cumsum(lengths) / lengths.sum()])
    return np.asarray(np.interp(np.clip(phase, 0, 1), np.linspace(0, 1, pieces + 1), reached))


def _minimum_jerk(phase: Array) -> Array:
    """The smoothest way from 0 at phase 0 to 1 at phase 1."""
    x = np.clip(phase, 0, 1)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))


def _activate(units: Array, clip: _Clip, unit: str, activation: Array, asymmetry: float) -> None:
    """Add a unit's activation (n,) to its columns; two-sided ones not quite alike on both sides."""
    columns = au_indices(unit)
    if len(columns) == 1:
        units[:, columns[0]] += activation
        return
    for column, sign in zip(columns, (1, -1), strict=True):
        units[:, column] += activation * (1 + sign * asymmetry + 0.04 * clip.normal())


def _leak(units: Array, clip: _Clip, course: _Course, emotion: str) -> None:
    """In deception, let what is truly felt flash over the face for 0.1 to 0.4 s, two times in three."""
    if clip.rng.random() >= 0.65 * min(1.0, clip.effect):
        return
    moment = course.start + clip.rng.uniform(-0.3, 0.9) * course.onset
    width, strength = clip.rng.uniform(0.06, 0.16), clip.rng.uniform(0.12, 0.40) * clip.effect
    flash = strength * _bump(clip.times, moment, width)
    for unit, intensity in EXPRESSIONS[FELT_INSTEAD[emotion]].items():
        if clip.rng.random() < 0.7:
            units[:, au_indices(unit)] += flash[:, None] * intensity


def _blinks(units: Array, clip: _Clip, rate: float) -> None:
    """Close the lids now and then, at least 0.4 s apart."""
    if rate == 0:
        return
    columns = list(au_indices(BLINK))
    moment = clip.rng.uniform(0, 3)
    while moment < clip.duration:
        closed = _bump(clip.times, moment, 0.055)[:, None]
        units[:, columns] = np.maximum(units[:, columns], closed)
        moment += 0.4 + clip.rng.exponential(1 / rate)


def _bump(times: Array, moment: float, width: float) -> Array:
    return np.asarray(np.exp(-0.5 * ((times - moment) / width) ** 2))


def _pose(clip: _Clip, course: _Course, amount: float) -> Array:
    """(n, 3) degrees: where the head is held, its drift, and a nod with the onset."""
    rest = np.array([3.5, 3.0, 2.0]) * [clip.normal() for _ in range(3)]
    pose = rest + np.stack([clip.drift(0.8, sd) for sd in (1.6, 1.3, 0.9)], 1)
    pose[:, 1] += 2 * clip.normal() * _minimum_jerk((clip.times - course.start) / course.onset)
    return amount * pose


def _gaze_and_shift(clip: _Clip) -> tuple[Array, Array]:
    """(n, 2) cm and (n, 2) shares of the image side."""
    gaze = [sd * clip.normal() + clip.drift(0.5, drift) for sd, drift in ((0.12, 0.03), (0.05, 0.02))]
    shift = [0.01 * clip.normal() + clip.drift(1.0, drift) for drift in (0.008, 0.006)]
    return np.stack(gaze, 1), np.stack(shift, 1)
