"""Make cells, experiments and tables options of Hydra: ``cell=``, ``experiment=``, ``table=``.

And the project's folder a word of conf/: ``${project:results}`` is its folder ``results``, seen from here."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from fer_lab.resources import project_folder
from fer_lab.tables.catalogue import read_catalogue
from fer_lab.tables.schema import Cell, Experiment, Table

OmegaConf.register_new_resolver("project", lambda name: os.path.relpath(project_folder() / name), replace=True)
"""At once, as the jobs of a sweep resolve what they are handed without composing anything."""


class _Shared(dict[str, Any]):
    """A group of Hydra's store that is not copied with it.

    Hydra copies the whole store each time that it composes anything, or lists a group: 0.2 s with all cells in it. It
    copies what it loads of it once more, and changes nothing else.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> _Shared:
        return self


@cache
def register() -> None:
    """Store every cell, experiment and table of ``experiments/`` in Hydra's ConfigStore, once a process.

    Raises:
        ConfigError: a file of ``experiments/`` is not as it must be.
    """
    known = read_catalogue()
    ConfigStore.instance().repo |= {group: _Shared() for group in ("cell", "experiment", "table")}
    for cell in known.cells.values():
        _store(f"cell/{cell.experiment}", cell.name, cell_node(cell))
    for name, experiment in known.experiments.items():
        _store("experiment", name, campaign_node("experiment", name, experiment))
    for name, table in known.tables.items():
        if table.cells:  # some need no run
            _store("table", name, campaign_node("table", name, table))


def _store(group: str, name: str, node: dict[str, Any]) -> None:
    ConfigStore.instance().store(group=group, name=name, node=node, package="_global_", provider="fer_lab")


def cell_node(cell: Cell) -> dict[str, Any]:
    """A cell as a configuration: the options of its groups, then its own values."""
    choices = [{f"override /{group}": option} for group, option in cell.groups.items()]
    return {"defaults": [*choices, "_self_"], **cell.values, "parents": list(cell.parents)}


def campaign_node(kind: str, name: str, campaign: Experiment | Table) -> dict[str, Any]:
    """A sweep as a configuration: the swept cells and seeds; either axis can be replaced on the command line."""
    axes = {"cell": ",".join(campaign.cells), "seed": ",".join(map(str, campaign.seeds))}
    return {"campaign": {kind: name}, "hydra": {"sweeper": {"params": axes}}}
