"""Read ``experiments/<thesis>/figures/*.yaml`` and draw them: a file a figure, which names what draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_lab.engine import compose, open_faces, open_source, planned, stamp, twin_is_there
from fer_lab.errors import ConfigError
from fer_lab.faces import FaceStore
from fer_lab.ledger import Run, read_run
from fer_lab.storage import write_bytes
from fer_lab.tables import stamp_words
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
        ConfigError: its twin is not drawn yet; or its cell has no finished run, and it needs one.
        StoreError: it cannot be written.
    """
    config = compose([*overrides, f"cell={figure.cell}"])
    if not twin_is_there(config):
        raise ConfigError(f"Figure {figure.number}: its twin is not drawn yet", do="train its cell first")
    source = open_source(config)
    material = Material(
        source.index,
        open_faces(source, config),
        _runs(figure.cell, overrides),
        f"Figure {figure.number}: {figure.title}",
        stamp_words(stamp(overrides)),
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
    campaign = [f"experiment={cell.split('/')[0]}", f"cell={cell}"]
    plans = [(seed, plan) for _, seed, plan in planned([*overrides, *campaign]) if plan is not None]
    return {seed: read_run(plan.entry.folder) for seed, plan in plans if plan.entry.is_finished()}
