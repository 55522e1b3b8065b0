"""Labels of one data set in the classes of another: where its images go, and the mass centres that they go to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.arrays import Images
from fer_lab.evaluation.mass_centres import MAPPINGS
from fer_lab.report.figures import Material
from fer_lab.runs.label_mapping import Mapped, mapped, mapping_is_there
from fer_lab.runs.label_mapping import centres as centres_of
from fer_lab.tables.figures import INK, PAPER, png

GREY, BAR, MOST = "#55606e", "#9fbfe3", "#2f6db3"


def matrix(material: Material, mapping: str) -> bytes:
    """All labels against all classes: counts, coloured by their share of the label; PNG.

    Moravčík 2021, sec. 6.4.2, Figure 6.10.
    """
    found = _found(material, mapping)
    figure, axes = _page(material, mapping, 6.0, 5.6)
    shares = found.counts / np.maximum(found.counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(found.classes)), found.classes, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(found.labels)), found.labels)
    axes.set_xlabel("class of the nearest mass centre", color=INK)
    axes.set_ylabel("label", color=INK)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=9)
    for (row, column), count in np.ndenumerate(found.counts):
        dark = shares[row, column] > 0.55
        color = PAPER if dark else (INK if count else "#a9b4c0")
        axes.text(column, row, str(count), ha="center", va="center", fontsize=9, color=color)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    return png(figure)


def bars(material: Material, mapping: str, label: str) -> bytes:
    """The classes that the images of one label get, the most frequent one in a darker colour; PNG.

    Moravčík 2021, sec. 6.4.2, Figures 6.11 to 6.14: the other labels are kept as they are.

    Raises:
        ConfigError: there is no such label.
    """
    found = _found(material, mapping)
    if label not in found.labels:
        raise ConfigError(f"{material.title}: label {label!r}", expected=f"one of {nearest(label, found.labels)}")
    counts = found.counts[found.labels.index(label)]
    figure, axes = _page(material, f"{mapping} · {counts.sum()} images of {label}", 6.8, 3.9)
    shares = counts / max(1, counts.sum())
    axes.barh(range(len(counts)), shares, color=[MOST if n == counts.max() else BAR for n in counts], height=0.72)
    for place, (share, count) in enumerate(zip(shares, counts, strict=True)):
        axes.text(share + 0.012, place, f"{count}  ({share:.0%})", va="center", fontsize=9, color=INK)
    axes.set_yticks(range(len(counts)), found.classes)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15)
    axes.set_xticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    axes.set_xlabel(f"share of {label} given this class", color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines["bottom"].set_bounds(0, 1)  # beyond it is only room for the numbers
    axes.tick_params(colors=INK, labelsize=9)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    return png(figure)


def centres(material: Material, mappings: Sequence[str]) -> bytes:
    """The mass centre of every class of the cell's data, a row of images a difference; PNG.

    Moravčík 2021, sec. 6.4.1.
    """
    found = [centres_of(material.cell, material.overrides, _known(material, name)) for name in mappings]
    classes = found[0][1]
    figure = Figure(figsize=(1.1 * len(classes) + 1.5, 1.16 * len(found) + 1.05), dpi=110, facecolor=PAPER)
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(found), len(classes), squeeze=False)
    for line, name, (images, _) in zip(grid, mappings, found, strict=True):
        _row(line, name, images)
    for place, name in zip(grid[0], classes, strict=True):
        place.set_title(name, fontsize=9, color=INK)
    _heads(figure, material, material.warning)
    figure.tight_layout(rect=(0.01, 0.04, 1, 1))
    return png(figure)


def _found(material: Material, name: str) -> Mapped:
    """A mapping by its name; drawing a figure writes no twin."""
    if not mapping_is_there(material.cell, material.overrides):
        raise ConfigError(f"{material.title}: a twin is not drawn yet", do=f"train cell={material.cell} first")
    return mapped(material.cell, material.overrides, _known(material, name))


def _known(material: Material, name: str) -> str:
    if name not in MAPPINGS:
        raise ConfigError(f"{material.title}: mapping {name!r}", expected=f"one of {nearest(name, MAPPINGS)}")
    return name


def _row(line: Any, name: str, images: Images) -> None:
    for place, image in zip(line, images, strict=True):
        place.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        place.set(xticks=[], yticks=[])
        place.spines[:].set(color="#d5dbe2", linewidth=0.8)  # white outside a cropped face needs an edge
    line[0].set_ylabel(name.replace(", ", ",\n"), fontsize=9, color=INK, rotation=0, ha="right", va="center")


def _page(material: Material, note: str, width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), dpi=110, facecolor=PAPER)
    FigureCanvasAgg(figure)
    _heads(figure, material, note)
    return figure, figure.add_subplot()


def _heads(figure: Figure, material: Material, note: str) -> None:
    """Title above, stamp below."""
    figure.suptitle(material.title, fontsize=11, color=INK, fontweight="bold")
    stamp = " · ".join(filter(None, (material.stamp, note)))
    figure.text(0.5, 0.018, stamp, ha="center", fontsize=8, color=GREY)
