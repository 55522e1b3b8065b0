from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from fer_lab import tables

pytestmark = pytest.mark.slow

CONF = Path(__file__).resolve().parents[2] / "conf"


@pytest.fixture(autouse=True)
def hydra() -> Iterator[None]:
    GlobalHydra.instance().clear()
    tables.register()
    tables.register()  # again does no harm
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


def keys(value: Any, prefix: str = "") -> set[str]:
    """Every key of nested mappings, dotted."""
    if not isinstance(value, dict):
        return set()
    return {f"{prefix}{key}" for key in value} | {k for key in value for k in keys(value[key], f"{prefix}{key}.")}


@pytest.mark.parametrize("name", list(tables.cells()))
def test_every_cell_composes_with_its_options(name):
    cell = tables.find_cell(name)
    config = compose("config", [f"cell={name}"], return_hydra_config=True)
    choices = config.hydra.runtime.choices
    assert {group: choices[group] for group in cell.groups} == dict(cell.groups)
    assert tuple(config.parents) == cell.parents
    for key, value in cell.values.get("items", {}).items():
        assert config["items"][key] == value
    assert isinstance(config.epochs, int)


def opened(name: str | None, overrides: list[str]) -> Any:
    """A composition that may be added to."""
    config = compose(name, overrides)
    OmegaConf.set_struct(config, False)
    return config


@cache
def base() -> Any:
    """What there is before a cell is chosen."""
    return opened("config", [])


@cache
def of_option(group: str, option: str) -> Any:
    """What an option brings, without all the others: a third of the time, and many cells have it."""
    return opened(None, [f"+{group}={option}"])


def of_groups(groups: Mapping[str, str]) -> Any:
    """What options of groups compose to."""
    others = OmegaConf.masked_copy(base(), [key for key in base() if key not in groups])
    return OmegaConf.merge(others, *(of_option(group, option) for group, option in groups.items()))


@pytest.mark.parametrize("name", list(tables.cells()))
def test_no_cell_sets_a_key_that_its_options_do_not_have(name):
    """Hydra accepts a misspelt key of a registered node without a word."""
    cell = tables.find_cell(name)
    plain = of_groups(cell.groups)
    options = OmegaConf.to_container(plain, resolve=False)
    open_ended = tuple(f"{key}." for key in keys(options) if OmegaConf.select(plain, key) is None)
    assert {key for key in keys(dict(cell.values)) - keys(options) if not key.startswith(open_ended)} == set()


def test_options_side_by_side_are_what_hydra_makes_of_them():
    groups = dict(tables.find_cell("sase_hidden/c3d").groups)
    whole = compose("config", [f"{group}={option}" for group, option in groups.items()])
    assert OmegaConf.to_container(of_groups(groups)) == OmegaConf.to_container(whole)


@pytest.mark.parametrize("kind", ["experiment", "table"])
def test_a_campaign_sweeps_its_cells_and_seeds(kind):
    for name in tables.experiments() if kind == "experiment" else tables.tables():
        campaign = tables.campaign(kind, name)
        if not campaign.cells:
            continue  # a table of settings or counts needs no run
        config = compose(None, [f"+{kind}={name}"], return_hydra_config=True)
        params = config.hydra.sweeper.params
        assert params.cell.split(",") == list(campaign.cells)
        assert params.seed == ",".join(map(str, campaign.seeds))
        assert config.campaign == {kind: name}


@pytest.mark.parametrize("kind", ["experiment", "table"])
def test_a_campaign_is_chosen_among_all_there_is(kind):
    name = next(iter(tables.experiments() if kind == "experiment" else tables.tables()))
    config = compose("config", [f"{kind}={name}"], return_hydra_config=True)
    assert config.campaign == {kind: name}
    assert config.hydra.sweeper.params.cell.split(",") == list(tables.campaign(kind, name).cells)


def test_the_command_line_has_the_last_word():
    config = compose("config", ["cell=sase_hidden/c3d", "epochs=3", "seed=2"])
    assert (config.epochs, config.seed) == (3, 2)


def test_what_is_registered_is_not_copied_at_each_composition_and_never_changed():
    tables.register()
    repo = ConfigStore.instance().repo
    assert all(deepcopy(repo)[group] is repo[group] for group in ("cell", "experiment", "table"))
    before = OmegaConf.to_container(repo["cell"]["sase_hidden"]["c3d.yaml"].node)
    assert compose("config", ["cell=sase_hidden/c3d", "epochs=3"]).epochs == 3
    assert OmegaConf.to_container(repo["cell"]["sase_hidden"]["c3d.yaml"].node) == before
