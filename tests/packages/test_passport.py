"""Passports: those that come along say all that is asked of them, and somebody's own is read beside the file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fer_lab.errors import ConfigError, StoreError
from fer_lab.packages import ITEMS, known_passports, packaged, passport, passport_of_file, passport_of_record, pinned
from fer_lab.packages.convert import CONVERTERS
from fer_lab.packages.passport import OF_LEARNED

OWN = """
title: weights of my own
learned: face
licence: mine
trained_on: faces of friends
seen:
  fer2013: {items: yes, people: no, reason: I took it from there}
  others: {items: no, people: no, reason: I know them all}
says: [myself]
"""


@pytest.fixture(scope="module")
def names(root: Path) -> set[str]:
    """Of all data sets, as a run's record has them."""
    texts = [path.read_text() for path in (root / "conf" / "data").glob("*.yaml")]
    return {name for text in texts for name in re.findall(r"^name: (\w+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", known_passports())
def test_each_says_what_it_was_trained_on_what_it_may_have_seen_and_who_says_so(name: str, names: set[str]) -> None:
    found = passport(name)
    assert all((found.title, found.licence, found.trained_on, found.says))
    assert all(one.reason for one in found.seen.values())
    assert found.seen.keys() <= {*names, "others"}
    assert {found.of("fer2013").items, found.of("a data set of tomorrow").items} <= ITEMS.keys()


@pytest.mark.parametrize("name", packaged())
def test_what_comes_out_of_a_package_is_pinned_and_has_a_converter_and_an_option(name: str, root: Path) -> None:
    found = passport(name)
    assert found.package is not None
    assert all(len(one) == 64 and int(one, 16) for one in (found.package.archive, *found.package.files.values()))
    assert pinned(found) in found.package.files.values()
    assert name in CONVERTERS
    assert f"weights: {name} " in (root / "conf" / "backbone" / f"{name}.yaml").read_text()


def test_only_weights_of_which_nothing_is_known_may_have_seen_what_is_tested() -> None:
    refused = {
        name for name, one in known_passports().items() for word in one.seen.values() if word.items == "possibly"
    }
    assert refused == {"file"}


def test_the_digest_is_of_what_decides_and_not_of_the_wording() -> None:
    found = passport("faceres")
    assert replace(found, title="other words", trained_on="others").digest == found.digest
    seen = {**found.seen, "fer2013": replace(found.of("fer2013"), items="yes")}
    assert replace(found, seen=seen).digest != found.digest
    assert replace(found, preprocessing={}).digest != found.digest


def test_somebodys_own_lies_beside_the_file(tmp_path: Path) -> None:
    weights = tmp_path / "mine.safetensors"
    assert passport_of_file(weights) is None
    (tmp_path / "mine.passport.yaml").write_text(OWN)
    found = passport_of_file(weights)
    assert found is not None
    assert (found.name, found.of("fer2013").items, found.of("mug").items) == ("mine", "yes", "no")
    assert found.record()["seen"] == {"fer2013": "yes", "others": "no"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("mine", "[", "is no passport"),
        ("mine", "title: x", "is no passport: KeyError"),
        ("mine", OWN.replace("items: yes", "items: perhaps"), "says 'perhaps' of what was seen"),
        ("mine", OWN.replace("learned: face", "learned: all"), "learned is 'all'"),
        ("mine", OWN.replace("others:", "mug:"), "does not say what of other data sets"),
        ("faceres", OWN, "has the name of a passport that comes along"),
    ],
)
def test_what_is_no_passport_is_refused_with_its_name(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.passport.yaml").write_text(text)
    with pytest.raises(StoreError, match=said):
        passport_of_file(tmp_path / f"{name}.pth")


def test_a_record_leads_to_the_passport_of_today() -> None:
    assert passport_of_record({"identity": "none"}) is None
    assert passport_of_record({"identity": "face", "passport": {"name": "faceres"}}) is passport("faceres")
    assert passport_of_record({"identity": "face", "passport": {"name": "mine"}}) is None
    for learned, name in OF_LEARNED.items():
        assert passport_of_record({"identity": learned}) is passport(name)


def test_weights_that_nobody_knows_are_named_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"there are no weights 'facerez'(.|\n)*faceres"):
        passport("facerez")
