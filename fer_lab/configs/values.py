"""Values that would be taken for others, or fail late and without a word, are refused before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_lab.errors import ConfigError

LEAST: Mapping[str, int] = {"seed": 0, "epochs": 0, "batch_size": 1}
LEAST_OR_NULL: Mapping[str, int] = {"fold": 0, "jobs": 1, "threads": 1, "workers": 1}
TEST_SCORES = ("every_epoch", "final")
BACKBONE_STORE = ("auto", "off", False)  # YAML reads a plain off as false


def check_values(config: Mapping[str, Any]) -> None:
    """Check the top-level numbers and switches of a configuration.

    Raises:
        ConfigError: one of them is of another kind or out of its range.
    """
    for key, least in {**LEAST, **LEAST_OR_NULL}.items():
        value = config[key]
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
        if not whole and not (value is None and key in LEAST_OR_NULL):
            null = ", or null" if key in LEAST_OR_NULL else ""
            raise ConfigError(f"{key}={value!r}", expected=f"a whole number from {least} on{null}")
    if config["test_scores"] not in TEST_SCORES:
        raise ConfigError(f"test_scores={config['test_scores']!r}", expected=f"one of {', '.join(TEST_SCORES)}")
    if config["backbone_store"] not in BACKBONE_STORE:
        raise ConfigError(f"backbone_store={config['backbone_store']!r}", expected="auto or off")
    limit = config["cache"]["max_gb"]
    if not isinstance(limit, int | float) or isinstance(limit, bool) or limit < 0:
        raise ConfigError(f"cache.max_gb={limit!r}", expected="a number from 0 on, 1e9 bytes each")
