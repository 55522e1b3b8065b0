"""What Hydra does not know, said with the nearest that it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hydra.errors import MissingConfigException

from fer_lab.errors import ConfigError, nearest

FEW = 10
"""So many options are all named; of more the nearest."""
NO_KEY = re.compile(r"Could not override '([^']+)'")


def unknown_option(error: MissingConfigException) -> ConfigError | None:
    """The error that names an option that a group does not have; None where something else is missing."""
    group, _, option = (error.missing_cfg_file or "").rpartition("/")
    if not group or not error.options:
        return None
    known = ", ".join(map(repr, sorted(error.options))) if len(error.options) <= FEW else nearest(option, error.options)
    return ConfigError(f"there is no {group}={option}", expected=f"one of {known}")


def unknown_key(error: Exception) -> str | None:
    """The key that an override was to change, where Hydra found none of that name."""
    found = NO_KEY.match(str(error))
    return found[1] if found else None


def nearest_key(key: str, config: Mapping[str, Any]) -> ConfigError:
    """The error that names a key that a configuration does not have.

    Args:
        key: with dots.
        config: the configuration without it.
    """
    above, here = "", config
    *parts, last = key.split(".")
    while parts and isinstance(here.get(parts[0]), Mapping):
        above, here = f"{above}{parts[0]}.", here[parts.pop(0)]
    known = nearest(f"{above}{[*parts, last][0]}", [f"{above}{name}" for name in here])
    do = f"write +{key}=... for one that conf/ leaves to its default" if above else ""
    if names := _with_key(config, key):
        do = f"write data.members.{names[0]}.{last}=...: of a composite each member has its own ({', '.join(names)})"
    return ConfigError(f"there is no key {key!r}", expected=f"one of {known}", do=do)


def _with_key(config: Mapping[str, Any], key: str) -> list[str]:
    """The members of a composite data set that have a key which it lacks itself."""
    group, _, name = key.partition(".")
    found = (config.get(group) or {}).get("members") or {} if group == "data" else {}
    return sorted(member for member, about in found.items() if name in about)
