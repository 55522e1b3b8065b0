"""What a table prints that no run is needed for: settings, counts and descriptions of data sets, mappings. No torch."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hydra.utils import get_class

from fer_lab.configs import compose, results_folder, stamp, without_sweep
from fer_lab.datasets import count
from fer_lab.errors import ConfigError, nearest
from fer_lab.ledger import Run, read_ledger
from fer_lab.runs.label_mapping import mapped, mapping_is_there
from fer_lab.sources import data_set, every_member, open_source, twin_is_there
from fer_lab.tables import Printed, Table
from fer_lab.tables.inflation import partner


def stated(table: Table, overrides: Sequence[str], make: bool = True) -> dict[Printed, object]:
    """Today's counterparts of a table's settings, counts, descriptions and mappings.

    Args:
        table: the printed table.
        overrides: of the command line; they hold for every cell.
        make: whether to draw the twin of a data set that is to be counted or mapped; otherwise what is to be said of
            it is not known yet.

    Raises:
        ConfigError: a setting that the configuration of its cell does not have, a description that its data
            set does not have, or a mapping of no such class.
        DataError: a data set that is to be counted or mapped is not there.
    """
    return stated_values(table.values, overrides, make)


def stated_values(values: Iterable[Printed], overrides: Sequence[str], make: bool = True) -> dict[Printed, object]:
    """The same of any values; those that a run is needed for are passed over."""
    kinds = {"setting": _setting, "count": _count, "described": _described, "mapping": _mapping}
    general = without_sweep(overrides)
    found = {value: kinds[value.kind](value, general, make) for value in values if value.kind in kinds}
    return {value: known for value, known in found.items() if known is not None}


def other_protocol(overrides: Sequence[str]) -> dict[tuple[str, int], Run]:
    """The finished runs under the protocol that shows what leaks do, by cell and seed: those finished last."""
    asked = stamp(overrides)
    other = partner(asked["protocol"])
    return dict(read_ledger(results_folder(overrides) / "runs", asked | {"protocol": other}).runs)


def _count(value: Printed, overrides: Sequence[str], make: bool) -> object | None:
    config = compose([*overrides, f"cell={value.cell}"])
    if not make and not twin_is_there(config):
        return None
    source = open_source(config)
    return count(value.name, source.root, source.index)


def _described(value: Printed, overrides: Sequence[str], make: bool) -> object:
    config = compose([*overrides, f"cell={value.cell}"])
    each = every_member(config) or {"": config}
    member, _, name = value.name.rpartition("/")
    if member not in each:
        raise ConfigError(
            f"{value.cell}: described {value.name!r}", expected=f"a member first: {nearest(member, each)}"
        )
    dataset = data_set(each[member])
    said = {**dataset.published, **dataset.described}
    if name not in said:
        raise ConfigError(f"{value.cell}: described {value.name!r}", expected=f"one of {nearest(name, said)}")
    return said[name]


def _mapping(value: Printed, overrides: Sequence[str], make: bool) -> object | None:
    if not make and not mapping_is_there(value.cell, overrides):
        return None
    share = mapped(value.cell, overrides, value.name).share(str(value.of))
    return None if math.isnan(share) else share


def _setting(value: Printed, overrides: Sequence[str], make: bool) -> object:
    return setting_of(value, lambda cell: compose([*overrides, f"cell={cell}"]))


def setting_of(value: Printed, config_of: Callable[[str], Mapping[str, Any]]) -> object:
    """A setting of a cell, of ``_target_`` the last name; of several cells that of each, in words.

    Args:
        value: which setting, of which cells.
        config_of: the configuration of a cell.

    Raises:
        ConfigError: a configuration says nothing of it.
    """
    each = [_of_cell(value, cell, config_of(cell)) for cell in (value.cell, *value.beside)]
    return ", ".join(dict.fromkeys(map(str, each))) if value.beside else each[0]


def _of_cell(value: Printed, cell: str, config: Mapping[str, Any]) -> object:
    here: Any = config
    for key in value.name.split("."):
        if isinstance(here, Mapping) and key not in here and "_target_" in here:
            here = {key: _default(here["_target_"], key)}
        if not isinstance(here, Mapping | Sequence) or (isinstance(here, Mapping) and here.get(key) is None):
            raise ConfigError(f"the configuration of {cell} has no {value.name!r} ({value.printed!r})")
        here = here[key] if isinstance(here, Mapping) else here[int(key)]
    return here.rsplit(".", 1)[-1] if value.name.endswith("_target_") else here


def _default(target: str, key: str) -> Any:
    """What an argument is that a configuration leaves to its target; None if there is none (Adam's betas)."""
    argument = inspect.signature(get_class(target)).parameters.get(key)
    return None if argument is None or argument.default is argument.empty else argument.default
