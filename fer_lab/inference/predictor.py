"""A model in three lines of Python: ``fer_lab.load("model.onnx").predict("a.jpg")``."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from fer_lab.errors import DataError
from fer_lab.inference.contract import GENERATED, Contract
from fer_lab.inference.files import Unread, check_local, listed, nothing_read
from fer_lab.inference.found import Finder
from fer_lab.inference.looking import Look, Outcome, Picture, Watcher
from fer_lab.inference.model import Model
from fer_lab.inference.options import Options
from fer_lab.inference.people import Shot
from fer_lab.inference.telling import Teller, check_stretches
from fer_lab.media import Frame
from fer_lab.processes import usable_cores

log = logging.getLogger(__name__)
Several: TypeAlias = "NDArray[np.uint8] | list[str | Path] | list[NDArray[np.uint8]]"
Given: TypeAlias = "str | Path | NDArray[np.uint8] | Sequence[str | Path] | Sequence[NDArray[np.uint8]]"
FINDERS = 2
"""Threads that look for faces, at most: each holds a landmark model, and others decode and ask."""


class Predictor:
    """A model with what looks for faces, ready for pictures, videos, folders and arrays.

    Args:
        path: of an exported model.
        threads: that a question is computed by.

    Attributes:
        model: that is asked.

    Raises:
        StoreError: there is no such model, or it is damaged.
    """

    def __init__(self, path: Path, threads: int | None = 1) -> None:
        self.model = Model(path, threads)
        self._finders: dict[int, list[Finder]] = {}

    @property
    def contract(self) -> Contract:
        """What the model says of itself: classes, what was measured, what it was trained on."""
        return self.model.contract

    def watcher(self, options: Options) -> Watcher:
        """What looks at pictures with these options; its finders are kept for the next one."""
        if options.faces not in self._finders:
            number = min(FINDERS, usable_cores())
            self._finders[options.faces] = [Finder(self.contract, options.faces) for _ in range(number)]
        return Watcher(self.model, self._finders[options.faces])

    def close(self) -> None:
        """Release what looks for faces; who predicts again opens it again."""
        for finder in (finder for finders in self._finders.values() for finder in finders):
            finder.close()
        self._finders = {}

    def predict(self, given: Given, *, fps: float | None = None, **options: Any) -> DataFrame:
        """What the model answers, a row a face, and one of each picture without one.

        Args:
            given: a picture, a video, a folder or archive of them, or several; a picture as uint8 (H, W, 3), RGB, or
                several as (N, H, W, 3) or a list, which are called ``0``, ``1``, ...
            fps: pictures in arrays are frames of one video, so many a second: people are followed, clips are cut.
            options: see ``Options``.

        Returns:
            The table that docs/predict.md describes; ``attrs`` hold the ``model`` in words, what was ``skipped`` (a
            frame ``file, frame, reason``), and ``generated``: whether the model has seen generated faces alone.

        Raises:
            ConfigError: an option that the model cannot follow, an address, or nothing at all.
            DataError: an array that is no picture, something that is neither array nor name, or none of the files can
                be read; where some can, the others are named in ``skipped`` and in a warning.
        """
        asked = Options(**options)
        teller = Teller(self.model, asked)
        unread: list[Unread] = []
        several = _several(given)
        looked = self._of_arrays(several, fps, teller, unread) if _is_array(several) else self._of_files(
            several, teller, unread)  # fmt: skip
        parts = list(teller.frames(looked))
        if unread and not parts:
            raise nothing_read(unread)
        table = pd.concat(parts, ignore_index=True) if parts else teller.table([])
        table.attrs.update(self._said(unread))
        for one in unread:
            log.warning("%s: %s", one.file, one.reason)
        return table

    def _of_files(self, given: Any, teller: Teller, unread: list[Unread]) -> Iterator[Shot]:
        items, missing = listed(given)
        check_stretches(teller.options, (item.file for item in items))
        unread += missing
        for item in items:
            looks = _looks(self.watcher(teller.options).watch([item], teller.options.every), unread)
            yield from _told(teller, looks, item.kind == "video")

    def _of_arrays(self, given: Any, fps: float | None, teller: Teller, unread: list[Unread]) -> Iterator[Shot]:
        pictures = (_picture(place, image, fps) for place, image in enumerate(given))
        looks = _looks(self.watcher(teller.options).look(pictures), unread)
        yield from _told(teller, looks, fps is not None)

    def _said(self, unread: Sequence[Unread]) -> dict[str, Any]:
        run = self.contract.run
        words = f"{self.model.path.name} ({self.model.version}), run {run['id']} of {run['cell']}"
        if self.contract.generated:
            words += f", {GENERATED}"
        skipped = DataFrame([vars(one) for one in unread], columns=["file", "frame", "reason"])
        return {"model": words, "generated": self.contract.generated, "skipped": skipped.to_dict("list")}


def load(path: str | Path, threads: int | None = 1) -> Predictor:
    """An exported model, ready to answer.

    Args:
        path: ``*.onnx``, as ``fer-lab export`` writes it.
        threads: that a question is computed by.

    Raises:
        StoreError: there is no such model, or it is damaged.
        ConfigError: an address, of which nothing is fetched, or the packages are missing that it needs.
    """
    check_local(path)
    found = Predictor(Path(path), threads)
    if found.contract.generated:
        log.warning("%s is %s: on others it may answer anything", Path(path).name, GENERATED)
    return found


def _told(teller: Teller, looks: Iterator[Look], is_video: bool) -> Iterator[Shot]:
    if not is_video:
        return teller.pictures(looks)
    if not teller.options.neutral:
        return teller.video(lambda: looks)
    kept = list(looks)
    return teller.video(lambda: kept)


def _looks(outcomes: Iterable[Outcome], unread: list[Unread]) -> Iterator[Look]:
    for one in outcomes:
        if isinstance(one, Look):
            yield one
        else:
            unread.append(one)


def _several(given: Given) -> Several:
    """What was given as several of it: an array is one picture unless it has four axes."""
    if isinstance(given, np.ndarray):
        return given if given.ndim == 4 else [given]
    if isinstance(given, str | Path):
        return [given]
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise _neither(given)
    found: list[Any] = list(given)
    for one in found:
        if not isinstance(one, str | Path | np.ndarray) or isinstance(one, np.ndarray) != _is_array(found):
            raise _neither(one)
    return found


def _neither(given: object) -> DataError:
    return DataError(
        f"a {type(given).__name__} is no picture: {str(given)[:50]}",
        expected="names of files, or arrays uint8 (height, width, 3), RGB; of several all the same",
    )


def _is_array(several: Several) -> bool:
    return isinstance(several, np.ndarray) or isinstance(next(iter(several), ""), np.ndarray)


def _picture(place: int, image: Any, fps: float | None) -> Picture:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        found = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise DataError(f"picture {place} is {found}", expected="uint8 (height, width, 3), RGB")
    if not image.size:
        raise DataError(f"picture {place} has no pixels: {image.shape}", expected="a height and a width of 1 or more")
    time = place / fps if fps else 0.0
    return Picture(str(place) if fps is None else "video", Frame(place if fps else 0, time, 0.0, image), fps is None)
