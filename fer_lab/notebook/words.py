"""What is typed in a notebook, as the command line says it; refused in its words where it is something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fer_lab.configs import data_sets, written
from fer_lab.configs.known import option_of, options_of_data
from fer_lab.errors import ConfigError

Root = str | Path | None
"""Where a copy of a data set lies; None: its twin is taken."""


def overrides_of(overrides: Sequence[object], settings: Mapping[str, object]) -> list[str]:
    """Overrides as text, those that are given by name (``profile="smoke"``, ``seed=0``) after the others.

    Raises:
        ConfigError: one is not text of the form ``key=value``.
    """
    for item in overrides:
        if not isinstance(item, str) or not ("=" in item or item.startswith("~")):
            raise ConfigError(
                f"{item!r} is not an override",
                expected="text as on the command line, such as 'profile=smoke'",
                do="name the folder of a copy by root=, and a value by its key, such as seed=0",
            )
    typed = {key: value if isinstance(value, str) else written(value) for key, value in settings.items()}
    return [*map(str, overrides), *(f"{key}={value}" for key, value in typed.items())]


def place_of(dataset: str, root: Root) -> list[str]:
    """The overrides that take a data set from ``root``; none for its twin.

    Raises:
        ConfigError: there is no such data set; the nearest are named.
    """
    option = option_of(named("data set", dataset))
    if root is None:
        return []
    return ["source=real", f"paths.{'data' if 'members' in options_of_data()[option] else _name(option)}={root}"]


def named(kind: str, name: object) -> str:
    """A name that was typed.

    Raises:
        ConfigError: it is not text: 7.10 as a number would be 7.1.
    """
    if not isinstance(name, str):
        raise ConfigError(f"{kind} {name!r} is a {type(name).__name__}", expected=f"its name in quotes: '{name}'")
    return name


def _name(option: str) -> str:
    return next(name for name, of in data_sets().items() if of == option)
