from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lab.datamodules import items
from fer_lab.datamodules.faces import content_hashes, labelled_rows, without_late_faces
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.targets import Classes

CLASSES = ("happiness", "sadness", "anger")


@pytest.fixture(scope="module")
def rows(faces: Any, index: pd.DataFrame) -> pd.DataFrame:
    ids = list(index["id"])
    parts = {"train": tuple(ids[:18]), "val": tuple(ids[18:24]), "test": tuple(ids[24:])}
    return labelled_rows(faces, index, parts, Classes(CLASSES), "emotion")


def test_videos_whose_second_half_has_no_face_are_named() -> None:
    rows = [("a", 0.1), ("a", 0.4), ("b", 0.1), ("b", 0.6), ("cut", 0.1), ("cut", 0.3), ("still", 0.0), ("other", 0.1)]
    store = SimpleNamespace(frames=pd.DataFrame(rows, columns=["id", "position"]))
    index = pd.DataFrame({"id": ["a", "b", "cut", "still", "other", "faceless"], "kind": "sequence"})
    index.loc[index["id"] == "still", "kind"] = "image"
    index["until"] = [1.0, 1.0, 0.5, 1.0, 1.0, 1.0]
    used = ["a", "b", "cut", "still", "faceless"]
    assert without_late_faces(store, index, used) == ["a"]
    assert without_late_faces(store, index.drop(columns="until"), used) == ["a", "cut"]


def test_every_face_of_a_part_is_an_item_with_its_label(faces: Any, rows: pd.DataFrame) -> None:
    made = items.frame(faces, rows, views=["frontal", "face"])
    assert len(made.table) == 250
    assert made.table["item"].tolist() == list(range(250))
    assert (made.table["label"].map(dict(enumerate(CLASSES))) == made.table["video"].str[4:]).all()
    frontal, face = made.gather(np.array([7, 100]))
    assert frontal.shape == (2, 3, 4, 4)
    assert frontal[:, 0, 0, 0].tolist() == [7, 100]
    assert face[:, 2, 3, 3].tolist() == [248, 155]


