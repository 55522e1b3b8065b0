"""What a command line has set for a run beside what its cell says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from fer_lab.configs import compose
from fer_lab.ledger.identity import deciding

STAMPED = ("source", "profile", "protocol")
OF_FOLDS = ("data.split.fold",)
"""Which fold a run is, is not a setting."""


class Asked(Protocol):
    """What is known of a run before its data are: a ``Plan``, or a ``Recipe``."""

    @property
    def cell(self) -> str:
        """``<experiment>/<name>``."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The resolved configuration."""

    @property
    def seed(self) -> int:
        """The run's seed."""


def own_settings(plan: Asked) -> dict[str, Any]:
    """Key -> value of everything that decides the run and is not as its cell has it; None where it is not set at all.

    Empty for a run of the cell as it stands, whatever the command line repeats of it.
    """
    stamp = [f"{key}={plan.config[key]['name']}" for key in STAMPED]
    plain = compose([f"cell={plan.cell}", *stamp, f"seed={plan.seed}"])
    ours, theirs = (dict(_flat(deciding(config), "")) for config in (plan.config, plain))
    keys = [key for key in {**theirs, **ours} if key not in OF_FOLDS]
    return {key: ours.get(key) for key in sorted(keys) if ours.get(key) != theirs.get(key)}


def _flat(config: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
