"""Small transforms of a picture, in any order: grey, crop, equalise, resize, three channels.

Athanasiadis 2022, sec. 3.5 and Figure 4.2, after which ``conf/faces/viola_jones.yaml`` is ordered. What belongs to the
network (values in [0, 1], mean and deviation) is no step: its weights contract says it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError

Image: TypeAlias = NDArray[np.uint8]
"""(H, W, C), C = 1 (grey) or 3 (RGB)."""
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, width, height, px of the picture."""
LEVELS = 256


@dataclass(frozen=True)
class NoFace:
    """A picture without a face that can be used, and the reason."""

    reason: str


@dataclass(frozen=True)
class Cropped:
    """The largest face of a picture, where it was, and how many there were."""

    image: Image
    box: Box
    faces_found: int


Outcome: TypeAlias = Image | Cropped | NoFace


class Step(ABC):
    """One transform of a picture; its settings are the fields of a frozen dataclass."""

    VERSION: ClassVar[int]
    """Changes with what the step gives for the same picture."""
    TITLE: ClassVar[str]
    """What it is called in figures."""
    TAKES: ClassVar[tuple[int, ...]] = (1, 3)
    """Of how many channels its pictures may be."""
    GIVES: ClassVar[int | None] = None
    """How many channels it gives; None: as many as it takes."""

    def __call__(self, image: Image) -> Outcome:
        """The picture after this step, or why there is none.

        Args:
            image: uint8 (H, W, C).

        Raises:
            ConfigError: the step does not take pictures of so many channels.
        """
        self.channels(image.shape[2])
        return self.apply(image)

    @abstractmethod
    def apply(self, image: Image) -> Outcome:
        """The same, of a picture whose channels fit."""

    def channels(self, before: int) -> int:
        """How many channels a picture of ``before`` channels has after this step.

        Raises:
            ConfigError: it does not take such pictures.
        """
        if before not in self.TAKES:
            raise ConfigError(
                f"faces.steps: {type(self).__name__} is given pictures of {before} channels",
                expected=f"pictures of {' or '.join(map(str, self.TAKES))}",
                do="put Grey before it, ThreeChannels after"
                if before == 3
                else "leave it out: the pictures are grey by then",
            )
        return self.GIVES or before

    def side(self, before: int | None) -> int | None:
        """Height and width of all pictures after this step, px; None where they differ."""
        return before


@dataclass(frozen=True)
class Grey(Step):
    """Colour to grey by the weights of ITU-R BT.601 (.299, .587, .114); grey in three channels stays as it is."""

    VERSION = 1
    TITLE = "grey"
    TAKES = (3,)
    GIVES = 1

    def apply(self, image: Image) -> Image:
        """(H, W, 3) to (H, W, 1)."""
        return grey(image)


@dataclass(frozen=True)
class EqualiseHistogram(Step):
    """Spread the grey levels of a picture so that its cumulative histogram rises evenly; a flat picture stays as it is.

    Athanasiadis 2022, equations 3.1 to 3.4. As printed (``span="picture"``) the levels stay between the darkest and the
    lightest of the picture, and the darkest one moves up by its share. OpenCV's ``equalizeHist`` (``span="full"``)
    takes that share off and stretches to 0..255.

    Args:
        span: ``picture`` or ``full``.
    """

    VERSION = 1
    TITLE = "histogram equalisation"
    TAKES = (1,)
    span: str = "picture"

    def __post_init__(self) -> None:
        """Refuse another span.

        Raises:
            ConfigError: naming it.
        """
        if self.span not in ("picture", "full"):
            raise ConfigError(f"faces.steps: EqualiseHistogram.span = {self.span!r}", expected="picture, or full")

    def apply(self, image: Image) -> Image:
        """(H, W, 1) to the same."""
        equalised = cv2.equalizeHist(image) if self.span == "full" else self.levels(image)[image]
        return np.asarray(equalised, np.uint8).reshape(image.shape)

    @staticmethod
    def levels(image: Image) -> Image:
        """What each grey level becomes by equations 3.1 to 3.4, rounded to the nearest, uint8 (256,)."""
        cumulated = np.bincount(image.ravel(), minlength=LEVELS).cumsum()
        darkest, lightest = int(image.min()), int(image.max())
        return np.rint(cumulated * (lightest - darkest) / image.size + darkest).astype(np.uint8)


@dataclass(frozen=True)
class Resize(Step):
    """To a square: averaged over areas where a picture is made smaller, bilinear where larger.

    Args:
        size: side in px.
    """

    VERSION = 1
    TITLE = "resize"
    size: int

    def __post_init__(self) -> None:
        """Refuse sizes that cannot work.

        Raises:
            ConfigError: naming it.
        """
        if not 8 <= self.size <= 1024:
            raise ConfigError(f"faces.steps: Resize.size = {self.size!r}", expected="8 to 1024 px")

    def apply(self, image: Image) -> Image:
        """(H, W, C) to (size, size, C)."""
        how = cv2.INTER_AREA if min(image.shape[:2]) > self.size else cv2.INTER_LINEAR
        resized = cv2.resize(image, (self.size, self.size), interpolation=how)
        return np.asarray(resized, np.uint8).reshape(self.size, self.size, image.shape[2])

    def side(self, before: int | None) -> int:
        """Its own."""
        return self.size


@dataclass(frozen=True)
class ThreeChannels(Step):
    """Grey copied to three channels, as networks for colour pictures are given it."""

    VERSION = 1
    TITLE = "three channels"
    TAKES = (1,)
    GIVES = 3

    def apply(self, image: Image) -> Image:
        """(H, W, 1) to (H, W, 3)."""
        return image.repeat(3, axis=2)


def grey(image: Image) -> Image:
    """(H, W, 3) or (H, W, 1) to (H, W, 1), see ``Grey``."""
    if image.shape[2] == 1:
        return image
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)[..., None]


def outcomes(image: Image, steps: Sequence[Step]) -> Iterator[Outcome]:
    """What each step gives, in their order; a ``NoFace`` is the last."""
    for step in steps:
        outcome = step(image)
        yield outcome
        if isinstance(outcome, NoFace):
            return
        image = outcome.image if isinstance(outcome, Cropped) else outcome
