"""The runs that a command line asks for: guards first, then cells x seeds x whatever else is swept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from fer_lab import tables
from fer_lab.configs.grammar import unreadable
from fer_lab.configs.names import refuse_old_names
from fer_lab.errors import ConfigError

CAMPAIGNS = ("experiment", "table")


def parse(overrides: Sequence[str]) -> dict[str, Override]:
    """The overrides of a command line by key, checked against everything that Hydra would let pass without a word.

    Raises:
        ConfigError: an unknown cell, experiment or table (the nearest names are offered), several experiments or
            tables at once, or a glob over cells.
    """
    try:
        parsed = {item.key_or_group: item for item in OverridesParser.create().parse_overrides(list(overrides))}
    except HydraException as error:
        wrong = ConfigError(f"{' '.join(overrides)}: {error}", expected="key=value ...")
        raise unreadable(overrides) or wrong from error
    refuse_old_names(parsed)
    if taken := [item.input_line for item in parsed.values() if item.is_delete()]:
        raise ConfigError(f"{taken[0]}: nothing is taken away here", do="say what shall be instead: key=value, or null")
    known = {"experiment": tables.experiments(), "table": tables.tables(), "cell": tables.cells()}
    for group, names in known.items():
        if group in parsed:
            _check_choice(group, parsed[group], names)
    if sum(key in parsed for key in CAMPAIGNS) > 1:
        raise ConfigError("an experiment and a table at once", expected="one of them: each sets the swept cells")
    return parsed


def value_text(override: Override) -> str:
    """The value of an override as it was typed (that of a sweep has no other form)."""
    return str(override.input_line).split("=", 1)[1].strip().strip("'\"")


def _check_choice(group: str, override: Override, names: Mapping[str, Any]) -> None:
    text = value_text(override)
    if text.startswith("glob("):
        # A glob over nested group names matches nothing and exits 0.
        raise ConfigError(f"{group}={text}", expected=f"names, not a glob: {', '.join(sorted(names))}")
    chosen = text.split(",")
    if group in CAMPAIGNS and len(chosen) > 1:
        # Hydra would drop the sweep settings of both without a word.
        raise ConfigError(
            f"{group}={text}: several at once", expected=f"one {group}", do="start one sweep after the other"
        )
    for name in chosen:
        tables.pick(group, name, names)


def cells_of(parsed: Mapping[str, Override]) -> list[str]:
    """The cells that a command line asks for: ``cell=`` if given, else those of its experiment or table."""
    if "cell" in parsed:
        return value_text(parsed["cell"]).split(",")
    for group in CAMPAIGNS:
        if group in parsed:
            return list(tables.campaign(group, value_text(parsed[group])).cells)
    return []


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """Every run of a sweep as its own list of overrides: cells x seeds x whatever else is swept."""
    parsed = parse(overrides)
    rest = [item for key, item in parsed.items() if key not in (*CAMPAIGNS, "cell", "seed")]
    seeds = value_text(parsed["seed"]) if "seed" in parsed else _default_seeds(parsed)
    if wrong := [seed for seed in seeds.split(",") if not seed.strip().isdigit()]:
        raise ConfigError(f"seed={seeds}: {wrong[0]!r}", expected="whole numbers from 0 on, such as seed=0,1,2")
    fixed = BasicSweeper.split_arguments(rest, max_batch_size=None)[0]
    return [
        [*others, f"cell={cell}", f"seed={seed}"]
        for cell, seed, others in product(cells_of(parsed), seeds.split(","), fixed)
    ]


def _default_seeds(parsed: Mapping[str, Override]) -> str:
    for group in CAMPAIGNS:
        if group in parsed:
            return ",".join(map(str, tables.campaign(group, value_text(parsed[group])).seeds))
    return "0"


def without_sweep(overrides: Sequence[str]) -> list[str]:
    """Overrides without what narrows a sweep."""
    return [item for item in overrides if item.split("=")[0] not in ("cell", "seed", "experiment", "table")]


def for_parent(overrides: Sequence[str], cell: str, parent: str) -> list[str]:
    """A parent's overrides: those of the command line, but for groups in which the parent has another option.

    ``data.split.folds=8`` of a cell on CK+ says nothing of its parent on FER2013.
    """
    own, others = tables.find_cell(cell).groups, tables.find_cell(parent).groups
    foreign = {group for group in own if own[group] != others.get(group)}
    names = [(item, item.lstrip("+~").split("=")[0]) for item in overrides]
    left_out = foreign | {"cell", "experiment", "table"}
    return [*(item for item, name in names if name.split(".")[0].split("/")[0] not in left_out), f"cell={parent}"]
