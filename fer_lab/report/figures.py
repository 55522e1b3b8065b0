"""Read ``experiments/<thesis>/figures/*.yaml`` and draw them: a file a figure, which names what draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_lab.configs import compose, stamp, without_sweep
from fer_lab.datasets import Showing, showing
from fer_lab.errors import ConfigError
from fer_lab.faces import FaceStore
from fer_lab.ledger import Run
from fer_lab.resources import resource_folder
from fer_lab.runs import finished_runs, planned
from fer_lab.sources import Source, open_faces, open_source, twin_is_there
from fer_lab.storage import write_bytes
from fer_lab.tables import stamp_words
from fer_lab.tables.pages import page_order

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
    """What a figure is drawn of.

    Attributes:
        index: of the cell's data; ``faces``, its face store.
        runs: the finished runs of the cell by seed.
        title: number and title, as the picture is headed.
        stamp: source, profile and protocol, as one line.
        cell: ``<experiment>/<name>``; with ``overrides``, those of the command line but for seeds, for what is drawn of
            more than the cell's own data and runs.
        warning: what a picture of these faces must say; empty where they may be shown.
    """

    index: pd.DataFrame
    faces: FaceStore
    runs: Mapping[int, Run]
    title: str
    stamp: str
    cell: str = ""
    overrides: tuple[str, ...] = ()
    warning: str = ""


def figures(root: Path | None = None) -> list[Figure]:
    """All figures below ``root/<thesis>/`` (``experiments/``), by thesis and number.

    Raises:
        ConfigError: a file has other keys, or ``experiments/`` is missing.
    """
    root = root or resource_folder("experiments")
    return [_figure(path) for path in sorted(root.glob("*/figures/*.yaml"), key=page_order)]


def render(figure: Figure, overrides: Sequence[str]) -> Path:
    """Draw a figure below ``<paths.results>/figures/<thesis>/``; returns its file.

    Raises:
        ConfigError: its twin is not drawn yet; none of its pictures may be shown; or its cell has no finished run, and
            it needs one.
        StoreError: it cannot be written.
    """
    general = without_sweep(overrides)
    config = compose([*general, f"cell={figure.cell}"])
    if not twin_is_there(config):
        raise ConfigError(f"Figure {figure.number}: its twin is not drawn yet", do="train its cell first")
    source = _shown(open_source(config), config["source"]["name"], figure)
    may = showing(source.dataset, config["source"]["name"], source.index["id"])
    material = Material(
        source.index,
        open_faces(source, config),
        _runs(figure.cell, overrides),
        f"Figure {figure.number}: {figure.title}",
        stamp_words(stamp(overrides)),
        figure.cell,
        tuple(general),
        "" if may is Showing.PUBLIC else may.value,
    )
    picture = instantiate(figure.draw, _partial_=True)(material)
    path = Path(config["paths"]["results"]) / "figures" / figure.thesis / f"{figure.number}.png"
    if may is not Showing.PUBLIC:  # a folder that git passes over, as its faces may not be shown
        write_bytes(path.parents[1] / ".gitignore", b"*\n")
    write_bytes(path, picture)
    return path


def _shown(source: Source, name: str, figure: Figure) -> Source:
    """The data of a figure without the pictures that must not be shown to anybody.

    Raises:
        ConfigError: there are no others.
    """
    may = [showing(source.dataset, name, [one]) is not Showing.NEVER for one in source.index["id"]]
    if not any(may):
        raise ConfigError(
            f"Figure {figure.number}: pictures of {source.dataset.title} are {Showing.NEVER.value}",
            expected="a cell of other data",
        )
    return source if all(may) else replace(source, index=source.index[may].reset_index(drop=True))


def finished(material: Material) -> dict[int, Run]:
    """The runs of a figure that cannot be drawn without one.

    Raises:
        ConfigError: no run is finished.
    """
    if not material.runs:
        raise ConfigError(f"{material.title}: no finished run", do="train its cell first (see fer-lab status)")
    return dict(material.runs)


def seeds_in_words(count: int) -> str:
    """What a picture says of the seeds that are drawn in it."""
    return f"{count} seeds, band: their range" if count > 1 else "1 seed"


def _figure(path: Path) -> Figure:
    page: dict[str, Any] = OmegaConf.to_container(OmegaConf.load(path))  # type: ignore[assignment]
    if set(page) != KEYS:
        raise ConfigError(f"{path}: keys {sorted(map(str, page))}", expected=f"{sorted(KEYS)}")
    return Figure(**page)


def _runs(cell: str, overrides: Sequence[str]) -> dict[int, Run]:
    campaign = [f"experiment={cell.split('/')[0]}", f"cell={cell}"]
    return {seed: run for (_, seed), run in finished_runs(planned([*overrides, *campaign])).items()}
