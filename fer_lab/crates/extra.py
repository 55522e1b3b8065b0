"""The libraries of the extra ``crate``, imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fer_lab.errors import ConfigError


def needed(name: str) -> Any:
    """A module of the extra.

    Raises:
        ConfigError: it is not installed; says how to install it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"fer-lab crate needs {error.name}, which is not installed",
            expected="the extra `crate` (rocrate, mlcroissant, roc-validator)",
            do="make setup, or pip install 'rocrate<0.17' 'mlcroissant<2' 'roc-validator<0.14'",
        ) from error
