"""From the words on a command line to configurations: guards first, then Hydra."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_lab import tables
from fer_lab.engine.values import check_values
from fer_lab.errors import ConfigError, nearest

CONF = Path(__file__).resolve().parents[2] / "conf"
CAMPAIGNS = ("experiment", "table")


def compose(overrides: Sequence[str]) -> dict[str, Any]:
    """The resolved configuration of one run, also from within a running Hydra job; not to be changed."""
    return _compose(tuple(str(item) for item in overrides), os.environ.get("FER_LAB_DATA"))


@lru_cache(maxsize=512)
def _compose(overrides: tuple[str, ...], data: str | None) -> dict[str, Any]:
    """Composed once a process, as Hydra takes a fifth of a second and parents and tables ask again and again.

    ``data`` is the environment variable that conf/paths reads.
    """
    tables.register()
    try:
        with _fresh_hydra(), initialize_config_dir(str(CONF), version_base="1.3"):
            return resolve(hydra_compose("config", list(overrides)))
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(f"{' '.join(overrides)}: {error}", expected="options and keys of conf/") from error


def resolve(config: Any) -> dict[str, Any]:
    """A configuration as plain values.

    Raises:
        ConfigError: it has a top-level key that nothing reads (a misspelt one).
    """
    plain: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    known = set(OmegaConf.to_container(OmegaConf.load(CONF / "config.yaml"))) - {"defaults", "hydra"}  # type: ignore[arg-type]
    known |= {folder.name for folder in CONF.iterdir() if folder.is_dir()} | {"campaign", "hydra"}
    for key in plain:
        if key not in known:
            raise ConfigError(
                f"unknown key {key!r}", expected=f"one of the configuration's; nearest: {nearest(key, known)}"
            )
    check_values(plain)
    return plain


@contextmanager
def _fresh_hydra() -> Iterator[None]:
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().clear()
        if running is not None:
            GlobalHydra.instance().initialize(running)


def parse(overrides: Sequence[str]) -> dict[str, Override]:
    """The overrides of a command line by key, checked against everything that Hydra would let pass without a word.

    Raises:
        ConfigError: an unknown cell, experiment or table (the nearest names are offered), several experiments or
            tables at once, a glob over cells, or ``strategy=ddp`` in a sweep.
    """
    try:
        parsed = {item.key_or_group: item for item in OverridesParser.create().parse_overrides(list(overrides))}
    except HydraException as error:
        raise ConfigError(f"{' '.join(overrides)}: {error}", expected="key=value ...") from error
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
