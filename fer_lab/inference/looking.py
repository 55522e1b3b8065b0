"""Pictures shown to a model one by one: what is seen in each, whatever came before; decoding, finding, asking at once.

Nothing here knows who is who, nor of time: pieces of a video can be looked at in any order, and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.evaluation.arrays import Singles
from fer_lab.faces import Face, NoFace
from fer_lab.faces.align import align
from fer_lab.faces.sample import sample
from fer_lab.inference.ahead import ahead, done_by
from fer_lab.inference.contract import Contract
from fer_lab.inference.files import Item, Unread
from fer_lab.inference.found import Finder, inputs_of, shown
from fer_lab.inference.model import Model
from fer_lab.media import Frame, Image, Timeline

SMALL, LOOK, BORDER = 24, 24, 0.05
"""Sides, px, of a whole picture made small and of a face made small; the border around the latter (``align``)."""
TOGETHER = 16
"""Pictures whose faces are asked about at once."""


@dataclass(frozen=True)
class Seen:
    """A face of a picture, or what could not be used as one.

    Attributes:
        reason: why it cannot be used; '' where it can.
        landmarks: float32 (68, 2) px; None where nothing looks for them.
        pose: yaw, pitch, roll, float32 (3,) degrees; None likewise.
        look: uint8 (``LOOK``, ``LOOK``, 3), the face made small; None of what cannot be used.
        answers: float32 (names,); None of what cannot be used, and of a face of a clip that is not whole yet.
        shown: of a face of a clip what the model will be shown of it, by name of the input; nothing otherwise.
    """

    reason: str
    landmarks: NDArray[np.float32] | None
    pose: NDArray[np.float32] | None
    look: NDArray[np.uint8] | None
    answers: Singles | None
    shown: Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Look:
    """A picture and its faces, the largest first.

    Attributes:
        file: its name.
        frame: its number in a video; 0 of a picture.
        time: s from the first frame.
        size: width and height, px.
        small: uint8 (``SMALL``, ``SMALL``, 3), all of it.
        faces: those found.
    """

    file: str
    frame: int
    time: float
    size: tuple[int, int]
    small: NDArray[np.uint8]
    faces: tuple[Seen, ...]


Outcome: TypeAlias = "Look | Unread"


class Watcher:
    """Shows pictures to a model.

    Args:
        model: that is asked.
        finders: that look for faces, each in a thread of its own.

    Attributes:
        lengths: of each file that was begun, how many pictures of it are looked at.
    """

    def __init__(self, model: Model, finders: Sequence[Finder]) -> None:
        self.model, self.finders = model, finders
        self.lengths: dict[str, int] = {}

    def watch(self, items: Iterable[Item], every: int, start: int = 0) -> Iterator[Outcome]:
        """What is seen in pictures and videos, in order.

        Args:
            items: files.
            every: of a video every so manieth frame, from the first on.
            start: of these the first; of a single video.
        """
        pictures = (frame for item in items for frame in decoded(item, every, start, self.lengths))
        yield from self.look(pictures)

    def look(self, pictures: Iterable[Picture | Unread]) -> Iterator[Outcome]:
        """The same of pictures that are decoded already."""
        found = done_by([_Looking(finder, self.model.contract) for finder in self.finders], ahead(pictures))
        asking = ahead(_batches(found))
        for batch in asking:
            yield from self._asked(batch)

    def _asked(self, batch: list[_Found | Unread]) -> Iterator[Outcome]:
        """Faces that are items of their own are asked about, those of clips are kept as the model will see them."""
        contract = self.model.contract
        alone = [face for one in batch if isinstance(one, _Found) and one.alone for face in one.usable]
        answers = iter(self.model.predict(inputs_of(contract, alone)) if alone else ())
        for one in batch:
            yield one if isinstance(one, Unread) else replace(one.look, faces=tuple(_seen(one, contract, answers)))


@dataclass(frozen=True)
class Picture:
    """A picture to be looked at; ``alone``: no frame of a video, which may be part of a clip."""

    file: str
    frame: Frame
    alone: bool


@dataclass(frozen=True)
class _Found:
    """A picture whose faces are found: ``look`` is without them."""

    look: Look
    faces: Sequence[Face | NoFace]
    looks: Sequence[NDArray[np.uint8] | None]
    alone: bool

    @property
    def usable(self) -> list[Face]:
        """Those that can be used."""
        return [face for face in self.faces if isinstance(face, Face)]


@dataclass(frozen=True)
class _Looking:
    """One finder at work."""

    finder: Finder
    contract: Contract

    def __call__(self, picture: Picture | Unread) -> _Found | Unread:
        if isinstance(picture, Unread):
            return picture
        image = picture.frame.image
        faces = self.finder(image)
        alone = picture.alone or self.contract.length == 1
        return _Found(_bare(picture), faces, [_small(image, face) for face in faces], alone)


def decoded(
    item: Item, every: int, start: int = 0, lengths: dict[str, int] | None = None
) -> Iterator[Picture | Unread]:
    """The pictures of a file; where it cannot be read, that, behind what could be.

    Args:
        item: the file.
        every, start: as ``Watcher.watch``.
        lengths: where it is noted how many pictures there are.
    """

    def wanted(line: Timeline) -> Sequence[int]:
        chosen = range(len(line.numbers))[::every]
        if lengths is not None:
            lengths[item.file] = len(chosen)
        return chosen[start:]

    last = -1
    try:
        for frame in media.frames(item.root, item.path, item.kind, wanted):
            yield Picture(item.file, frame, item.kind == "image")
            last = frame.number
    except media.Unreadable as error:
        begun = last >= 0 or start > 0
        yield Unread(item.file, max(last + 1, start * every) if begun else -1, error.reason)


def _bare(picture: Picture) -> Look:
    image, frame = picture.frame.image, picture.frame
    small = np.asarray(cv2.resize(image, (SMALL, SMALL), interpolation=cv2.INTER_AREA), np.uint8)
    return Look(picture.file, frame.number, frame.time, (image.shape[1], image.shape[0]), small, ())


def _small(image: Image, face: Face | NoFace) -> NDArray[np.uint8] | None:
    """What a face looks like, for telling people apart; of faces without points the whole picture."""
    if isinstance(face, NoFace):
        return None
    if face.landmarks is None:
        return np.asarray(cv2.resize(image, (LOOK, LOOK), interpolation=cv2.INTER_AREA), np.uint8)
    return sample(image, align(face.landmarks, LOOK, BORDER))


def _batches(found: Iterable[_Found | Unread]) -> Iterator[list[_Found | Unread]]:
    iterator = iter(found)
    while batch := list(islice(iterator, TOGETHER)):
        yield batch


def _seen(one: _Found, contract: Contract, answers: Iterator[Singles]) -> Iterator[Seen]:
    for face, look in zip(one.faces, one.looks, strict=True):
        if isinstance(face, NoFace):
            yield Seen(face.reason, None, None, None, None, {})
        elif one.alone:
            yield Seen("", face.landmarks, face.pose, look, next(answers), {})
        else:
            kept = {name: values[0] for name, values in shown(contract, [face]).items()}
            yield Seen("", face.landmarks, face.pose, look, None, kept)
