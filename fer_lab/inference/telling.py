"""From what is seen to what is told: baselines, smoothing, thresholds; a row of the table a face."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

import numpy as np
from pandas import DataFrame

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.arrays import Floats
from fer_lab.inference.baseline import QUIETEST, against, expressiveness, usual_answer
from fer_lab.inference.found import box_of
from fer_lab.inference.looking import Look
from fer_lab.inference.model import Model
from fer_lab.inference.options import FOUND, NO_EXPRESSION, NO_FACE, Options
from fer_lab.inference.people import Shot, in_picture, in_video
from fer_lab.inference.smoothing import Smoothing

PRESENT, JOINED = 0.5, "+"
"""A label is answered where its probability is at least this; what stands between several."""
BOX, POSE = ("left", "top", "width", "height"), ("yaw", "pitch", "roll")
FIRST = ("file", "frame", "time", "face", *BOX, "reason", *POSE)
"""The first columns of the table."""
ROWS = 2000
"""Of the table in memory at once."""


@dataclass
class Teller:
    """Says what is answered of each face.

    Args:
        model: whose answers they are.
        options: what is asked.

    Attributes:
        lacking: people of whom a baseline was asked for and none is there, (file, person).

    Raises:
        ConfigError: an option that this model cannot follow.
    """

    model: Model
    options: Options
    lacking: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse at once what could not be told in the end."""
        contract = self.model.contract
        self.target, self.least = contract.asked, self.options.least(contract)
        self.usual: Floats | None = None
        if self.options.neutral:
            way = "found" if FOUND in self.options.neutral else "given"
            self.usual = usual_answer(contract.baseline, way)
        if taken := sorted({*self.columns[: len(FIRST)]} & {*self.target.names}):
            raise ConfigError(f"the model answers {taken[0]!r}", expected="a name that is no column of the table")
        Smoothing(self.options.smooth)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the table."""
        said = {"classes": ("answer", "sure"), "labels": ("answer",), "values": ()}[self.target.kind]
        points = [f"{axis}_{point}" for axis in "xy" for point in range(68)] if self.options.landmarks else []
        return (*FIRST, *said, *self.target.names, *points)

    def pictures(self, looks: Iterable[Look]) -> Iterator[Shot]:
        """Shots of pictures that are no frames of a video."""
        return (shot for look in looks for shot in in_picture(look))

    def video(self, looks: Callable[[], Iterable[Look]]) -> Iterator[Shot]:
        """Shots of the frames of one video, as they are told.

        Args:
            looks: gives them, from the first on, each time that it is called.
        """
        own = self._baselines(in_video(looks(), self.model)) if self.usual is not None else {}
        smoothing = Smoothing(self.options.smooth)
        for shot in in_video(looks(), self.model):
            if shot.person is not None and shot.answers is not None:
                answers = shot.answers
                if self.usual is not None and shot.person in own:
                    answers = against(self.target, answers, own[shot.person], self.usual)
                shot.answers = smoothing(shot.person, shot.look.time, answers)
            yield shot

    def row(self, shot: Shot) -> list[Any]:
        """What is told of a face, in the order of the columns."""
        look, seen = shot.look, shot.seen
        points = seen.landmarks if seen else None
        pose = seen.pose if seen else None
        reason = NO_FACE if seen is None else seen.reason
        start = [
            look.file,
            look.frame,
            look.time,
            shot.person,
            *_or_none(None if points is None else box_of(points), 4),
        ]
        told = [*start, reason, *_or_none(pose, 3), *self._said(shot.answers)]
        told += _or_none(shot.answers, len(self.target.names))
        return told + (_or_none(None if points is None else points.T.ravel(), 136) if self.options.landmarks else [])

    def answer(self, answers: Floats) -> str:
        """The answer in words; '' of values."""
        if self.target.kind == "values":
            return ""
        if self.target.exclusive:
            place = int(answers.argmax())
            is_sure = self.least is None or answers[place] > self.least
            return self.target.names[place] if is_sure else NO_EXPRESSION
        return JOINED.join(name for name, p in zip(self.target.names, answers, strict=True) if p >= PRESENT)

    def frames(self, shots: Iterable[Shot]) -> Iterator[DataFrame]:
        """Shots as the table, some rows at a time."""
        iterator = iter(shots)
        while some := list(islice(iterator, ROWS)):
            yield self.table([self.row(shot) for shot in some])

    def table(self, rows: Sequence[Sequence[Any]]) -> DataFrame:
        """Rows as a frame whose columns have their kinds, whatever is in them."""
        frame = DataFrame(list(rows), columns=list(self.columns))
        words = {name: "string" for name in ("file", "reason", "answer") if name in frame}
        counts = {"frame": "int64", "face": "Int64", "time": "float64"}
        numbers = {name: "float32" for name in frame.columns if name not in {**words, **counts}}
        return frame.astype({**words, **counts, **numbers})

    def _said(self, answers: Floats | None) -> list[Any]:
        if self.target.kind == "values":
            return []
        if answers is None:
            return [None, None] if self.target.exclusive else [None]
        return [self.answer(answers), *([float(answers.max())] if self.target.exclusive else [])]

    def _baselines(self, shots: Iterable[Shot]) -> Mapping[int, Floats]:
        """The mean neutral answer (names,) of each person of a video who has one."""
        own: dict[int, list[tuple[float, Floats]]] = {}
        file = ""
        for shot in shots:
            if shot.person is not None and shot.answers is not None:
                file = shot.look.file
                own.setdefault(shot.person, []).append((shot.look.time, shot.answers))
        found = {person: self._neutral(file, answers) for person, answers in own.items()}
        self.lacking += [(file, person) for person, mean in found.items() if mean is None]
        return {person: mean for person, mean in found.items() if mean is not None}

    def _neutral(self, file: str, answers: Sequence[tuple[float, Floats]]) -> Floats | None:
        values = np.stack([own for _, own in answers])
        if FOUND in self.options.neutral:
            quiet = np.argsort(expressiveness(self.target, values), kind="stable")
            return np.asarray(values[quiet[: max(1, round(QUIETEST * len(values)))]].mean(0))
        spans = [one for one in self.options.stretches if one.file in (None, file)]
        chosen = [any(one.start <= time < one.stop for one in spans) for time, _ in answers]
        return np.asarray(values[chosen].mean(0)) if any(chosen) else None


def by_picture(shots: Iterable[Shot]) -> Iterator[tuple[Look, list[Shot]]]:
    """Shots of the same picture together."""
    for _, some in groupby(shots, key=lambda shot: (shot.look.file, shot.look.frame)):
        together = list(some)
        yield together[0].look, together


def check_stretches(options: Options, files: Iterable[str]) -> None:
    """Refuse a neutral stretch of a file that is not among them.

    Raises:
        ConfigError: naming it and the nearest ones.
    """
    known = {*files}
    for one in options.stretches:
        if one.file is not None and one.file not in known:
            raise ConfigError(f"neutral = {one.file}: no such video is predicted", expected=nearest(one.file, known))


def _or_none(values: Any, length: int) -> list[Any]:
    return [None] * length if values is None else [float(value) for value in values]
