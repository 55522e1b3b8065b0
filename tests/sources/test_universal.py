"""The composite data set of Rosa Ramos 2018: which images of which members it is, and their parts."""

from __future__ import annotations

from typing import Any

import pytest

from fer_lab.datamodules.selection import selected
from fer_lab.sources import Source, open_data
from fer_lab.sources.splits import split_without_faces

SMALL = ["profile=smoke", "profile.subjects=3", "profile.stills=150", "profile.frames_per_window=2", "workers=1"]


@pytest.fixture(scope="module")
def opened() -> tuple[dict[str, Any], Source]:
    return open_data("universal", [*SMALL, "profile.render_size=64"])


def test_it_is_of_eight_members_and_seven_classes(opened: tuple[dict[str, Any], Source]) -> None:
    index = opened[1].index
    found = index.groupby("origin")["emotion"].nunique().to_dict()
    whole = dict.fromkeys(("ck_plus", "dartmouth", "internet", "jaffe", "kdef", "pics_pain", "rafd"), 7)
    assert found == {**whole, "oulu_casia": 6}
    assert set(index["kind"]) == {"image"}
    assert not opened[1].dataset.publishable


def test_faces_seen_from_a_side_and_contempt_are_left_out_and_counted(opened: tuple[dict[str, Any], Source]) -> None:
    index = opened[1].index
    reasons = [(entry["id"].split("/")[0], entry["reason"]) for entry in index.attrs["skipped"]]
    assert ("rafd", "contempt is no class of universal") in reasons
    assert {member for member, reason in reasons if reason.startswith("seen from")} == {"dartmouth", "kdef", "rafd"}
    assert set(index.loc[index["origin"] == "rafd", "angle"]) == {0}


@pytest.mark.parametrize("protocol", ["clean", "thesis"])
def test_people_are_in_one_part_but_under_thesis(opened: tuple[dict[str, Any], Source], protocol: str) -> None:
    config = {**opened[0], "protocol": {**opened[0]["protocol"], "name": protocol}}
    split = split_without_faces(config, selected(opened[1].index, "emotion"))
    assert (split.leaks() == 0) == (protocol == "clean")
    if protocol == "thesis":
        shares = [len(split.ids(part)) / len(opened[1].index) for part in ("train", "val", "test")]
        assert shares == pytest.approx([0.765, 0.085, 0.15], abs=0.01)
        assert split.leaks() > 0.9
