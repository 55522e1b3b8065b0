"""The figure of what a network subtracts from every image: the mean of those that it was trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from safetensors.numpy import load_file

from fer_lab.errors import ConfigError
from fer_lab.ledger import WEIGHTS, Run
from fer_lab.report.figures import Material, finished
from fer_lab.report.looks import GREY, finish
from fer_lab.tables.figures import INK, png

SIDE = 2.0  # inches of a picture


def mean_image(material: Material) -> bytes:
    """The mean image of a run's training part, in colour and by channel, as it is kept with its weights; PNG.

    Rosa Ramos 2018, sec. 7.3, Figure 8.2.

    Raises:
        ConfigError: no run is finished, its network subtracts no image, or its faces must not be shown.
    """
    if material.warning:
        raise ConfigError(f"{material.title}: {material.warning}", expected="a data set whose faces may be published")
    seed, run = min(finished(material).items())
    mean = _kept(run)
    figure = Figure(figsize=(4 * SIDE + 0.4, SIDE + 1.0), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    first, *others = figure.subplots(1, 4)
    _show(first, mean, "mean of the training images")
    for place, name, channel in zip(others, ("red", "green", "blue"), mean.transpose(2, 0, 1), strict=True):
        _show(place, channel, name)
        place.set_xlabel(f"on average {channel.mean():.3f}", fontsize=8, color=GREY)
    finish(figure, material.title, f"{material.stamp} · seed {seed}")
    return png(figure)


def _kept(run: Run) -> NDArray[np.float32]:
    """(S, S, 3), in [0, 1]."""
    kept = load_file(run.file(WEIGHTS))
    mean = kept.get("backbone.mean", np.zeros((3, 1, 1)))
    if mean.shape[1] == 1:
        raise ConfigError(f"{run.cell} subtracts no image, at most a number a channel", expected="model.mean: pixel")
    return np.asarray(mean / kept["backbone.scale"]).transpose(1, 2, 0).clip(0, 1)


def _show(axes: Any, image: NDArray[np.float32], title: str) -> None:
    axes.imshow(image, cmap="gray", vmin=0, vmax=1)
    axes.set_title(title, fontsize=9, color=INK)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
