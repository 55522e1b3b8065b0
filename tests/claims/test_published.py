"""Published numbers are read as data; what follows for a number follows from which part chose its epoch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from fer_lab.claims.published import published
from fer_lab.errors import ConfigError

ONE: dict[str, Any] = {
    "who": "Somebody", "what": "a network", "code": "some/code", "commit": "0" * 40, "data": "FER2013",
    "number": "70.50",
    "tested": ["PrivateTest"], "chosen_on": ["PublicTest"], "people": "not known", "where": "train.py:1", "note": "",
}  # fmt: skip


def read(folder: Path, **changes: Any) -> Any:
    path = folder / "mine" / "published.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump({"published": [{**ONE, **changes}]}))
    (one,) = published(folder)
    return one


@pytest.mark.parametrize(
    ("changes", "itself", "said"),
    [
        ({}, False, "PublicTest chose the epoch"),
        ({"chosen_on": ["PrivateTest"]}, True, "the tested part chose the epoch"),
        ({"tested": ["PublicTest", "PrivateTest"]}, True, "the tested part chose the epoch"),
        ({"chosen_on": ["last epoch"]}, False, "nothing chose the epoch"),
        ({"chosen_on": ["the same fold"], "people": "shared"}, True,
         "the tested part chose the epoch, and people are in training and test"),
    ],
)  # fmt: skip
def test_what_follows_for_a_number(tmp_path: Path, changes: dict[str, Any], itself: bool, said: str) -> None:
    one = read(tmp_path, **changes)
    assert (one.is_chosen_by_itself, one.said) == (itself, said)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"people": "yes"}, "people 'yes'"), ({"number": "700"}, "number '700'"), ({"when": 2020}, "unknown key 'when'")],
)
def test_what_cannot_be_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, **changes)


def test_each_number_of_the_repository_says_where_it_was_read() -> None:
    found = published()
    assert len(found) >= 12
    for one in found:
        assert re.fullmatch(r"[0-9a-f]{40}", one.commit)
        assert re.fullmatch(r"[\w.+/-]+:\d+(-\d+)?", one.where), one.where
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", one.code)
        assert one.note
