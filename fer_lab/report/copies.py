"""The figure of augmented copies: images, and beside them what each action makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hydra.utils import instantiate
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.faces.actions import Action
from fer_lab.report.figures import Material
from fer_lab.report.looks import finish
from fer_lab.sources import shown_view
from fer_lab.tables.figures import INK, png

SIDE = 1.5  # inches of a picture


def copies(material: Material, images: int) -> bytes:
    """Some images of a cell's faces, evenly spread over them, and a copy of each by every action; PNG.

    Rosa Ramos 2018, sec. 6.4, Figure 6.13.

    Args:
        material: of a cell with ``stored_augmentation``, or with an augmentation of actions.
        images: how many.

    Raises:
        ConfigError: the cell makes no copies by actions.
    """
    config = compose([*material.overrides, f"cell={material.cell}"])
    actions, view = _actions(config), material.faces.view(shown_view(config))
    figure = Figure(figsize=(SIDE * (len(actions) + 1) + 0.4, SIDE * images + 1.3), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(images, len(actions) + 1, squeeze=False)
    for line, row in zip(grid, np.linspace(0, len(view) - 1, images).astype(int), strict=True):
        image, rng = np.asarray(view[int(row)]), np.random.default_rng(int(row))
        for place, shown in zip(line, [image, *(action(image, rng) for action in actions)], strict=True):
            place.imshow(shown, cmap="gray", vmin=0, vmax=255)
            place.set(xticks=[], yticks=[])
            place.spines[:].set_visible(False)
    for place, title in zip(grid[0], ["as it is", *map(in_words, actions)], strict=True):
        place.set_title(title, fontsize=8, color=INK)
    finish(figure, material.title, " · ".join(filter(None, (material.stamp, material.warning))))
    return png(figure)


def in_words(action: Action) -> str:
    """What an action does, a line each."""
    amounts = [
        "mirrored" if action.flip else "",
        f"{abs(action.turn):g}° to the {'left' if action.turn > 0 else 'right'}" if action.turn else "",
        f"blur {action.blur:.1%} of the side" if action.blur else "",
        f"noise {action.noise:.0%} of the range" if action.noise else "",
    ]
    return "\n".join(filter(None, amounts))


def _actions(config: Mapping[str, Any]) -> Sequence[Action]:
    """The actions of a cell.

    Raises:
        ConfigError: it has none.
    """
    for group in ("stored_augmentation", "augmentation"):
        if given := (config.get(group) or {}).get("actions"):
            return [instantiate(action) for action in given]
    raise ConfigError("the cell changes no image by actions", do="set stored_augmentation=four_actions")
