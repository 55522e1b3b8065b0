"""Whether a run has the parts that its thesis printed: only then do its numbers stand beside the printed ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_lab.datamodules.recipe import AS_PRINTED, THESIS

OURS = ("manifest", "near_copies", "rare")
"""Options of ``data.split`` that make other parts of any recipe."""


def is_as_printed(config: Mapping[str, Any]) -> bool:
    """Whether the parts of a configuration's data are those of ``as_printed``: it is that protocol, or draws the same.

    Args:
        config: the configuration: ``data.split`` and the protocol.
    """
    recipe, protocol = config["data"]["split"], config["protocol"]["name"]
    if protocol == THESIS or any(recipe.get(key) for key in OURS):  # nobody has printed such parts
        return False
    drawn = recipe.get(protocol)
    return (
        protocol == AS_PRINTED or recipe["kind"] == "whole" or (drawn is not None and drawn == recipe.get(AS_PRINTED))
    )


def printed_people(config: Mapping[str, Any]) -> int | None:
    """How many people train as printed; None where their number is not stated, or the parts name no people."""
    recipe = config["data"]["split"]
    people = recipe.get(AS_PRINTED, {}).get("train")
    return people if recipe["kind"] == "subjects" and isinstance(people, int) else None
