"""How faces are prepared: the part of a configuration that decides what a face store holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar, TypeAlias

from fer_lab.errors import ConfigError, nearest
from fer_lab.faces.blendshapes import BLENDSHAPES
from fer_lab.faces.dlib_detector import DlibDetector
from fer_lab.faces.steps import Step

VIEWS: tuple[str, ...] = ("face", "frontal", "frontal_soft")
"""Rigidly aligned; frontalized without symmetry; frontalized with soft symmetry."""
MEASURES: Mapping[str, tuple[int, ...]] = {"landmarks": (68, 2), "pose": (3,), "blendshapes": (len(BLENDSHAPES),)}
"""What can be known of a face beside its views, float32 of these shapes."""


@dataclass(frozen=True)
class FacesConfig:
    """Options of the face stage; each of them is part of the store's key.

    Args:
        views: how each face is prepared, any of ``VIEWS``.
        size: side of a crop in px.
        window: share of a video's duration whose frames are used (García Zapata 2018, sec. 6.1: 50 % to 80 %).
        frames_per_window: at most so many frames of the window, evenly spread; None keeps all.
        margin: border around the reference face, as a share of its larger half extent; of a view aligned by the eyes
            around the square that these decide, as a share of half its side.
        eyes: aligns the view ``face`` by the centres of the eyes alone: where the one on the picture's left comes to
            lie in a square, shares of its width and height; the other one lies level with it, as far from the right.
            None aligns by all points that expressions hardly move.
        max_yaw: faces turned further away (degrees) are refused and listed.
        min_inside: faces with a smaller share of their 68 points inside the picture are refused and listed.
        max_faces: how many faces the detector looks for; the largest is kept, all are counted.
        confidence: least confidence (0..1) of the detector.
        model: file of the landmark model; None looks where ``find_model`` says. Its content counts, not its place.
        blendshapes: whether MediaPipe's blendshapes of each face are kept, too.
        detector: what finds faces in place of MediaPipe, which ``max_faces``, ``confidence`` and ``model`` are for.
    """

    channels: ClassVar[int] = 3
    views: tuple[str, ...] = VIEWS
    size: int = 64
    window: tuple[float, float] = (0.5, 0.8)
    frames_per_window: int | None = None
    margin: float = 0.05
    eyes: tuple[float, float] | None = None
    max_yaw: float = 75.0
    min_inside: float = 0.75
    max_faces: int = 4
    confidence: float = 0.5
    model: str | None = None
    blendshapes: bool = False
    detector: DlibDetector | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ConfigError: a value out of its range, naming key and value.
        """
        object.__setattr__(self, "views", tuple(self.views))
        object.__setattr__(self, "window", _window(self.window))
        for view in self.views:
            if view not in VIEWS:
                raise ConfigError(f"faces.views: unknown view {view!r}", expected=nearest(view, VIEWS))
        _require(bool(self.views), "views", self.views, "one view or more")
        _require(8 <= self.size <= 1024, "size", self.size, "8 to 1024 px")
        _require_frames(self.frames_per_window)
        _require(-0.5 <= self.margin <= 2, "margin", self.margin, "-0.5 to 2")
        self._place_eyes()
        _require(0 < self.max_yaw <= 180, "max_yaw", self.max_yaw, "0 to 180 degrees")
        _require(0 <= self.min_inside <= 1, "min_inside", self.min_inside, "a share, 0 to 1")
        _require(self.max_faces >= 2, "max_faces", self.max_faces, "2 or more (with 1 a crowd is not detected at all)")
        _require(0 < self.confidence < 1, "confidence", self.confidence, "between 0 and 1")
        if self.detector is not None:
            _require(not self.blendshapes, "blendshapes", self.blendshapes, "false: dlib says none")
            _require(self.model is None, "model", self.model, "null: dlib has its own")

    def _place_eyes(self) -> None:
        if self.eyes is None:
            return
        place = tuple(self.eyes)
        good = len(place) == 2 and 0 <= place[0] < 0.5 and 0 <= place[1] <= 1
        _require(good, "eyes", place, "shares of width (below 0.5) and height, such as [0.35, 0.35]")
        object.__setattr__(self, "eyes", place)

    @property
    def measures(self) -> tuple[str, ...]:
        """What is kept of each face beside its views, of ``MEASURES``."""
        return ("landmarks", "pose", *(("blendshapes",) if self.blendshapes else ()))


