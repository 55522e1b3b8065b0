"""Values that would be taken for others, or fail late and without a word, are refused before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fer_lab.configs.ranges import check_ranges
from fer_lab.errors import ConfigError
from fer_lab.ledger import STAMP

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
    """Check the values of a configuration, and what its trainer is given.

    Raises:
        ConfigError: one of them is of another type or out of its range, or has a name of its own.
    """
    check_ranges(config)
    _check_trainer(config["trainer"], config["epochs"])


def refuse_other_names(keys: Iterable[str]) -> None:
    """Refuse to call an option by the name of another: what is stamped must be what was chosen.

    Args:
        keys: of overrides, such as ``profile.name``.

    Raises:
        ConfigError: names the group to choose in.
    """
    for group in (*STAMP, "data"):
        if f"{group}.name" in (key.lstrip("+~") for key in keys):
            raise ConfigError(f"{group}.name is what an option of {group} is called", do=f"choose one: {group}=...")


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
