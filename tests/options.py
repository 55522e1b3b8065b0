"""Options of Hydra, read once a process: it parses their files at each composition, and the tests ask for thousands."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.core_plugins.importlib_resources_config_source import ImportlibResourcesConfigSource
from hydra.plugins.config_source import ConfigResult, ConfigSource


def read_once(kind: type[ConfigSource]) -> None:
    """Make a kind of source remember what it has read, for as long as the file is the same."""
    read, known = kind.load_config, dict[tuple[Any, ...], ConfigResult]()

    def load(self: ConfigSource, config_path: str) -> ConfigResult:
        file = Path(self.path, self._normalize_file_name(config_path))
        about = (file.stat().st_mtime_ns, file.stat().st_size) if file.is_file() else None
        key = (self.provider, self.path, config_path, about)
        if key not in known:
            known[key] = read(self, config_path)
        found = known[key]
        return ConfigResult(found.provider, found.path, deepcopy(found.config), dict(found.header))

    kind.load_config = load  # type: ignore[method-assign]


def read_options_once() -> None:
    """Files of conf/, and Hydra's own."""
    for kind in (FileConfigSource, ImportlibResourcesConfigSource):
        read_once(kind)
