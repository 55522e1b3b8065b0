"""How faces are prepared: the part of a configuration that decides what a face store holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fer_lab.errors import ConfigError, nearest

VIEWS: tuple[str, ...] = ("face", "frontal", "frontal_soft")
"""Rigidly aligned; frontalized without symmetry; frontalized with soft symmetry."""


@dataclass(frozen=True)
class FacesConfig:
    """Options of the face stage; each of them is part of the store's key.

    Args:
        views: how each face is prepared, any of ``VIEWS``.
        size: side of a crop in px.
        window: share of a video's duration whose frames are used (García Zapata 2018, sec. 6.1: 50 % to 80 %).
        frames_per_window: at most so many frames of the window, evenly spread; None keeps all.
        margin: border around the reference face, as a share of its larger half extent.
        max_yaw: faces turned further away (degrees) are refused and listed.
        min_inside: faces with a smaller share of their 68 points inside the picture are refused and listed.
        max_faces: how many faces the detector looks for; the largest is kept, all are counted.
        confidence: least confidence (0..1) of the detector.
        model: file of the landmark model; None looks where ``find_model`` says. Its content counts, not its place.
    """

    views: tuple[str, ...] = VIEWS
    size: int = 64
    window: tuple[float, float] = (0.5, 0.8)
    frames_per_window: int | None = None
    margin: float = 0.05
    max_yaw: float = 75.0
    min_inside: float = 0.75
    max_faces: int = 4
    confidence: float = 0.5
    model: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ConfigError: a value out of its range, naming key and value.
        """
        if not isinstance(self.window, Sequence) or len(self.window) != 2:
            raise ConfigError(
                f"faces.window = {self.window!r}", expected="two shares of the duration, such as [0.5, 0.8]"
            )
        object.__setattr__(self, "views", tuple(self.views))
        object.__setattr__(self, "window", tuple(self.window))
        for view in self.views:
            if view not in VIEWS:
                raise ConfigError(f"faces.views: unknown view {view!r}", expected=nearest(view, VIEWS))
        start, stop = self.window
        _require(bool(self.views), "views", self.views, "one view or more")
        _require(8 <= self.size <= 1024, "size", self.size, "8 to 1024 px")
        _require(0 <= start < stop <= 1, "window", self.window, "0 <= start < stop <= 1")
        _require(self.frames_per_window is None or self.frames_per_window > 0, "frames_per_window",
                 self.frames_per_window, "a positive number, or null for all")  # fmt: skip
        _require(-0.5 <= self.margin <= 2, "margin", self.margin, "-0.5 to 2")
        _require(0 < self.max_yaw <= 180, "max_yaw", self.max_yaw, "0 to 180 degrees")
        _require(0 <= self.min_inside <= 1, "min_inside", self.min_inside, "a share, 0 to 1")
        _require(self.max_faces >= 2, "max_faces", self.max_faces, "2 or more (with 1 a crowd is not detected at all)")
        _require(0 < self.confidence < 1, "confidence", self.confidence, "between 0 and 1")


def _require(holds: bool, key: str, value: object, expected: str) -> None:
    if not holds:
        raise ConfigError(f"faces.{key} = {value!r} cannot be used", expected=expected, do=f"set faces.{key}")


@dataclass(frozen=True)
class RawConfig:
    """Images that are faces already, taken as they come (FER2013): nothing is detected, one grey view ``raw``."""

    views: tuple[str, ...] = ("raw",)

    def __post_init__(self) -> None:
        """Refuse other views.

        Raises:
            ConfigError: a view other than ``raw``.
        """
        if tuple(self.views) != ("raw",):
            raise ConfigError(f"faces.views = {list(self.views)}", expected="[raw] for images that are faces already")
