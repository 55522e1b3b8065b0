"""The figure of how faces are aligned: the picture with its points and the square that is cut out, and the face."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from fer_lab.configs import compose
from fer_lab.faces import FacesConfig
from fer_lab.faces.eyes import eye_centres
from fer_lab.faces.face import aligned
from fer_lab.faces.sample import SamplingMap
from fer_lab.report.faces import in_view, landmarks_config
from fer_lab.report.figures import Material
from fer_lab.report.looks import finish
from fer_lab.report.pictures import picture_of
from fer_lab.sources import open_source
from fer_lab.tables.figures import INK, png

POINTS, EYES, CUT, BOX = "#00e5a8", "#c8641b", "#2f6db3", "#ffffff"
SIDE = 2.2  # inches of a picture


def alignment(material: Material, people: int) -> bytes:
    """Pictures with the face that was found in them, and the aligned face that is kept, above each other; PNG.

    Above: the box around the 68 points, the points, the centres of the eyes and the line between them, the square that
    is cut out. Below: that square, with the points and the same line. Shown are the people whose eyes are least level.
    Rosa Ramos 2018, sec. 7.2, Figure 7.2.

    Args:
        material: of a cell whose faces have landmarks.
        people: how many.

    Raises:
        ConfigError: its faces are prepared without landmarks.
    """
    config, rows = landmarks_config(material), _least_level(material, people)
    source = open_source(compose([*material.overrides, f"cell={material.cell}"]))
    figure = Figure(figsize=(SIDE * len(rows) + 0.4, 2 * SIDE + 1.3), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, len(rows), squeeze=False)
    for before, after, row in zip(above, below, rows, strict=True):
        found, points = material.faces.frames.iloc[row], material.faces.landmarks[row]
        view = aligned(points, config)
        _before(before, picture_of(source, found["id"], int(found["frame"])), points, view)
        _after(after, np.asarray(material.faces.view("face")[row]), points, config)
    finish(figure, material.title, " · ".join(filter(None, (material.stamp, material.warning))))
    return png(figure)


def _least_level(material: Material, people: int) -> list[int]:
    """The face whose eyes are least level of each of the people of whom it is furthest from level."""
    points = np.asarray(material.faces.landmarks, np.float64)
    eyes = np.stack([points[:, 36:42].mean(1), points[:, 42:48].mean(1)], 1)
    across, down = (eyes[:, 1] - eyes[:, 0]).T
    order = np.argsort(-np.abs(np.arctan2(down, across)), kind="stable")
    names = material.faces.frames["id"].map(material.index.set_index("id")["subject"]).to_numpy()
    _, first = np.unique(names[order].astype(str), return_index=True)
    return [int(row) for row in order[np.sort(first)[:people]]]


def _before(axes: Any, picture: NDArray[np.uint8], points: NDArray[np.float32], view: SamplingMap) -> None:
    _show(axes, picture)
    (left, top), (right, bottom) = points.min(0) - 0.5, points.max(0) - 0.5
    axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=BOX, linewidth=1.2))
    corners = view.source[[0, 0, -1, -1], [0, -1, -1, 0]] - 0.5
    axes.add_patch(Polygon(corners, fill=False, edgecolor=CUT, linewidth=1.2))
    _points(axes, points - 0.5, eye_centres(points) - 0.5)
    across, down = np.subtract(*eye_centres(points)[::-1])
    axes.set_title(f"eyes at {np.degrees(np.arctan2(down, across)):+.1f}°", fontsize=9, color=INK)


def _after(axes: Any, face: NDArray[np.uint8], points: NDArray[np.float32], config: FacesConfig) -> None:
    _show(axes, face)
    _points(axes, in_view(points, points, config), in_view(eye_centres(points), points, config))
    axes.set_title(f"{face.shape[0]} × {face.shape[1]} px", fontsize=9, color=INK)


def _points(axes: Any, points: Any, eyes: Any) -> None:
    axes.scatter(*points.T, s=2, color=POINTS, linewidths=0)
    axes.plot(*eyes.T, color=EYES, marker="o", markersize=3, linewidth=1.2)


def _show(axes: Any, picture: NDArray[np.uint8]) -> None:
    axes.imshow(picture)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
