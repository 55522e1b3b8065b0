"""What a choice of rows leaves, looked at once the index is there and before faces are."""

from __future__ import annotations

import pandas as pd
import pytest

from fer_lab.errors import ConfigError, DataError
from fer_lab.runs.checks import check_rows

INDEX = pd.DataFrame({"emotion": ["fear", "anger", "anger", "fear"], "light": ["dark", "dark", "weak", "dark"]})


def config(**about: object) -> dict[str, object]:
    return {"data": {"target": "emotion", **about}}


def test_one_class_cannot_be_told_apart() -> None:
    with pytest.raises(ConfigError, match=r"leaves one class, anger(?s:.*)two or more"):
        check_rows(config(only={"light": "weak"}), INDEX)
    with pytest.raises(ConfigError, match="leaves one class, bad"):
        check_rows(config(only={"light": "dark"}, regroup={"bad": ["fear", "anger"]}), INDEX)
    with pytest.raises(DataError, match="no row is left"):
        check_rows(config(only={"light": "none"}), INDEX)


def test_two_classes_and_targets_that_are_no_classes_pass() -> None:
    check_rows(config(only={"light": "dark"}), INDEX)
    check_rows(config(), INDEX[INDEX["emotion"] == "fear"])
    check_rows({"data": {"target": "action_units", "only": {"light": "weak"}}}, INDEX)
