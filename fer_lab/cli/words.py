"""The words of commands that only read: a stamp, a campaign and a place, without composing a configuration."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from fer_lab.errors import ConfigError, nearest
from fer_lab.ledger import STAMP
from fer_lab.resources import ENTRY, project_folder, resource_folder

RESULTS = "paths.results"


def asked(words: Sequence[str], keys: Collection[str]) -> dict[str, str]:
    """``key=value`` each, by key.

    Args:
        words: of the command line.
        keys: those that the command takes, beside ``paths.results``.

    Raises:
        ConfigError: another key; a sweep that overrides it tells itself what it would run.
    """
    found = {key: value for key, _, value in (word.partition("=") for word in words)}
    for key, value in found.items():
        if key not in {*keys, RESULTS} or not value:
            raise ConfigError(
                f"{key}={value}",
                expected=f"{', '.join(keys)} or {RESULTS} (nearest: {nearest(key, [*keys, RESULTS])})",
                do=f"{ENTRY} -m experiment=... {key}={value} dry_run=true, to see what it would run",
            )
        options = {path.stem for path in (resource_folder("conf") / key).glob("*.yaml")} if key in STAMP else {value}
        if value not in options:
            raise ConfigError(f"there is no {key}={value}", expected=f"one of {nearest(value, options)}")
    return found


def numbers(key: str, value: str) -> list[int]:
    """``0,1,2`` as numbers.

    Raises:
        ConfigError: it is something else.
    """
    if not all(part.isdigit() for part in value.split(",")):
        raise ConfigError(f"{key}={value}", expected="whole numbers from 0 on, such as 0,1,2")
    return [int(part) for part in value.split(",")]


def results_of(found: dict[str, str]) -> Path:
    """Where the results lie that are asked for."""
    return Path(found[RESULTS]) if RESULTS in found else project_folder() / "results"


def stamp_of(found: dict[str, str]) -> dict[str, str]:
    """Source, profile and protocol that are asked for, else those of conf/config.yaml."""
    import yaml

    choices = yaml.safe_load((resource_folder("conf") / "config.yaml").read_text())["defaults"]
    usual = {key: str(value) for choice in choices if isinstance(choice, dict) for key, value in choice.items()}
    return {key: found.get(key, usual[key]) for key in STAMP}
