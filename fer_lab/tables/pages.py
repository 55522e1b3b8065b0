"""A YAML page of ``experiments/``: read with every mistake named by its file and key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from fer_lab.errors import ConfigError, nearest


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as Hydra reads it: ``1e-3`` is a number, and a key that is given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice.pop()!r} is given twice", node.start_mark
            )
        return super().construct_mapping(node, deep)  # type: ignore[no-any-return]


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def load(path: Path) -> dict[str, Any]:
    """A YAML file as Hydra reads it, interpolations left as they stand.

    Raises:
        ConfigError: it cannot be read, or holds no mapping.
    """
    try:
        value = yaml.load(path.read_bytes(), Loader=_Loader)
    except (yaml.YAMLError, OSError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", expected="a YAML mapping") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path} holds a {type(value).__name__}", expected="a YAML mapping")
    return {str(key): item for key, item in value.items()}


def page_order(path: Path) -> tuple[str, list[tuple[int, str]]]:
    """The order of the pages of a thesis by their file names: 7.9 before 7.10, names without a number first."""
    return path.parts[-3], [(int(part) if part.isdigit() else -1, part) for part in path.stem.split(".")]


def check_keys(keys: Iterable[str], needed: Iterable[str], optional: Iterable[str], where: str) -> None:
    """Refuse a mapping with other keys than these.

    Raises:
        ConfigError: a key is unknown (the nearest are offered) or missing.
    """
    keys, needed = set(keys), set(needed)
    known = needed | set(optional)
    for key in sorted(keys - known):
        raise ConfigError(f"{where}: unknown key {key!r}", expected=f"nearest: {nearest(key, known)}")
    for key in sorted(needed - keys):
        raise ConfigError(f"{where}: the key {key!r} is missing", expected=f"all of {', '.join(sorted(needed))}")


def text(value: Any, where: str) -> str:
    """A value that must be a string, as what is printed is.

    Raises:
        ConfigError: it is not.
    """
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {value!r} is not text", do="put it in quotes, as printed")
    return value
