"""What every number of a command line is stamped with, and where its results lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from fer_lab.configs.compose import compose
from fer_lab.configs.known import top_keys
from fer_lab.configs.sweep import CAMPAIGNS, parse
from fer_lab.configs.unknown import nearest_key


def stamp(overrides: Sequence[str]) -> dict[str, str]:
    """Source, profile and protocol that a command line asks for.

    Raises:
        ConfigError: there is no such option, or an override has a key that nothing in conf/ is called.
    """
    _check_keys(overrides)
    config = compose([item for item in overrides if item.startswith(("source", "profile", "protocol"))])
    return {key: str(config[key]["name"]) for key in ("source", "profile", "protocol")}


def results_folder(overrides: Sequence[str]) -> Path:
    """Where a command line wants its results.

    Raises:
        ConfigError: as ``stamp``.
    """
    _check_keys(overrides)
    return Path(compose([item for item in overrides if item.startswith("paths")])["paths"]["results"])


def _check_keys(overrides: Sequence[str]) -> None:
    """Refuse a key whose first part is unknown, before anything is said or done: what lies below it the cell decides.

    ``profil=smoke`` would otherwise be taken for nothing, and the stamp for that of conf/config.yaml.
    """
    known = dict.fromkeys(sorted(top_keys() | {*CAMPAIGNS, "cell"}))
    for key, override in parse(overrides).items():
        if re.split(r"[./@]", key)[0] not in known and not override.is_add():
            raise nearest_key(key, known)
