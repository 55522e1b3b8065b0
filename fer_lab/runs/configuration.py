"""The configuration of a finished run, from its folder."""

from __future__ import annotations

from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_lab.configs import offered_targets, targets_of
from fer_lab.errors import StoreError
from fer_lab.ledger import Run

MADE = ("faces", "items", "augmentation", "model", "task", "optimizer", "scheduler")
"""Groups that say what is made of them by ``_target_``."""
AGAIN = "remove the run's folder; its sweep trains it again"


def configuration_of(run: Run) -> dict[str, Any]:
    """The configuration that a run was trained with.

    Raises:
        StoreError: the file is missing or damaged, lacks what a network is made of, or names code that conf/ does not:
            a ledger may come from elsewhere, and what a configuration names is called.
    """
    path = run.file("config.yaml")
    try:
        config = OmegaConf.to_container(OmegaConf.load(path))
    except (yaml.YAMLError, OmegaConfBaseException, OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {error}", do=AGAIN) from error
    if not isinstance(config, dict):
        raise StoreError(f"{path} holds a {type(config).__name__}", expected="keys of conf/", do=AGAIN)
    wanted = [key for key in ("seed", "data", *MADE) if key not in config]
    if lacking := wanted or [f"{key}._target_" for key in MADE if "_target_" not in (config[key] or ())]:
        raise StoreError(f"{path} lacks {', '.join(lacking)}", expected="the whole configuration of a run", do=AGAIN)
    if foreign := sorted({name for _, name in targets_of(config)} - offered_targets()):
        raise StoreError(
            f"{path} names {', '.join(foreign)} as _target_",
            expected="classes and functions that a file of conf/ or experiments/ names",
            do="if they are yours, name them in a file of conf/; otherwise do not trust this ledger",
        )
    return {str(key): value for key, value in config.items()}
