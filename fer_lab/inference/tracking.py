"""Who is who from frame to frame: faces of a video get numbers that stay.

A face is taken for the one that is nearest to where it would have gone, of about its size and look; who is matched
with whom is decided for all faces of a frame at once (Kuhn 1955, doi:10.1002/nav.3800020109). A face that is lost keeps
its number for a while, and at a cut everybody begins anew: better two numbers for one person than one for two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from fer_lab.evaluation.arrays import Floats

KEPT = 1.0
"""Seconds for which a face that is not seen keeps its number."""
REACH, WANDERING = 0.6, 1.5
"""A face may be so far from where it is expected, in its own sizes, and so much further for each second unseen."""
RESIZED = 0.5
"""Natural logarithm of how much larger or smaller a face may be at once."""
UNLIKE, COVERED = 0.11, 0.14
"""Mean difference, of the whole range, of the look of two faces that cannot be of one person: a person's own from frame
to frame is .09 at most in the videos that this was tried with, that of two people .15 and more. The same where another
face is near, which may cover a part."""
CUT = 0.15
"""The same of a whole small picture and the one before it: .08 at most within a take, .3 and more at a cut."""
MOMENTUM = 0.4
"""Seconds over which a face's speed is a mean: boxes jump where somebody passes before a face."""
LEARNT, BESIDE_OTHERS, BESIDE = 0.15, 0.01, 0.5
"""Weight of what is new in a face's look; the same where another face is nearer than so many of its sizes: it is not to
take on the look of who passes before it."""
IMPOSSIBLE = 1e6


@dataclass(frozen=True)
class Sight:
    """A face in a frame.

    Attributes:
        box: left, top, width, height, px.
        look: uint8 (S, S, 3), the face made small, aligned.
    """

    box: Floats
    look: NDArray[np.uint8]

    @property
    def centre(self) -> Floats:
        """Of the box, px."""
        return self.box[:2] + self.box[2:] / 2

    @property
    def size(self) -> float:
        """The geometric mean of width and height, px."""
        return float(max(np.sqrt(self.box[2] * self.box[3]), 1.0))

    def gap(self, other: Sight) -> float:
        """How far the boxes of two faces are apart along the axis in which they are furthest, px; below 0: overlaps."""
        begins, ends = np.maximum(self.box[:2], other.box[:2]), np.minimum(self._end, other._end)
        return float((begins - ends).max())

    @property
    def _end(self) -> Floats:
        return np.asarray(self.box[:2] + self.box[2:])


@dataclass
class _Track:
    """A person: the number, where they were last and when, how fast they moved (px/s), and what they look like."""

    number: int
    centre: Floats
    size: float
    time: float
    speed: Floats
    look: Floats

    def cost(self, sight: Sight, time: float, is_beside: bool) -> float:
        """How unlikely a sight is this person, 0 and more; ``IMPOSSIBLE`` beyond what a person does."""
        since = max(time - self.time, 0.0)
        expected = self.centre + self.speed * since
        away = float(np.linalg.norm(sight.centre - expected)) / max(self.size, sight.size)
        resized = abs(float(np.log(sight.size / self.size)))
        unlike = _apart(self.look, sight.look)
        if away > REACH + WANDERING * since or resized > RESIZED + since or unlike > (COVERED if is_beside else UNLIKE):
            return IMPOSSIBLE
        return away + resized + 4 * unlike

    def move(self, sight: Sight, time: float, is_beside: bool) -> None:
        """Be where one was seen; ``is_beside``: near to somebody else."""
        since = time - self.time
        if since > 0:
            speed = (sight.centre - self.centre) / since
            kept = math.exp(-since / MOMENTUM)
            self.speed = kept * self.speed + (1 - kept) * speed
        self.centre, self.size, self.time = sight.centre, sight.size, time
        learnt = BESIDE_OTHERS if is_beside else LEARNT
        self.look = (1 - learnt) * self.look + learnt * sight.look


class Tracker:
    """Numbers the faces of one video, from 1 on, frame by frame in the order of time."""

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._count = 0
        self._before: NDArray[np.uint8] | None = None

    def __call__(self, time: float, small: NDArray[np.uint8], sights: Sequence[Sight]) -> list[int]:
        """The number of each face of a frame.

        Args:
            time: of the frame, s; never falls.
            small: uint8 (h, w, 3), the whole frame made small, of the same size each time.
            sights: its faces.
        """
        if self._before is not None and _apart(self._before, small) > CUT:
            self._tracks = []
        self._before = small
        self._tracks = [track for track in self._tracks if time - track.time <= KEPT]
        beside = [_is_beside(sight, sights) for sight in sights]
        matched = self._matched(time, sights, beside)
        return [self._number(time, *pair, matched.get(i)) for i, pair in enumerate(zip(sights, beside, strict=True))]

    @property
    def alive(self) -> set[int]:
        """Numbers that may still be given again."""
        return {track.number for track in self._tracks}

    def _matched(self, time: float, sights: Sequence[Sight], beside: Sequence[bool]) -> dict[int, _Track]:
        """Whose face each is, by its place, where it is anybody's."""
        if not self._tracks or not sights:
            return {}
        seen = list(zip(sights, beside, strict=True))
        costs = np.array([[track.cost(sight, time, near) for track in self._tracks] for sight, near in seen])
        pairs = zip(*linear_sum_assignment(costs), strict=True)
        return {int(i): self._tracks[j] for i, j in pairs if costs[i, j] < IMPOSSIBLE}

    def _number(self, time: float, sight: Sight, is_beside: bool, track: _Track | None) -> int:
        if track is None:
            self._count += 1
            look = sight.look.astype(np.float64)
            track = _Track(self._count, sight.centre, sight.size, time, np.zeros(2), look)
            self._tracks.append(track)
        else:
            track.move(sight, time, is_beside)
        return track.number


def _is_beside(sight: Sight, sights: Sequence[Sight]) -> bool:
    """Whether another face of the frame is near."""
    return any(sight.gap(other) < BESIDE * sight.size for other in sights if other is not sight)


def _apart(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Mean absolute difference of two small pictures, as a share of the range."""
    return float(np.abs(one.astype(np.float64) - other).mean() / 255)
