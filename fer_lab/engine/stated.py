"""What a table prints that no run is needed for: settings of configurations, and counts of data sets. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_lab.datasets import count
from fer_lab.engine.compose import compose
from fer_lab.engine.sources import open_source, twin_is_there
from fer_lab.errors import ConfigError
from fer_lab.tables import Printed, Table


def stated(table: Table, overrides: Sequence[str], make: bool = True) -> dict[Printed, object]:
    """Today's counterparts of a table's settings and counts.

    Args:
        table: the printed table.
        overrides: of the command line; they hold for every cell.
        make: whether to draw the twin of a data set that is to be counted; otherwise its counts are not known yet.

    Raises:
        ConfigError: a setting that the configuration of its cell does not have.
    """
    found: dict[Printed, object] = {}
    for value in table.values:
        if value.kind not in ("setting", "count"):
            continue
        config = compose([*_general(overrides), f"cell={value.cell}"])
        if value.kind == "count" and not make and not twin_is_there(config):
            continue
        known = _setting(config, value) if value.kind == "setting" else _count(config, value)
        if known is not None:
            found[value] = known
    return found


def stamp(overrides: Sequence[str]) -> dict[str, str]:
    """Source, profile and protocol that a command line asks for."""
    config = compose([item for item in overrides if item.startswith(("source", "profile", "protocol"))])
    return {key: str(config[key]["name"]) for key in ("source", "profile", "protocol")}


def results_folder(overrides: Sequence[str]) -> Path:
    """Where a command line wants its results."""
    return Path(compose([item for item in overrides if item.startswith("paths")])["paths"]["results"])


def _general(overrides: Sequence[str]) -> list[str]:
    """Without what narrows a sweep."""
    return [item for item in overrides if item.split("=")[0] not in ("cell", "seed", "experiment", "table")]


def _count(config: Mapping[str, Any], value: Printed) -> object | None:
    source = open_source(config)
    return count(value.name, source.root, source.index)


def _setting(config: Mapping[str, Any], value: Printed) -> object:
    here: Any = config
    for key in value.name.split("."):
        if not isinstance(here, Mapping | list) or (isinstance(here, Mapping) and key not in here):
            raise ConfigError(f"the configuration of {value.cell} has no {value.name!r} ({value.printed!r})")
        here = here[key] if isinstance(here, Mapping) else here[int(key)]
    return here.rsplit(".", 1)[-1] if value.name.endswith("_target_") else here
