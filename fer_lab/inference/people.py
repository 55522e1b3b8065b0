"""Who is seen in a video, and what is answered of each in each frame: tracking, and clips over each person's faces."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fer_lab.evaluation.arrays import Floats
from fer_lab.inference.found import box_of
from fer_lab.inference.looking import Look, Seen
from fer_lab.inference.model import Model
from fer_lab.inference.tracking import Sight, Tracker

Shown = Mapping[str, NDArray[np.generic]]


@dataclass
class Shot:
    """A face in a picture, and whose it is.

    Attributes:
        look: the picture.
        seen: the face; None where there is none.
        person: a number from 1 on, in a video the same as long as the person is followed; None of what is no face.
        answers: float (names,); None of what is no face.
    """

    look: Look
    seen: Seen | None
    person: int | None
    answers: Floats | None

    @property
    def is_face(self) -> bool:
        """Whether there is something to answer."""
        return self.person is not None


def in_picture(look: Look) -> Iterator[Shot]:
    """The faces of a picture that is no frame of a video, numbered by their size; one shot where there is none."""
    if not look.faces:
        yield Shot(look, None, None, None)
    count = 0
    for seen in look.faces:
        count += not seen.reason
        yield Shot(look, seen, None if seen.reason else count, _answers(seen))


def in_video(looks: Iterable[Look], model: Model) -> Iterator[Shot]:
    """The same of the frames of one video, people followed; in order, each as soon as it is answered.

    Where a model looks at clips, each person's faces are cut as training cuts a video's: one clip behind the other, of
    as many faces as the model wants. What is left at a person's end is answered by a clip of the last faces there are;
    of a person with fewer than a clip some are shown repeatedly.
    """
    tracker, clips = Tracker(), _Clips(model)
    waiting: deque[Shot] = deque()
    for look in looks:
        waiting.extend(shots := list(_followed(look, tracker)))
        clips.add([shot for shot in shots if shot.is_face and shot.answers is None])
        clips.end_but(tracker.alive)
        yield from _answered(waiting)
    clips.end_but(set())
    yield from _answered(waiting)


def _followed(look: Look, tracker: Tracker) -> Iterator[Shot]:
    faces = [seen for seen in look.faces if not seen.reason]
    numbers = iter(tracker(look.time, look.small, [_sight(seen, look) for seen in faces]))
    if not look.faces:
        yield Shot(look, None, None, None)
    for seen in look.faces:
        yield Shot(look, seen, None if seen.reason else next(numbers), _answers(seen))


def _answered(waiting: deque[Shot]) -> Iterator[Shot]:
    while waiting and (waiting[0].answers is not None or not waiting[0].is_face):
        yield waiting.popleft()


def _answers(seen: Seen) -> Floats | None:
    return None if seen.answers is None else seen.answers.astype(np.float64)


def _sight(seen: Seen, look: Look) -> Sight:
    """Of a face without points the whole picture is the box."""
    if seen.look is None:
        raise ValueError("a face that cannot be used has no look")
    box = np.array([0, 0, *look.size], np.float64) if seen.landmarks is None else box_of(seen.landmarks)
    return Sight(box, seen.look)


@dataclass
class _Run:
    """A person's faces: those that wait for the rest of their clip, and what was shown in the clip before."""

    waiting: list[Shot] = field(default_factory=list)
    before: list[Shown] = field(default_factory=list)


class _Clips:
    """Clips of each person's faces."""

    def __init__(self, model: Model) -> None:
        self.model, self.length = model, model.contract.length
        self._runs: dict[int, _Run] = {}

    def add(self, shots: Sequence[Shot]) -> None:
        """Take the faces of a frame; a clip that is whole is answered."""
        for shot in shots:
            run = self._runs.setdefault(shot.person or 0, _Run())
            run.waiting.append(shot)
            if len(run.waiting) == self.length:
                shown = [_shown(one) for one in run.waiting]
                self._answer(run.waiting, shown)
                run.waiting, run.before = [], shown

    def end_but(self, alive: set[int]) -> None:
        """Answer what is left of those who do not come back."""
        for person in [person for person in self._runs if person not in alive]:
            run = self._runs.pop(person)
            if run.waiting:
                shown = [*run.before, *(_shown(one) for one in run.waiting)][-self.length :]
                self._answer(run.waiting, [shown[place] for place in spread(len(shown), self.length)])

    def _answer(self, shots: Sequence[Shot], shown: Sequence[Shown]) -> None:
        """One clip, whose answer is that of each of some faces in it."""
        clip = {name: np.stack([one[name] for one in shown])[None] for name in shown[0]}
        answers = self.model.predict(clip)[0].astype(np.float64)
        for shot in shots:
            shot.answers = answers


def _shown(shot: Shot) -> Shown:
    return shot.seen.shown if shot.seen else {}


def spread(size: int, length: int) -> list[int]:
    """Of so many faces in order those in the middles of ``length`` equal parts, as training repeats them."""
    return [(2 * place + 1) * size // (2 * length) for place in range(length)]
