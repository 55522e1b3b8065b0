"""Values as Hydra's overrides say them: what is written is read back."""

from __future__ import annotations

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from fer_lab.configs import compose_data, parse, written
from fer_lab.errors import ConfigError

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


@pytest.mark.parametrize("name", ["Grün", "(1)", "a=b", "c#1", "表情", "it's", "[1]"])
def test_a_path_that_must_be_quoted_is_answered_with_the_words_that_do(name: str) -> None:
    with pytest.raises(ConfigError, match="must be quoted") as caught:
        compose_data("folder", [f"paths.folder=/data/{name}"])
    (typed,) = shlex.split(caught.value.do.removeprefix("write "))
    assert compose_data("folder", [typed])["paths"]["folder"] == f"/data/{name}"
    with pytest.raises(ConfigError, match="must be quoted"):
        parse([f"paths.folder=/data/{name}"])