def test_a_part_can_begin_in_the_middle_of_each_video(faces: Any, rows: pd.DataFrame) -> None:
    whole, made = items.frame(faces, rows, views=["face"]), items.frame(faces, rows, views=["face"], late=["train"])
    sizes = [table.table.groupby(["part", "video"]).size() for table in (whole, made)]
    for (part, video), n in sizes[0].items():
        assert sizes[1][part, video] == (n - n // 2 if part == "train" else n)
    kept = whole.rows[whole.numbers("train")]
    assert set(made.rows[made.numbers("train")]) < set(kept)
    assert made.rows[made.numbers("train")][-1] == kept[-1]  # the last faces stay
    assert set(made.skipped["reason"]) == {"the first half of its video"}
    assert made.skipped["faces"].sum() == len(kept) - len(made.numbers("train"))


def test_images_come_channels_last_without_another_copy(faces: Any, rows: pd.DataFrame) -> None:
    (frontal,) = items.frame(faces, rows, views=["frontal"]).gather(np.arange(4))
    assert frontal.stride() == (48, 1, 12, 3)


def test_an_id_in_two_parts_has_items_in_both(faces: Any, index: pd.DataFrame) -> None:
    ids = tuple(index["id"])
    rows = labelled_rows(faces, index, {"train": ids[:3], "val": ids[3:], "test": ids[3:]}, Classes(CLASSES), "emotion")
    table = items.frame(faces, rows, views=["face"]).table
    assert table["part"].value_counts().to_dict() == {"train": 25, "val": 225, "test": 225}
    assert table["item"].is_unique


def test_clips_are_sequential_and_stay_within_their_video(faces: Any, rows: pd.DataFrame) -> None:
    made = items.clip(faces, rows, views=["frontal"], length=5)
    videos = faces.frames["id"].to_numpy()[made.rows]
    assert (videos == made.table["video"].to_numpy()[:, None]).all()
    long = made.rows[~made.table["video"].str.endswith("anger")]
    assert (np.diff(long, axis=1) == 1).all()
    assert len(np.unique(long)) == long.size == 200


def test_every_video_with_a_face_has_an_item_whatever_an_item_is(faces: Any, rows: pd.DataFrame) -> None:
    still, clips = (items.frame(faces, rows, views=["face"]), items.clip(faces, rows, views=["face"], length=5))
    assert set(still.table["video"]) == set(clips.table["video"])
    short = clips.rows[clips.table["video"].str.endswith("anger")]
    assert (short - short[:, :1]).tolist() == [[0, 0, 1, 2, 2]] * 10
    assert clips.facts == {"short_clips": 10}


@pytest.mark.parametrize(
    ("count", "places"),
    [(1, [0, 0, 0, 0, 0]), (2, [0, 0, 1, 1, 1]), (3, [0, 0, 1, 2, 2]), (4, [0, 1, 2, 2, 3]), (5, [0, 1, 2, 3, 4])],
)
def test_a_short_video_is_shown_whole_and_in_order(
    make_faces: Any, index: pd.DataFrame, count: int, places: list[int]
) -> None:
    faces = make_faces(count)
    rows = labelled_rows(faces, index, {"test": tuple(index["id"])}, Classes(CLASSES), "emotion")
    made = items.clip_images(faces, rows, views=["frontal"], length=5)
    assert (made.rows - made.rows.min(axis=1, keepdims=True)).tolist() == [places] * len(index)
    assert made.table["video"].tolist() == list(index["id"])
    assert made.skipped.empty


def test_faces_outside_of_clips_are_listed(faces: Any, rows: pd.DataFrame) -> None:
    left = items.clip(faces, rows, views=["frontal"], length=5).skipped
    assert left.groupby("reason")["faces"].sum().to_dict() == {"rest of the last clip": 20}
    assert set(left["video"].str[4:]) == {"sadness"}


def test_a_clip_has_the_label_of_its_middle_face(faces: Any, rows: pd.DataFrame) -> None:
    numbered = rows.assign(label=rows["row"])
    made = items.clip(faces, numbered, views=["frontal"], length=5)
    assert (made.table["label"] == made.rows[:, 2]).all()


def test_clips_have_the_axes_that_the_models_want(faces: Any, rows: pd.DataFrame) -> None:
    numbers = np.array([0, 3])
    (clips,) = items.clip(faces, rows, views=["frontal"], length=5).gather(numbers)
    (images,) = items.clip_images(faces, rows, views=["frontal"], length=5).gather(numbers)
    assert clips.shape == (2, 3, 5, 4, 4)
    assert images.shape == (2, 5, 3, 4, 4)
    assert clips[0, 0, :, 0, 0].tolist() == images[0, :, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_clips_of_no_face_are_an_error(faces: Any, rows: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no face to make a clip of"):
        items.clip(faces, rows.iloc[:0], views=["frontal"], length=5)


def test_geometry_does_not_depend_on_place_or_scale_of_the_face(faces: Any, rows: pd.DataFrame) -> None:
    made = items.frame_geometry(faces, rows, views=["frontal"], components=8)
    moved = type(faces)(faces.frames, faces.landmarks * 3 + 40, faces.pixels)
    again = items.frame_geometry(moved, rows, views=["frontal"], components=8)
    image, geometry = made.gather(np.arange(250))
    assert image.shape == (250, 3, 4, 4)
    assert geometry.shape == (250, 8)
    np.testing.assert_allclose(geometry, again.gather(np.arange(250))[1], atol=1e-3)


def test_components_are_fitted_on_training_rows_alone(faces: Any, rows: pd.DataFrame) -> None:
    features = np.random.default_rng(1).normal(size=(250, 30)).astype(np.float32)
    train = rows.loc[rows["part"] == "train", "row"].to_numpy()
    other = features.copy()
    other[np.setdiff1d(np.arange(250), train)] += 100
    made = items.clip_features(faces, rows, lambda: features, components=6, length=5)
    again = items.clip_features(faces, rows, lambda: other, components=6, length=5)
    for part, same in (("train", True), ("test", False)):
        (one,), (two,) = (m.gather(m.numbers(part)) for m in (made, again))
        assert one.shape[1:] == (5, 6)
        assert bool((one == two).all()) is same


def test_what_was_fitted_makes_the_same_items_of_faces_alone(faces: Any, rows: pd.DataFrame) -> None:
    made = items.frame_geometry(faces, rows, views=["frontal"], components=8)
    later = items.frame_geometry(
        faces, items.unlabelled_rows(faces), views=["frontal"], components=8, fitted=made.fitted
    )
    numbers = made.numbers("test")
    assert torch.equal(later.gather(made.rows[numbers])[1], made.gather(numbers)[1])
    assert later.facts == made.facts


@pytest.mark.parametrize("components", [31, 300])
def test_too_many_components_are_refused(faces: Any, rows: pd.DataFrame, components: int) -> None:
    features = np.ones((250, 30), np.float32)
    with pytest.raises(ConfigError, match=r"1 to 30"):
        items.clip_features(faces, rows, lambda: features, components=components, length=5)


def test_blendshapes_are_those_of_the_face_beside_its_views(faces: Any, rows: pd.DataFrame) -> None:
    image, said = items.blendshapes(faces, rows, views=["frontal"]).gather(np.array([7, 100]))
    assert image[:, 0, 0, 0].tolist() == [7, 100]
    assert said.dtype == torch.float32
    assert said[:, 0].tolist() == [7, 100]
    assert said[:, -1].tolist() == [7.5, 100.5]
    (alone,) = items.blendshapes(faces, rows, views=[]).gather(np.array([7]))
    assert torch.equal(alone, said[:1])


def test_clip_features_need_a_parent(faces: Any, rows: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match="parent"):
        items.clip_features(faces, rows, None, components=3, length=5)


def test_every_row_of_the_store_is_there_for_features(faces: Any) -> None:
    made = items.every_row(faces, ["frontal"])
    (images,) = made.gather(np.arange(250))
    assert images[:, 0, 0, 0].tolist() == list(range(250))


def test_content_hashes_find_exact_copies(faces: Any, index: pd.DataFrame) -> None:
    hashes = content_hashes(faces, "frontal")
    assert len(set(hashes.values())) == len(index)
    copied = type(faces)(faces.frames, faces.landmarks, faces.pixels.copy())
    copied.pixels[25:35] = copied.pixels[:10]
    hashes = content_hashes(copied, "frontal")
    assert hashes["s00/happiness"] == hashes["s01/happiness"]
    assert len(set(hashes.values())) == len(index) - 1


def test_kinds_fill_in_as_configured(faces: Any, rows: pd.DataFrame) -> None:
    factory: items.ItemsFactory = partial(items.clip, views=["face"], length=3)
    assert factory(faces, rows, None).rows.shape[1] == 3
