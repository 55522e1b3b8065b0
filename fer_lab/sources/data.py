"""The data of a configuration: where they are, their index and signature, and their faces. Imports no torch."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.utils import get_class, instantiate

from fer_lab.datasets import DataSet, TwinScale, locate, signature, twin_folder
from fer_lab.errors import ConfigError, nearest
from fer_lab.faces import FaceStore, RawConfig, build_raw_store, build_store


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


def shown_view(config: Mapping[str, Any]) -> str:
    """The first view that a configuration's items are made of, which stands for them in pictures."""
    view: str = (config["items"].get("views") or config["faces"]["views"])[0]
    return view
