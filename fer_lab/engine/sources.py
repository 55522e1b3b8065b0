"""The data of a configuration: where they are, their index and signature, and their faces. Imports no torch."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.utils import get_class, instantiate

from fer_lab.datamodules.faces import content_hashes
from fer_lab.datamodules.splits import Split, draw_split, make_split
from fer_lab.datasets import DataSet, TwinScale, locate, signature, twin_folder
from fer_lab.engine.compose import compose, without_sweep
from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.faces import FaceStore, RawConfig, build_raw_store, build_store
from fer_lab.tables import find_cell

LEAST_FOLDS = 2


@dataclass(frozen=True)
class Source:
    """A data set on disk: where it is, its index, and the signature over both."""

    dataset: DataSet
    root: Path
    index: pd.DataFrame
    signature: str


def data_set(config: Mapping[str, Any]) -> DataSet:
    """The data set that a configuration names.

    Raises:
        ConfigError: it takes no such argument.
    """
    settings = config["data"]["dataset"]
    accepted = inspect.signature(get_class(settings["_target_"])).parameters
    for key in set(settings) - {"_target_"}:
        if key not in accepted:
            raise ConfigError(f"data.dataset.{key}", expected=f"one of {nearest(key, accepted) or 'none'}")
    dataset: DataSet = instantiate(settings)
    return dataset


def open_source(config: Mapping[str, Any]) -> Source:
    """The data set of a configuration, opened once a process."""
    key = {name: config[name] for name in ("data", "source", "profile", "faces")} | {"workers": workers(config)}
    return _open_source(json.dumps(key, sort_keys=True), str(config["paths"][config["data"]["name"]]))


@lru_cache(maxsize=8)
def _open_source(key: str, real: str) -> Source:
    settings = json.loads(key)
    dataset = data_set(settings)
    root = locate(dataset, settings["source"]["name"], Path(real), twin_scale(settings), settings["workers"])
    index = dataset.index(root)
    return Source(dataset, root, index, signature(root, index))


def open_faces(source: Source, config: Mapping[str, Any]) -> FaceStore:
    """The face store of a configuration, built if it is not there."""
    settings = instantiate(config["faces"])
    if not isinstance(settings, RawConfig):
        return build_store(source.root, source.index, source.signature, settings, workers(config))
    return build_raw_store(source.index, source.signature, partial(source.dataset.images, source.root, source.index))


def blocked_cells(cells: Iterable[str], overrides: Sequence[str]) -> dict[str, str]:
    """The cells whose data, or those of their parents, are not there, and what is missing; twins are never missing.

    Args:
        cells: ``<experiment>/<name>`` each.
        overrides: of the command line.
    """
    source = compose([item for item in overrides if item.startswith("source")])["source"]["name"]
    alike: dict[frozenset[str], list[str]] = {}
    for cell in cells if source == "real" else ():
        alike.setdefault(_data_of(cell), []).append(cell)  # composing takes a while: once for all of the same data
    reasons = {data: _missing(group[0], overrides) for data, group in alike.items()}
    return {cell: reasons[data] for data, group in alike.items() for cell in group if reasons[data]}


def _data_of(cell: str) -> frozenset[str]:
    """The data sets of a cell and its parents, as options of the group ``data``."""
    about = find_cell(cell)
    return frozenset([about.groups["data"]]).union(*(_data_of(parent) for parent in about.parents))


def _missing(cell: str, overrides: Sequence[str]) -> str:
    config = compose([*without_sweep(overrides), f"cell={cell}"])
    try:
        locate(data_set(config), "real", Path(config["paths"][config["data"]["name"]]), twin_scale(config), 1)
    except DataError as error:
        return error.what
    return next((reason for parent in config["parents"] if (reason := _missing(parent, overrides))), "")


def split_of(config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore) -> Split:
    """The parts of a configuration's data, of rows that have a face.

    Args:
        config: the configuration: ``data.split``, the target and the protocol.
        index: the rows that its task uses.
        faces: their faces.
    """
    labelled, copies = _to_split(config, index, faces)
    return make_split(labelled, config["protocol"]["name"], config["data"]["split"], copies)


def drawn_splits(config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore) -> list[Split]:
    """The parts of a configuration's data, of each fold where there are folds; leaks are not refused.

    Args: as ``split_of``.
    """
    labelled, copies = _to_split(config, index, faces)
    recipe, protocol = config["data"]["split"], config["protocol"]["name"]
    folded = recipe["kind"] == "folds" and not recipe.get("manifest") and config["fold"] is None
    if folded and (not isinstance(recipe["folds"], int) or recipe["folds"] < LEAST_FOLDS):
        raise ConfigError(f"data.split.folds={recipe['folds']}", expected=f"a whole number from {LEAST_FOLDS} on")
    recipes = [{**recipe, "fold": fold} for fold in range(recipe["folds"])] if folded else [recipe]
    return [draw_split(labelled, protocol, own, copies) for own in recipes]


def _to_split(config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows that have a face, with their labels, and the hash of each."""
    seen = index[index["id"].isin(set(faces.frames["id"]))]
    labelled = seen.assign(label=seen[config["data"]["target"]])
    return labelled, content_hashes(faces, config["faces"]["views"][0])


def twin_scale(config: Mapping[str, Any]) -> TwinScale:
    """How much of a twin the profile asks for."""
    profile, window = config["profile"], tuple(config["faces"].get("window") or (0.0, 1.0))
    frames, size = profile["frames_per_window"], profile["render_size"]
    return TwinScale(profile["subjects"], frames, window, size, profile["stills"])


def twin_is_there(config: Mapping[str, Any]) -> bool:
    """Whether a plan can be made without writing a twin first."""
    dataset = data_set(config)
    return config["source"]["name"] == "real" or twin_folder(dataset, twin_scale(config)).is_dir()


def workers(config: Mapping[str, Any]) -> int:
    """Processes for the stages before training."""
    return int(config["workers"] or os.cpu_count() or 1)
