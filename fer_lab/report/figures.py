"""Read ``experiments/<thesis>/figures/*.yaml`` and draw them: a file a figure, which names what draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_lab.engine import compose, open_faces, open_source, planned
from fer_lab.errors import ConfigError
from fer_lab.faces import FaceStore
from fer_lab.ledger import Run, read_run
from fer_lab.storage import write_bytes
from fer_lab.tables.read import EXPERIMENTS

KEYS = {"thesis", "number", "title", "section", "cell", "draw"}


@dataclass(frozen=True)
class Figure:
    """A printed figure: what it shows, and of which cell's data and runs it is drawn today.

    ``draw`` is a configuration with the function (``_target_``) and its settings.
    """

    thesis: str
    number: str
    title: str
    section: str
    cell: str
    draw: Mapping[str, Any]


@dataclass(frozen=True)
class Material:
    """What a figure is drawn of: the index, the faces, and the finished runs of its cell by seed."""

    index: pd.DataFrame
    faces: FaceStore
    target: str
    runs: Mapping[int, Run]
    title: str
    stamp: str


def figures(root: Path = EXPERIMENTS) -> list[Figure]:
    """All figures, by thesis and number.

    Raises:
        ConfigError: a file has other keys.
    """
    return [_figure(path) for path in sorted(root.glob("*/figures/*.yaml"))]


def render(figure: Figure, overrides: Sequence[str]) -> Path:
    """Draw a figure below ``<paths.results>/figures/<thesis>/``; returns its file.

    Raises:
        ConfigError: its cell has no finished run, and it needs one.
        StoreError: it cannot be written.
    """
    config = compose([*overrides, f"cell={figure.cell}"])
    source = open_source(config)
    stamp = " · ".join(f"{key} {config[key]['name']}" for key in ("source", "profile", "protocol"))
    material = Material(
        source.index,
        open_faces(source, config),
        config["data"]["target"],
        _runs(figure.cell, overrides),
        f"Figure {figure.number}: {figure.title}",
        stamp,
    )
    path = Path(config["paths"]["results"]) / "figures" / figure.thesis / f"{figure.number}.png"
    write_bytes(path, instantiate(figure.draw, _partial_=True)(material))
    return path


def _figure(path: Path) -> Figure:
    page: dict[str, Any] = OmegaConf.to_container(OmegaConf.load(path))  # type: ignore[assignment]
    if set(page) != KEYS:
        raise ConfigError(f"{path}: keys {sorted(map(str, page))}", expected=f"{sorted(KEYS)}")
    return Figure(**page)


def _runs(cell: str, overrides: Sequence[str]) -> dict[int, Run]:
    asked = [item for item in overrides if not item.startswith("seed=")]
    plans = [(seed, plan) for _, seed, plan in planned([*asked, f"cell={cell}", "seed=0,1,2"]) if plan is not None]
    return {seed: read_run(plan.entry.folder) for seed, plan in plans if plan.entry.is_finished()}
