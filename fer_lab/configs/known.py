"""The data sets that there are, as conf/data says it, and what the command line may say of where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from fer_lab.errors import ConfigError, nearest
from fer_lab.resources import resource_folder

PLACES = ("data", "results", "vgg_face", "inception_v2", "alexnet", "resnet101")
"""The keys of conf/paths; beside them each data set may have its own."""
TARGET = re.compile(r"_target_: *([\w.]+)")
SPACES = "search"
"""A folder of conf/ whose files are no options: what `fer-lab search` tries."""
PLACE = re.compile(r"\+{0,2}paths\.([^.=~]+)=")


def data_sets(folder: Path | None = None) -> dict[str, str]:
    """Name of each data set -> the option of ``data`` that stands for it: that of its name, else the first.

    Args:
        folder: of the options, by default conf/data. One that builds on another has no name of its own.

    Raises:
        ConfigError: an option cannot be read.
    """
    found: dict[str, str] = {}
    for option, about in options_of_data(folder).items():
        if isinstance(name := about.get("name"), str) and (name not in found or option == name):
            found[name] = option
    return found


@lru_cache(maxsize=8)
def options_of_data(folder: Path | None = None) -> Mapping[str, Mapping[str, Any]]:
    """Name -> content of each option of ``data``, in order; read once a process.

    Raises:
        ConfigError: one is no YAML file of keys.
    """
    folder = folder or resource_folder("conf") / "data"
    return {path.stem: _read(path) for path in sorted(folder.glob("*.yaml"))}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        about = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", expected="a YAML file, such as the others") from error
    if not isinstance(about, Mapping):
        raise ConfigError(f"{path} holds no keys", expected="a YAML file, such as the others")
    return about


@lru_cache(maxsize=1)
def top_keys() -> frozenset[str]:
    """The keys that a configuration may have at its top: those of conf/config.yaml, and its groups; read once."""
    conf = resource_folder("conf")
    groups = {folder.name for folder in conf.iterdir() if folder.is_dir()} - {SPACES}
    return frozenset(_read(conf / "config.yaml")) - {"defaults"} | groups | {"campaign", "hydra"}


@lru_cache(maxsize=1)
def offered_targets() -> frozenset[str]:
    """Every class and function that a file of conf/ or experiments/ names by ``_target_``."""
    pages = [page for folder in ("conf", "experiments") for page in resource_folder(folder).rglob("*.yaml")]
    return frozenset(name for page in pages for name in TARGET.findall(page.read_text()))


def targets_of(config: object, above: str = "") -> Iterator[tuple[str, str]]:
    """All that a configuration would have called: the place and value of every ``_target_`` in it, however deep."""
    inner = config.items() if isinstance(config, Mapping) else enumerate(config) if isinstance(config, list) else ()
    for key, value in inner:
        if key == "_target_":
            yield f"{above}{key}", str(value)
        yield from targets_of(value, f"{above}{key}.")


def option_of(dataset: str) -> str:
    """The option of ``data`` that is meant by its own name, or by that of a data set.

    Raises:
        ConfigError: there is none; the nearest are named.
    """
    known = {**{option: option for option in options_of_data()}, **data_sets()}
    if dataset not in known:
        raise ConfigError(f"there is no data set {dataset!r}", expected=f"one of {nearest(dataset, known)}")
    return known[dataset]


def with_places(overrides: Sequence[str]) -> list[str]:
    """Overrides as Hydra takes them: ``paths.<data set>=`` adds a key, which conf/paths need not name.

    Raises:
        ConfigError: a key of ``paths`` that is neither a data set nor in conf/paths.
    """
    return [_with_place(item) for item in overrides]


def _with_place(override: str) -> str:
    asked = PLACE.match(override)
    if asked is None or asked[1] in PLACES:
        return override
    if asked[1] not in data_sets():
        known = nearest(asked[1], [*PLACES, *data_sets()])
        raise ConfigError(f"there is no path {asked[1]!r} (paths.{asked[1]})", expected=f"one of {known}")
    return f"++{override.lstrip('+')}"
