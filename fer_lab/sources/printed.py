"""What a thesis printed of its data, and whether a run has these parts: only then do its numbers stand beside those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_lab.datamodules.recipe import AS_PRINTED, THESIS
from fer_lab.sources.places import missing_members
from fer_lab.tables import find_cell, tables

OURS = ("manifest", "near_copies", "rare", "training")
"""Options of ``data.split`` that make other parts of any recipe."""
OF_CLASS = "class."
"""Begin of the name of a count of the images of a class, after its member and a slash."""


def is_as_printed(config: Mapping[str, Any]) -> bool:
    """Whether the parts of a configuration's data are those of ``as_printed``: it is that protocol, or draws the same.

    Args:
        config: the configuration: ``data.split`` and the protocol.
    """
    recipe, protocol = config["data"]["split"], config["protocol"]["name"]
    if protocol == THESIS or any(recipe.get(key) for key in OURS) or missing_members(config):
        return False  # nobody has printed such parts
    drawn = recipe.get(protocol)
    return (
        protocol == AS_PRINTED or recipe["kind"] == "whole" or (drawn is not None and drawn == recipe.get(AS_PRINTED))
    )


def printed_people(config: Mapping[str, Any]) -> int | None:
    """How many people train as printed; None where their number is not stated, or the parts name no people."""
    recipe = config["data"]["split"]
    people = recipe.get(AS_PRINTED, {}).get("train")
    return people if recipe["kind"] == "subjects" and isinstance(people, int) else None


def printed_images(data: str) -> dict[str, dict[str, int]]:
    """Member of a composite data set -> class -> images, as the tables print them that count this data set.

    Args:
        data: its option of ``data``; {} for one of which nothing is printed by member.
    """
    found: dict[str, dict[str, int]] = {}
    for value in (value for table in tables().values() for value in table.values if value.kind == "count"):
        member, _, figure = value.name.rpartition("/")
        counted = member and figure.startswith(OF_CLASS) and value.value is not None
        if counted and find_cell(value.cell).groups["data"] == data:
            found.setdefault(member, {})[figure.removeprefix(OF_CLASS)] = int(value.value or 0)
    return found


def cost_of(data: str, member: str) -> str:
    """What is lost of a composite data set without a member, as printed; '' where nothing is printed of it."""
    classes = {name: count for name, count in printed_images(data).get(member, {}).items() if count}
    each = ", ".join(f"{count} {name}" for name, count in classes.items())
    return f"{sum(classes.values())} printed images: {each}" if classes else ""
