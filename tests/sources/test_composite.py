"""A composite data set: members are opened as if alone, and are one index, one store, one run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_lab.configs import compose_data
from fer_lab.datamodules.selection import selected
from fer_lab.errors import ConfigError, DataError
from fer_lab.sources import (
    Source,
    blocked_cells,
    is_there,
    kept_faces,
    missing_members,
    open_data,
    open_faces,
    open_source,
    split_of,
    twin_is_there,
)
from fer_lab.sources.join import joined_index
from fer_lab.sources.printed import is_as_printed
from fer_lab.sources.splits import split_without_faces

SMALL = ["profile=smoke", "profile.subjects=3", "profile.stills=60", "profile.frames_per_window=2", "workers=1"]
EMOTIONS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]


@pytest.fixture(scope="module")
def opened() -> tuple[dict[str, Any], Source]:
    return open_data("posed", SMALL)


def test_ids_and_people_keep_their_origin(opened: tuple[dict[str, Any], Source]) -> None:
    index = opened[1].index
    assert set(index["origin"]) == {"ck_plus", "oulu_casia"}
    for column in ("id", "subject"):
        assert (index[column].str.split("/").str[0] == index["origin"]).all()
    assert index["id"].is_unique
    assert index["id"].is_monotonic_increasing
    assert set(index["emotion"]) == set(EMOTIONS)


def test_labels_of_no_class_are_left_out_and_listed(opened: tuple[dict[str, Any], Source]) -> None:
    own = opened[1].members["ck_plus"].index
    lost = {f"ck_plus/{name}" for name in own.loc[own["emotion"] == "contempt", "id"]}
    listed = {entry["id"]: entry["reason"] for entry in opened[1].index.attrs["skipped"]}
    assert lost
    assert {listed[name] for name in lost} == {"contempt is no class of posed"}
    assert not lost & set(opened[1].index["id"])
    assert "not labelled" in listed.values()  # what the member skipped itself


def test_paths_lead_to_the_members_files(opened: tuple[dict[str, Any], Source]) -> None:
    source = opened[1]
    assert all((source.root / path).exists() for path in source.index["path"])


def test_members_are_opened_and_prepared_as_if_alone(opened: tuple[dict[str, Any], Source]) -> None:
    config, source = opened
    faces = open_faces(source, config)
    for name, further in (("ck_plus", ["data.dataset.layout=archive"]), ("oulu_casia", [])):
        alone, own = open_data(name, [*SMALL, *further])
        store = open_faces(own, alone)
        assert own.signature == source.members[name].signature
        ids = own.index["id"][own.index["emotion"] != "contempt"]
        rows = store.frames["id"].isin(set(ids)).to_numpy()
        here = faces.frames["id"].str.startswith(f"{name}/").to_numpy()
        assert np.array_equal(np.asarray(faces.view("face"))[here], np.asarray(store.view("face"))[rows])
    kept = kept_faces(source, config)
    assert kept is not None
    assert kept.key == faces.key


def test_people_of_all_members_are_apart_in_its_split(opened: tuple[dict[str, Any], Source]) -> None:
    config, source = opened
    index = selected(source.index, "emotion")
    split = split_of(config, index, open_faces(source, config))
    people = dict(zip(index["id"], index["subject"], strict=True))
    assert not {people[name] for name in split.train} & {people[name] for name in split.test}


def test_settings_of_a_member_are_part_of_what_it_is() -> None:
    plain, images = compose_data("posed", []), compose_data("posed", ["data.members.oulu_casia.dataset.light=Dark"])
    assert images["data"]["members"]["oulu_casia"]["dataset"]["light"] == "Dark"
    assert plain["data"] != images["data"]


def test_facts_are_those_of_the_members(opened: tuple[dict[str, Any], Source]) -> None:
    dataset = opened[1].dataset
    assert not dataset.publishable
    assert {"origin", "skin_tone", "modality"} <= set(dataset.attributes)
    assert not dataset.is_faces(opened[1].index)
    assert twin_is_there(opened[0])
    assert is_there(opened[0])


def test_real_members_may_lie_anywhere(opened: tuple[dict[str, Any], Source], tmp_path: Path) -> None:
    places = {"ck_plus": tmp_path / "here" / "ck", "oulu_casia": tmp_path / "there"}
    for name, place in places.items():
        shutil.copytree(opened[1].members[name].root, place)
    source = open_source(
        compose_data("posed", [*SMALL, "source=real", *(f"paths.{name}={place}" for name, place in places.items())])
    )
    assert source.root == tmp_path
    assert source.signature == opened[1].signature
    assert source.index["id"].tolist() == opened[1].index["id"].tolist()


def test_a_missing_member_is_named_with_what_it_would_add(
    opened: tuple[dict[str, Any], Source], tmp_path: Path
) -> None:
    shutil.copytree(opened[1].members["ck_plus"].root, tmp_path / "ck_plus")
    with pytest.raises(DataError) as caught:
        open_source(compose_data("posed", [*SMALL, "source=real", f"paths.data={tmp_path}"]))
    message = str(caught.value)
    assert "member oulu_casia" in message
    assert "480 videos, 80 subjects (the others: ck_plus)" in message


def test_of_several_missing_members_all_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        open_source(compose_data("posed", [*SMALL, "source=real", f"paths.data={tmp_path}"]))
    message = str(caught.value)
    assert "members ck_plus, oulu_casia cannot be opened: ck_plus: " in message
    assert "; oulu_casia: " in message
    assert "(the others: none)" in message
    assert "point paths.ck_plus at ck_plus; point paths.oulu_casia at oulu_casia" in message
    found = blocked_cells(["oulu_casia/cnn_face"], ["source=real", f"paths.data={tmp_path}", "data=posed"])
    assert all(name in found["oulu_casia/cnn_face"] for name in ("ck_plus", "oulu_casia"))


def test_a_cell_of_a_composite_is_blocked_by_its_missing_member(tmp_path: Path) -> None:
    (tmp_path / "ck_plus").mkdir()
    cell = "oulu_casia/cnn_face"
    found = blocked_cells([cell], ["source=real", f"paths.data={tmp_path}", "data=posed"])
    assert "oulu_casia" in found[cell]


def test_what_would_not_count_is_refused(opened: tuple[dict[str, Any], Source]) -> None:
    about, source = opened[0]["data"], opened[1]
    indices = {name: (member.root, member.index) for name, member in source.members.items()}
    for key, value in (("split", {"kind": "folds"}), ("target", "mood")):
        member = {**about["members"]["ck_plus"], key: value}
        changed = {**about, "members": {**about["members"], "ck_plus": member}}
        with pytest.raises(ConfigError, match=rf"data\.members\.ck_plus\.{key}"):
            joined_index(changed, (), source.root, indices)


def test_a_missing_member_may_be_skipped_and_is_said(opened: tuple[dict[str, Any], Source], tmp_path: Path) -> None:
    shutil.copytree(opened[1].members["ck_plus"].root, tmp_path / "ck_plus")
    config = compose_data("posed", [*SMALL, "source=real", f"paths.data={tmp_path}", "data.missing=skip"])
    source = open_source(config)
    assert set(source.index["origin"]) == {"ck_plus"}
    assert missing_members(config) == ["oulu_casia"]
    split = split_without_faces(config, selected(source.index, "emotion"))
    assert any("without oulu_casia" in note for note in split.notes)
    assert not is_as_printed(config)


def test_without_any_member_skipping_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ck_plus, oulu_casia cannot be opened"):
        open_source(compose_data("posed", [*SMALL, "source=real", f"paths.data={tmp_path}", "data.missing=skip"]))


def test_what_is_lost_is_counted_as_it_was_printed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"jaffe would add 213 printed images: 30 anger, 32 fear"):
        open_source(compose_data("universal", [*SMALL, "source=real", f"paths.data={tmp_path}"]))
