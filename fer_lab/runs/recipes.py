"""What a run is before any data are opened: its configuration, and the part of its identity that no data decide.

Whoever has the data and whoever has not come to the same recipes, so that a run that was trained elsewhere is found
again here. No torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fer_lab.configs import compose, expand, for_parent
from fer_lab.errors import ConfigError
from fer_lab.ledger import run_id
from fer_lab.runs.checks import check_run
from fer_lab.runs.own_settings import own_settings
from fer_lab.runs.plan import OfCell, Plan, by_fold, stage_versions
from fer_lab.sources.printed import is_as_printed, printed_people


@dataclass(frozen=True)
class Recipe(OfCell):
    """A run without its data; where things lie in its configuration does not count.

    Attributes:
        parents: of the runs whose weights it starts from.
    """

    parents: tuple[Recipe, ...]

    @cached_property
    def id(self) -> str:
        """As ``Plan.id``, but for the data, the machine's precision and the files that are named: 16 hex digits."""
        parents, versions = [parent.id for parent in self.parents], stage_versions(self.config)
        return run_id(self.config, precision="", signature="", files={}, parents=parents, versions=versions)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What was set beside what its cell says (``own_settings``)."""
        return own_settings(self)

    @property
    def as_printed(self) -> bool:
        """Whether its parts and those of its parents are as printed, if no member of their data is missing."""
        whole = {**self.config, "data": {**self.config["data"], "missing": None}}
        return is_as_printed(whole) and all(parent.as_printed for parent in self.parents)

    @property
    def printed_people(self) -> int | None:
        """How many people train as printed, where that is stated."""
        return printed_people(self.config)


def recipe_of(plan: Plan) -> Recipe:
    """The recipe that a plan is made by."""
    return Recipe(plan.cell, plan.config, tuple(recipe_of(parent) for parent in plan.parents))


def recipes(overrides: Sequence[str]) -> list[Recipe]:
    """Every run of a sweep, and before them those that they start from, each once; nothing is opened or made.

    Args:
        overrides: with what is swept.

    Raises:
        ConfigError: as ``check_run``; or parts of data are read from a file, which only this machine has.
    """
    found = [recipe for own in expand(overrides) for recipe in _of_seed(own)]
    return list({recipe.id: recipe for one in found for recipe in _with_parents(one)}.values())


def _with_parents(recipe: Recipe) -> Iterator[Recipe]:
    for parent in recipe.parents:
        yield from _with_parents(parent)
    yield recipe


def _of_seed(overrides: Sequence[str]) -> list[Recipe]:
    cell = next(item.split("=", 1)[1] for item in overrides if item.startswith("cell="))
    return [_recipe(cell, own) for own in by_fold(compose(overrides), overrides)]


def _recipe(cell: str, overrides: Sequence[str]) -> Recipe:
    config = compose(overrides)
    check_run(config)
    if manifest := config["data"]["split"].get("manifest"):
        raise ConfigError(
            f"data.split.manifest={manifest}: a file of ids that only this machine has",
            expected="parts that the data set's recipe draws",
            do="leave it out",
        )
    parents = (_recipe(parent, for_parent(overrides, cell, parent)) for parent in config["parents"])
    return Recipe(cell, config, tuple(parents))
