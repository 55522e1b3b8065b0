"""Values as Hydra's overrides say them: what is written is read back."""

from __future__ import annotations

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from fer_lab.configs import written

VALUES = (
    None,
    True,
    3,
    1e-05,
    float("inf"),
    "",
    "null",
    "it's {a}: b, c\\",
    ["a b", 1, None, ["x"]],
    {"path": "picture", "subject": None},
    {"glad: a, b": "happiness", "a=(b)": {"inner": [1.5]}},
    {},
    [],
)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_read_as_it_was(value: object) -> None:
    (override,) = OverridesParser.create().parse_overrides([f"++key={written(value)}"])
    assert override.value() == value
