"""The configuration of a finished run, from its folder."""

from __future__ import annotations

from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_lab.errors import StoreError
from fer_lab.ledger import Run


def configuration_of(run: Run) -> dict[str, Any]:
    """The configuration that a run was trained with.

    Raises:
        StoreError: the file is missing or damaged.
    """
    path = run.file("config.yaml")
    try:
        config: dict[str, Any] = OmegaConf.to_container(OmegaConf.load(path))  # type: ignore[assignment]
    except (yaml.YAMLError, OmegaConfBaseException) as error:
        raise StoreError(f"{path} cannot be read: {error}", do="delete the run; it is trained again") from error
    return config