def _require(holds: bool, key: str, value: object, expected: str) -> None:
    if not holds:
        raise ConfigError(f"faces.{key} = {value!r} cannot be used", expected=expected, do=f"set faces.{key}")


def _window(given: Sequence[float]) -> tuple[float, float]:
    """Two shares of a duration, the second one later."""
    if not isinstance(given, Sequence) or len(given) != 2:
        raise ConfigError(f"faces.window = {given!r}", expected="two shares of the duration, such as [0.5, 0.8]")
    start, stop = given
    _require(0 <= start < stop <= 1, "window", (start, stop), "0 <= start < stop <= 1")
    return start, stop


def _require_frames(number: int | None) -> None:
    _require(number is None or number > 0, "frames_per_window", number, "a positive number, or null for all")


@dataclass(frozen=True)
class StepsConfig:
    """Faces prepared by small transforms, one after the other, without landmarks: one view, ``face``.

    Args:
        steps: in their order; all pictures must be of one size after the last.
        window: share of a video's duration whose frames are used.
        frames_per_window: at most so many frames of the window, evenly spread; None keeps all.
        views: ``face``.
    """

    measures: ClassVar[tuple[str, ...]] = ()
    steps: tuple[Step, ...]
    window: tuple[float, float] = (0.0, 1.0)
    frames_per_window: int | None = None
    views: tuple[str, ...] = ("face",)

    def __post_init__(self) -> None:
        """Refuse steps that do not follow each other, and values that cannot work.

        Raises:
            ConfigError: naming the step, or key and value.
        """
        for name in ("steps", "views"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "window", _window(self.window))
        _require(self.views == ("face",), "views", list(self.views), "[face]")
        _require_frames(self.frames_per_window)
        for step in self.steps:
            _require(isinstance(step, Step), "steps", step, "steps, each with its _target_, and faces._convert_: all")
        _ = self.channels  # a step that does not take what the one before gives is refused here
        if self._side() is None:
            names = ", ".join(type(step).__name__ for step in self.steps)
            raise ConfigError(
                f"faces.steps ({names}): the pictures differ in size after the last step",
                expected="pictures of one size",
                do="put Resize behind the last crop",
            )

    @property
    def size(self) -> int:
        """Side of a picture after the last step, px."""
        return self._side() or 0

    @property
    def channels(self) -> int:
        """How many channels a picture has after the last step; it comes with three."""
        return reduce(lambda before, step: step.channels(before), self.steps, 3)

    def _side(self) -> int | None:
        """The same; None where pictures differ in size, as they do when they come."""
        coming: int | None = None
        return reduce(lambda before, step: step.side(before), self.steps, coming)


@dataclass(frozen=True)
class RawConfig:
    """Images that are faces already, taken as they come (FER2013): nothing is detected, one grey view ``raw``."""

    measures: ClassVar[tuple[str, ...]] = ()
    channels: ClassVar[int] = 1
    size: ClassVar[int | None] = None
    """As they come."""
    side: ClassVar[int] = 48
    """What they come in, px: those of FER2013, and of CK+ in the archive of the same form."""
    views: tuple[str, ...] = ("raw",)

    def __post_init__(self) -> None:
        """Refuse other views.

        Raises:
            ConfigError: a view other than ``raw``.
        """
        if tuple(self.views) != ("raw",):
            raise ConfigError(f"faces.views = {list(self.views)}", expected="[raw] for images that are faces already")


Preparation: TypeAlias = FacesConfig | StepsConfig
"""How the faces of pictures are found and prepared."""
