"""What every number of a command line is stamped with, and where its results lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fer_lab.configs.compose import compose


def stamp(overrides: Sequence[str]) -> dict[str, str]:
    """Source, profile and protocol that a command line asks for."""
    config = compose([item for item in overrides if item.startswith(("source", "profile", "protocol"))])
    return {key: str(config[key]["name"]) for key in ("source", "profile", "protocol")}


def results_folder(overrides: Sequence[str]) -> Path:
    """Where a command line wants its results."""
    return Path(compose([item for item in overrides if item.startswith("paths")])["paths"]["results"])
