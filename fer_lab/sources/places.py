"""From a configuration to the data sets that it names, and where they are. Imports no torch."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hydra.utils import get_class, instantiate

from fer_lab.configs.known import data_sets, options_of_data
from fer_lab.datasets import Composite, DataSet, TwinScale, twin_folder
from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.targets import Classes
from fer_lab.processes import usable_cores
from fer_lab.storage import whole_once_checked

MIXED = "mixed"
"""The source under which twins stand for the data sets that are not here."""
SKIP = "skip"
"""``data.missing``: real members whose folders are not there are left out."""


def members(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The configurations of the data sets that a composite one is made of, by their names in it; {} for others.

    With ``data.missing=skip`` those that are there; all of them, to be refused, if none is.
    """
    every = every_member(config)
    if config["data"].get("missing") != SKIP or config["source"]["name"] != "real":
        return every
    return {name: own for name, own in every.items() if real_root(own).exists()} or every


def every_member(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The same, there or not."""
    return {name: {**config, "data": about} for name, about in sorted((config["data"].get("members") or {}).items())}


def missing_members(config: Mapping[str, Any]) -> list[str]:
    """The members of a composite data set that are left out, as their folders are not there."""
    return sorted(every_member(config).keys() - members(config).keys())


def singles(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The configurations of the data sets that have files: the members of a composite one, else its own."""
    return [*members(config).values()] or [config]


def data_set(config: Mapping[str, Any]) -> DataSet:
    """The data set, no composite one, that a configuration names.

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


def facts(config: Mapping[str, Any]) -> DataSet | Composite:
    """What is known of a configuration's data without opening them, also of a composite data set."""
    parts, about = members(config), config["data"]
    if not parts:
        return data_set(config)
    sets = {name: data_set(own) for name, own in parts.items()}
    return Composite(about["name"], about["title"], sets, {about["target"]: Classes(tuple(about["classes"]))})


def titles() -> dict[str, str]:
    """Name of each known data set -> the title it was published under."""
    return {name: _title(options_of_data()[option]) for name, option in data_sets().items()}


def _title(about: Mapping[str, Any]) -> str:
    return str(about["title"] if "title" in about else vars(get_class(about["dataset"]["_target_"]))["title"])


def real_root(config: Mapping[str, Any]) -> Path:
    """Where the real data of a data set are to lie: ``paths.<name>``, else ``<paths.data>/<name>``."""
    paths, name = config["paths"], config["data"]["name"]
    return Path(paths[name] if name in paths else Path(paths["data"], name))


def source_of(config: Mapping[str, Any]) -> str:
    """Which of ``datasets.SOURCES`` a single data set is read from.

    Under ``source=mixed`` the real one where ``paths`` names it (it must then be there) or it lies in ``paths.data``,
    else its twin.
    """
    source = str(config["source"]["name"])
    if source != MIXED:
        return source
    return "real" if config["data"]["name"] in config["paths"] or real_root(config).exists() else "embedded"


def twins(config: Mapping[str, Any]) -> list[str]:
    """The data sets of a configuration that are twins, by name."""
    return sorted(own["data"]["name"] for own in singles(config) if source_of(own) == "embedded")


def twin_scale(config: Mapping[str, Any]) -> TwinScale:
    """How much of a twin the profile asks for."""
    profile, window = config["profile"], tuple(config["faces"].get("window") or (0.0, 1.0))
    frames, size = profile["frames_per_window"], profile["render_size"]
    return TwinScale(profile["subjects"], frames, window, size, profile["stills"])


def twin_is_there(config: Mapping[str, Any]) -> bool:
    """Whether a plan can be made without writing a twin first."""
    return all(source_of(own) == "real" or _twin_of(own).is_dir() for own in singles(config))


def is_there(config: Mapping[str, Any]) -> bool:
    """Whether the data can be opened without writing a twin: the real ones are there, or twins are, whole."""
    return all(
        real_root(own).exists() if source_of(own) == "real" else whole_once_checked(_twin_of(own))
        for own in singles(config)
    )


def _twin_of(config: Mapping[str, Any]) -> Path:
    return twin_folder(data_set(config), twin_scale(config))


def workers(config: Mapping[str, Any]) -> int:
    """Processes for the stages before training."""
    return int(config["workers"] or usable_cores())
