from __future__ import annotations

import pandas as pd
import pytest

from fer_lab.datamodules.selection import asked, selected
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes, Labels

INDEX = pd.DataFrame({"id": list("abcd"), "emotion": ["fear", "anger", "sadness", "anger"], "peak": [True, False] * 2})


def test_labels_become_classes_and_those_in_none_are_left_out() -> None:
    found = selected(INDEX, "emotion", {"bad": ["anger", "sadness"], "never": []})
    assert dict(zip(found["id"], found["emotion"], strict=True)) == {"b": "bad", "c": "bad", "d": "bad"}
    assert INDEX["emotion"].tolist() == ["fear", "anger", "sadness", "anger"]


def test_rows_can_be_chosen_by_a_column() -> None:
    assert selected(INDEX, "emotion", only={"peak": True})["id"].tolist() == ["a", "c"]
    assert selected(INDEX, "emotion").equals(INDEX)


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="peek"):
        selected(INDEX, "emotion", only={"peek": True})
    with pytest.raises(DataError, match="no row is left"):
        selected(INDEX, "emotion", {"joy": ["joy"]})
    with pytest.raises(ConfigError, match="no label 'fair'"):
        asked(Classes(("fear", "anger")), {"fear": ["fair"]})
    with pytest.raises(ConfigError, match="in two classes"):
        asked(Classes(("fear", "anger")), {"a": ["fear"], "b": ["fear"]})
    with pytest.raises(ConfigError, match=r"one of labels"):
        asked(Labels(("AU1", "AU2")), {"brows": ["AU1", "AU2"]})


def test_some_labels_can_be_asked_for_in_ones_own_order() -> None:
    assert asked(Labels(("AU1", "AU2", "AU4")), labels=["AU4", "AU1"]) == Labels(("AU4", "AU1"))


@pytest.mark.parametrize(
    ("target", "labels", "words"),
    [
        (Labels(("AU1", "AU2")), ["AU1", "AU3"], "no label 'AU3'"),
        (Labels(("AU1", "AU2")), ["AU1", "AU1"], "'AU1' stands twice"),
        (Labels(("AU1", "AU2")), [], "none"),
        (Classes(("fear", "anger")), ["fear"], "the target is one of classes"),
    ],
)
def test_labels_that_cannot_be_asked_for_are_refused(target: Target, labels: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        asked(target, labels=labels)


def test_a_task_asks_for_groups_or_for_what_the_data_set_has() -> None:
    assert asked(Classes(("fear", "anger")), {"bad": ["fear", "anger"], "never": []}) == Classes(("bad", "never"))
    assert asked(Labels(("AU1", "AU2"))) == Labels(("AU1", "AU2"))
