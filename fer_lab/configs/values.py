"""Values that would be taken for others, or fail late and without a word, are refused before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_lab.errors import ConfigError

LEAST: Mapping[str, int] = {"seed": 0, "epochs": 0, "batch_size": 1}
LEAST_OR_NULL: Mapping[str, int] = {"steps": 1, "fold": 0, "jobs": 1, "threads": 1, "workers": 1}
TEST_SCORES = ("every_epoch", "final")
BACKBONE_STORE = ("auto", "off", False)  # YAML reads a plain off as false
HERE: Mapping[str, str] = {
    "max_steps": "steps",
    "min_epochs": "epochs",
    "min_steps": "steps",
    "max_time": "epochs",
    "limit_train_batches": "data.only, or profile=smoke",
    "limit_test_batches": "data.only, or profile=smoke",
    "limit_predict_batches": "data.only, or profile=smoke",
    "overfit_batches": "data.only, or profile=smoke",
    "fast_dev_run": "profile=smoke",
}
"""Key of the trainer -> what says it here, where it is part of what a run is."""


def check_values(config: Mapping[str, Any]) -> None:
    """Check the top-level numbers and switches of a configuration, and its trainer.

    Raises:
        ConfigError: one of them is of another kind or out of its range, or has a name of its own.
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
    _check_trainer(config["trainer"], config["epochs"])


def _check_trainer(trainer: Mapping[str, Any], epochs: int) -> None:
    """What decides a result and is said elsewhere must not be said here: one of the two would not count."""
    if trainer["max_epochs"] != epochs:
        raise _elsewhere("max_epochs", trainer, "epochs")
    if trainer["limit_val_batches"] != 0:
        raise ConfigError(
            f"trainer.limit_val_batches={trainer['limit_val_batches']}",
            expected="0: validation is scored whole, after each epoch",
            do="leave it out",
        )
    for key, word in HERE.items():
        if trainer.get(key) is not None:
            raise _elsewhere(key, trainer, word)


def _elsewhere(key: str, trainer: Mapping[str, Any], word: str) -> ConfigError:
    what = f"trainer.{key}={trainer[key]!r}: it would decide the result, but is no part of a run's identity"
    return ConfigError(what, do=f"set {word}, which is")
