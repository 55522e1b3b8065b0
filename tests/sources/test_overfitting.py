"""The overfitting set of Rosa Ramos 2018: as many images as it says, and all of them for the test."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.cafe import Cafe
from fer_lab.datasets.diverse import COUNTS
from fer_lab.datasets.face_place import AGAIN, FacePlace
from fer_lab.datasets.named_stills_twin import sitters
from fer_lab.errors import ConfigError
from fer_lab.sources import Source, open_data
from fer_lab.sources.splits import split_without_faces

SMALL = ["profile=smoke", "profile.subjects=6", "profile.stills=80", "profile.render_size=64", "workers=1"]
WHOLE = TwinScale(subjects=None, frames_per_window=None, window=(0.0, 1.0), size=64)


@pytest.fixture(scope="module")
def opened() -> tuple[dict[str, Any], Source]:
    return open_data("overfitting", SMALL)


def shown(dataset: Cafe | FacePlace) -> Counter[str]:
    """What the whole twin of a member shows, frontal faces alone."""
    everyone = sitters(dataset.name, dataset.cast, WHOLE.subjects)
    return Counter(shot.emotion for sitter in everyone for shot in dataset.shots(sitter) if shot.angle == 0)


def test_whole_it_has_742_images_of_which_544_are_neutral() -> None:
    places, cafe = shown(FacePlace(angles=[0], returning=71)), shown(Cafe())
    assert places == {"neutral": 541}
    assert sum(cafe.values()) == 146
    del cafe["neutral"]
    whole = places + cafe + Counter(COUNTS)
    assert (sum(whole.values()), whole["neutral"]) == (742, 544)


def test_all_of_it_is_the_test_part_and_only_other_members_are_not_neutral(
    opened: tuple[dict[str, Any], Source],
) -> None:
    config, source = opened
    index = source.index
    assert set(index.loc[index["origin"] == "face_place", "emotion"]) == {"neutral"}
    assert "neutral" not in set(index.loc[index["origin"] == "cafe", "emotion"])
    assert set(index["emotion"]) == set(config["data"]["classes"])
    split = split_without_faces(config, index)
    assert (split.train, split.val) == ((), ())
    assert set(split.test) == set(index["id"])


def test_its_groups_can_be_told_apart(opened: tuple[dict[str, Any], Source]) -> None:
    index, told = opened[1].index, opened[1].dataset.attributes
    assert {"origin", "skin_tone", "glasses", "beard", "sunglasses", "session"} <= set(told)
    assert index.groupby("origin")["sunglasses"].nunique().to_dict() == {"cafe": 0, "diverse": 2, "face_place": 0}


def test_who_comes_back_is_the_same_person_in_another_session(opened: tuple[dict[str, Any], Source]) -> None:
    index = opened[1].index
    again = index[index["session"] == AGAIN]
    assert len(again) > 0
    assert set(again["subject"]) < set(index.loc[index["origin"] == "face_place", "subject"])
    with pytest.raises(ConfigError, match=r"returning=236[\s\S]*0 to 235"):
        FacePlace(returning=236)
