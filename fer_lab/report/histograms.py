"""An image beside the frequency histogram of its pixels."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.errors import ConfigError
from fer_lab.evaluation.image_differences import STEPS, VALUES, histograms
from fer_lab.report.figures import Material
from fer_lab.tables.figures import INK, png

GREY = "#55606e"


def histogram(material: Material, row: int, view: str = "raw") -> bytes:
    """An image and how often each value occurs in it, min-max normalised as for the mass centres; PNG.

    Moravčík 2021, sec. 6.4.1, Figure 6.9 (which image it shows is not said).

    Args:
        material: the faces.
        row: which face of the store.
        view: of the face store.

    Raises:
        ConfigError: there is no such face.
    """
    pixels = material.faces.view(view)
    if not 0 <= row < len(pixels):
        raise ConfigError(f"{material.title}: face {row}", expected=f"0 to {len(pixels) - 1}", do="set draw.row")
    image = np.asarray(pixels[row])[..., 0]
    figure = Figure(figsize=(7.6, 3.4), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1, 2.2))
    left.imshow(image, cmap="gray", vmin=0, vmax=VALUES - 1, interpolation="nearest")
    left.set(xticks=[], yticks=[])
    left.spines[:].set_visible(False)
    right.bar(range(VALUES), histograms(image[None])[0] / STEPS, width=1.0, color="#2f6db3")
    right.set(xlim=(-1, VALUES), ylim=(0, 1.03), xticks=[0, 64, 128, 192, 255])
    right.set_xlabel("pixel value", color=INK)
    right.set_ylabel("frequency, min-max normalised", color=INK, fontsize=9)
    right.spines[["top", "right"]].set_visible(False)
    right.tick_params(colors=INK, labelsize=9)
    figure.suptitle(material.title, fontsize=11, color=INK, fontweight="bold")
    stamp = " · ".join(filter(None, (material.stamp, material.warning)))
    figure.text(0.5, 0.02, stamp, ha="center", fontsize=8, color=GREY)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    return png(figure)
