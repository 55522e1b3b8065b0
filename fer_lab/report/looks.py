"""How the plots of figures look alike: colours, axes, heading and foot."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from fer_lab.tables.figures import INK

COLORS = ("#2f6db3", "#c8641b", "#3a7d44", "#7b4fa0", "#8a6d1b", "#55606e")
GREY = COLORS[-1]


def color_of(number: int) -> str:
    """Of the line or column of this number, from 0; after six they begin again."""
    return COLORS[number % len(COLORS)]


def dress(axes: Any, grid: str = "both") -> None:
    """A light grid (``both`` or ``y``), no frame above and at the right, figures in ink."""
    axes.grid(axis=grid, color="#e3e7ec", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)


def finish(figure: Figure, title: str, note: str, below: float = 0.05) -> None:
    """Heading, foot, and room for both; ``below`` is the share of the height that is kept free."""
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    figure.text(0.5, 0.02, note, ha="center", fontsize=8, color=GREY)
    figure.tight_layout(rect=(0, below, 1, 1))
