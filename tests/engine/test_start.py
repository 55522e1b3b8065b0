"""What a command line becomes before Hydra sees it."""

from __future__ import annotations

import pytest

from fer_lab.engine.start import _as_choice
from fer_lab.ledger.identity import RUN_GROUPS


@pytest.mark.parametrize("group", sorted({group.split("/")[0] for group in RUN_GROUPS} | {"backbone"}))
def test_what_only_a_cell_has_is_swept_and_not_composed_without_one(group: str) -> None:
    assert _as_choice(f"{group}.step_size=20") == f"{group}.step_size=choice(20)"
    assert _as_choice(f"{group}.step_size=20,30") == f"{group}.step_size=choice(20,30)"
    assert _as_choice(f"{group}.step_size=range(1,3)") == f"{group}.step_size=range(1,3)"


@pytest.mark.parametrize("argument", ["-m", "profile=smoke", "data=folder", "profile.image_size=64", "steps=20"])
def test_the_rest_stays_as_it_is(argument: str) -> None:
    assert _as_choice(argument) == argument
