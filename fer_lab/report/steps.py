"""Figures of faces that are prepared step by step: before and after the crop, the equalisation, all steps in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fer_lab.configs import compose
from fer_lab.errors import ConfigError, StoreError
from fer_lab.faces import Cropped, EqualiseHistogram, NoFace, Step, StepsConfig
from fer_lab.faces.steps import LEVELS, Image, outcomes
from fer_lab.report.figures import Material
from fer_lab.report.pictures import picture_of
from fer_lab.sources import how_faces_are_found, open_source
from fer_lab.tables.figures import INK, png

GREY, BAR, LINE, BOX = "#55606e", "#9fbfe3", "#c8641b", "#00e5a8"
SIDE = 2.0  # inches of a picture


@dataclass(frozen=True)
class Passed:
    """A step, and the picture before and after it."""

    step: Step
    before: Image
    outcome: Image | Cropped

    @property
    def after(self) -> Image:
        """The picture that the step gave."""
        return self.outcome.image if isinstance(self.outcome, Cropped) else self.outcome


def crop(material: Material, row: int) -> bytes:
    """The picture with the face's box, and the face cut out of it; PNG.

    Athanasiadis 2022, sec. 3.5.2, Figure 3.2.

    Args:
        material: faces that were prepared step by step.
        row: which face of the store.

    Raises:
        ConfigError: there is no such face, or no step crops.
    """
    found = [(one.before, one.outcome) for one in _passed(material, row) if isinstance(one.outcome, Cropped)]
    if not found:
        raise ConfigError(f"{material.title}: no step crops", expected="such as fer_lab.faces.ViolaJonesCrop")
    whole, face = found[0]
    figure, axes = _pictures([whole, face.image], ["before", "after"])
    left, top, width, height = face.box
    axes[0].add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor=BOX, linewidth=1.5))
    return _finished(figure, material)


def equalisation(material: Material, row: int) -> bytes:
    """A face before and after its histogram was equalised, each beside its histogram and the cumulative one; PNG.

    Athanasiadis 2022, sec. 3.5.3, Figure 3.4.

    Args and raises: as ``crop``, of the step that equalises.
    """
    found = [(one.before, one.after) for one in _passed(material, row) if isinstance(one.step, EqualiseHistogram)]
    if not found:
        raise ConfigError(f"{material.title}: no step equalises", expected="fer_lab.faces.EqualiseHistogram")
    figure = Figure(figsize=(7.6, 5.6), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    lines = figure.subplots(2, 2, width_ratios=(1, 2.1))
    for name, image, (left, right) in zip(("before", "after"), found[0], lines, strict=True):
        _show(left, image)
        left.set_ylabel(name, color=INK)
        _histogram(right, image)
    lines[1][1].set_xlabel("grey level", color=INK)
    return _finished(figure, material)


def row(material: Material, row: int) -> bytes:
    """A picture as it comes and after each step, with its height, width and channels; PNG.

    Athanasiadis 2022, Figure 4.2.

    Args and raises: as ``crop``.
    """
    passed = _passed(material, row)
    images = [passed[0].before, *(one.after for one in passed)]
    figure, _ = _pictures(images, ["as it comes", *(one.step.TITLE for one in passed)])
    return _finished(figure, material)


def _passed(material: Material, row: int) -> list[Passed]:
    """What each step makes of the picture of a face."""
    frames = material.faces.frames
    if not 0 <= row < len(frames):
        raise ConfigError(f"{material.title}: face {row}", expected=f"0 to {len(frames) - 1}", do="set draw.row")
    config = compose([*material.overrides, f"cell={material.cell}"])
    settings = how_faces_are_found(config["faces"])
    if not isinstance(settings, StepsConfig):
        raise ConfigError(
            f"{material.title}: the faces of {material.cell} are not prepared by steps", do="set faces=viola_jones"
        )
    found, source = frames.iloc[row], open_source(config)
    before, passed = picture_of(source, found["id"], int(found["frame"])), list[Passed]()
    for step, outcome in zip(settings.steps, outcomes(before, settings.steps), strict=False):
        if isinstance(outcome, NoFace):
            raise StoreError(f"{found['id']}, frame {found['frame']}: {outcome.reason}", expected="a face, as stored")
        passed.append(Passed(step, before, outcome))
        before = passed[-1].after
    return passed


def _pictures(images: Sequence[Image], titles: Sequence[str]) -> tuple[Figure, Any]:
    figure = Figure(figsize=(SIDE * len(images) + 0.4, SIDE + 1.3), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(images))
    for place, image, title in zip(axes, images, titles, strict=True):
        _show(place, image)
        place.set_title(title, fontsize=9, color=INK)
        place.set_xlabel(" × ".join(map(str, image.shape)), fontsize=8, color=GREY)
    return figure, axes


def _show(axes: Any, image: Image) -> None:
    axes.imshow(image, cmap="gray", vmin=0, vmax=LEVELS - 1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _histogram(axes: Any, image: Image) -> None:
    """How often each level occurs, and the share of pixels up to it (equations 3.1 and 3.2)."""
    shares = np.bincount(image.ravel(), minlength=LEVELS) / image.size
    axes.bar(range(LEVELS), shares, width=1.0, color=BAR)
    axes.set_xlim(-1, LEVELS)
    axes.set_xticks([0, 64, 128, 192, 255])
    axes.set_ylabel("share of pixels", color=INK, fontsize=9)
    cumulated = axes.twinx()
    cumulated.plot(range(LEVELS), shares.cumsum(), color=LINE, linewidth=1.5)
    cumulated.set_ylim(0, 1.03)
    cumulated.set_ylabel("cumulative", color=LINE, fontsize=9)
    for place in (axes, cumulated):
        place.spines["top"].set_visible(False)
        place.tick_params(colors=INK, labelsize=8)


def _finished(figure: Figure, material: Material) -> bytes:
    figure.suptitle(material.title, fontsize=11, color=INK, fontweight="bold")
    stamp = " · ".join(filter(None, (material.stamp, material.warning)))
    figure.text(0.5, 0.02, stamp, ha="center", fontsize=8, color=GREY)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    return png(figure)
