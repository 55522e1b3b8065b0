"""Every key of conf/ and of experiments/ makes another run, or is listed with the reason why it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from fer_lab import tables
from fer_lab.configs import compose
from fer_lab.datamodules.recipe import PROTOCOLS
from fer_lab.ledger import run_id
from fer_lab.ledger.identity import FILES, LANDMARK_MODEL, NOT_IDENTITY, RUN_GROUPS

ROOT = Path(__file__).parents[2]
CONF = ROOT / "conf"
NAMED = ("source", "protocol", "trainer")
"""Groups of which all counts but what is listed, though no experiment chooses an option of them."""
OPTIONS = sorted(path for path in CONF.glob("*/*.yaml") if path.parent.name != "hydra")


def identity(config: Mapping[str, Any]) -> str:
    return run_id(config, precision="32-true", signature="s", files={}, versions={})


@cache
def base() -> dict[str, Any]:
    return compose(["cell=sase_hidden/cnn_frontal", "profile=smoke"])


def leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The place of every value that is no mapping."""
    if not isinstance(value, Mapping) or not value:
        yield place
        return
    for key, inner in value.items():
        yield from leaves(inner, (*place, str(key)))


def changed(config: Any, place: tuple[str, ...]) -> Any:
    """The configuration with another value at a place."""
    return "another" if not place else {**config, place[0]: changed(config[place[0]], place[1:])}


def is_listed(place: tuple[str, ...], protocol: str) -> bool:
    ways = {".".join(place[: end + 1]) for end in range(len(place))}
    return (
        bool(ways & set(NOT_IDENTITY))
        or any((place[0], key) in FILES for key in place[1:])
        or LANDMARK_MODEL in ways
        or (place[:2] == ("data", "split") and place[2] in PROTOCOLS and place[2] != protocol and len(place) > 3)
    )


def wrong(config: Mapping[str, Any], within: tuple[str, ...] = ()) -> list[str]:
    """The places that make no other run and are not listed, and those that do though they are."""
    whole: Any = config
    for key in within:
        whole = whole[key]
    own, found = identity(config), []
    for place in leaves(whole, within):
        makes_another = identity(changed(config, place)) != own
        found += [".".join(place)] if makes_another is is_listed(place, config["protocol"]["name"]) else []
    return found


@pytest.mark.parametrize("path", OPTIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_key_of_an_option_makes_another_run_or_is_listed(path: Path) -> None:
    option = {key: value for key, value in (yaml.safe_load(path.read_text()) or {}).items() if key != "defaults"}
    assert wrong({**base(), path.parent.name: option}, (path.parent.name,)) == []


def test_every_key_of_the_base_does_so_too() -> None:
    page = yaml.safe_load((CONF / "config.yaml").read_text())
    top = {**{key: value for key, value in page.items() if key != "defaults"}, **base()}
    assert wrong(top) == []


@pytest.mark.parametrize("cell", sorted(tables.cells()))
def test_every_value_of_a_cell_does_so_too(cell: str) -> None:
    config = compose([f"cell={cell}", "profile=smoke"])
    for place in leaves(tables.find_cell(cell).values):
        assert wrong(config, place) == []


@pytest.mark.parametrize("protocol", ["clean", "thesis"])
def test_the_recipe_of_the_other_protocol_makes_no_other_run(protocol: str) -> None:
    config = {**base(), "protocol": {"name": protocol}}
    makes_another = {
        recipe: identity(changed(config, ("data", "split", recipe, "train"))) != identity(config)
        for recipe in ("clean", "thesis")
    }
    assert makes_another == {recipe: recipe == protocol for recipe in ("clean", "thesis")}


def test_every_group_of_conf_is_known() -> None:
    groups = {path.name for path in CONF.iterdir() if path.is_dir()} - {"hydra", "search"}  # spaces are no options
    within = {name for name in RUN_GROUPS if "/" in name}
    assert all((CONF / name).is_dir() for name in within)
    assert groups == {*RUN_GROUPS, *NAMED, *(groups & set(NOT_IDENTITY))} - within
    assert not set(RUN_GROUPS) & set(NOT_IDENTITY)


def test_the_list_names_what_there_is_each_with_a_reason() -> None:
    top = {**yaml.safe_load((CONF / "config.yaml").read_text()), **base(), "campaign": {}}
    for place, reason in NOT_IDENTITY.items():
        here: Any = top
        for key in place.split("."):
            assert key in here, place
            here = here[key]
        assert len(reason.split()) > 1, place


@pytest.mark.parametrize("key", ["gradient_clip_val", "accumulate_grad_batches", "benchmark", "deterministic"])
def test_what_the_trainer_is_given_makes_another_run(key: str) -> None:
    given = {**base(), "trainer": {**base()["trainer"], key: 7}}
    assert identity(given) != identity(base())


def test_with_steps_all_counts_as_before_but_for_the_epochs() -> None:
    assert wrong({**base(), "steps": 7}) == ["epochs"]


def test_sizes_of_a_profile_act_where_they_are_used() -> None:
    """``profile`` is listed: each of its sizes is part of what refers to it, or of the data's signature."""
    pages = [*CONF.rglob("*.yaml"), *(ROOT / "experiments").rglob("*.yaml")]
    text = "\n".join(path.read_text() for path in pages)
    of_the_twin = {"subjects", "stills", "render_size"}
    for place in leaves(yaml.safe_load((CONF / "profile" / "smoke.yaml").read_text())):
        key = ".".join(place)
        assert key in {*of_the_twin, "name"} or f"${{profile.{key}}}" in text, key


def test_only_keys_that_name_files_are_left_out() -> None:
    for group in ("task", "optimizer", "items"):
        assert identity({**base(), group: {**base()[group], "weights": [1, 2]}}) != identity(base())


def test_the_order_of_channels_that_weights_expect_makes_another_run() -> None:
    def of(order: str | None) -> str:
        return identity({**base(), "model": {**base()["model"], "backbone": {"channel_order": order}}})

    assert len({of("RGB"), of("BGR"), of(None)}) == 3
    assert identity({**base(), "source": {**base()["source"], "weights_order": "RGB"}}) == identity(base())
