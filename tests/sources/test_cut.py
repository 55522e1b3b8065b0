"""The cut neutral -> peak: found in the landmarks, told by ``until``, kept to by the face stage."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.configs import compose_data
from fer_lab.datasets import UNTIL
from fer_lab.datasets.mug_twin import FPS, PEAKS
from fer_lab.errors import ConfigError, DataError
from fer_lab.sources import Source, open_data, open_faces, open_source
from fer_lab.sources.course import courses
from fer_lab.sources.join import joined_index

SMALL = ["profile=smoke", "profile.subjects=3", "profile.stills=40", "workers=1"]


@pytest.fixture(scope="module")
def opened() -> tuple[dict[str, Any], Source]:
    return open_data("ck_mug", SMALL)


@pytest.fixture(scope="module")
def mug(opened: tuple[dict[str, Any], Source]) -> Source:
    return opened[1].members["mug"]


def test_the_cut_is_near_the_peak_that_the_truth_tells(mug: Source) -> None:
    peaks = pd.read_csv(mug.root / PEAKS).set_index("id")["peak"]
    error = (mug.index.set_index("id")[UNTIL] - peaks).dropna().abs()
    assert len(error) == len(mug.index) == 31
    assert error.median() < 0.1
    assert error.quantile(0.9) < 0.2


def test_the_window_is_a_share_of_what_is_left(opened: tuple[dict[str, Any], Source]) -> None:
    config, source = opened
    frames = open_faces(source, config).frames
    until = frames["id"].map(source.index.set_index("id")[UNTIL])
    start, stop = config["faces"]["window"]
    assert frames["position"].between(start * until - 1e-6, stop * until).all()
    assert set(frames["id"]) == set(source.index["id"])


def test_a_whole_window_ends_with_the_peak() -> None:
    config, source = open_data(
        "mug", [*SMALL, "data.cut=peak", "faces.window=[0.0,1.0]", "faces.frames_per_window=null"]
    )
    last = open_faces(source, config).frames.groupby("id")["position"].max()
    assert (source.index.set_index("id")[UNTIL] - last).between(0, 2e-6).all()


def test_a_member_that_is_not_cut_lasts_as_long_as_it_does(opened: tuple[dict[str, Any], Source]) -> None:
    until = opened[1].index.groupby("origin")[UNTIL]
    assert until.min()["ck_plus"] == until.max()["ck_plus"] == 1
    assert until.max()["mug"] < 0.9


def test_without_a_cut_nothing_is_another_thing(mug: Source) -> None:
    config, source = open_data("mug", SMALL)
    assert config["data"]["cut"] is None
    assert UNTIL not in source.index
    assert source.signature != mug.signature
    assert source.pictures != mug.pictures
    assert open_source({**config, "data": {k: v for k, v in config["data"].items() if k != "cut"}}).index.equals(
        source.index
    )


def put(folder: Path, frames: list[np.ndarray]) -> None:
    folder.mkdir(parents=True)
    for number, pixels in enumerate(frames):
        media.write_image(folder / f"img_{number:04d}.jpg", pixels)


def test_takes_without_a_peak_are_listed_with_their_reason(mug: Source, tmp_path: Path) -> None:
    take = mug.index["path"][0]
    frames = [frame.image for frame in media.frames(mug.root, take, "sequence", fps=FPS)]
    shutil.copytree(mug.root / take, tmp_path / "001/fear/take000")
    put(tmp_path / "001/fear/take001", frames[:1])
    put(tmp_path / "001/fear/take002", [frames[0]] * 5)
    put(tmp_path / "001/fear/take003", [np.full_like(frames[0], 128)] * 3)
    put(tmp_path / "001/fear/take004", frames[:2])
    (tmp_path / "001/fear/take004/img_0001.jpg").write_bytes(b"no picture")
    config, source = open_data("mug", ["source=real", f"paths.mug={tmp_path}", "data.cut=peak", "workers=1"])
    assert source.index["id"].tolist() == ["001/fear/take000"]
    found = {entry["id"].split("/")[-1]: entry["reason"] for entry in source.index.attrs["skipped"]}
    assert found["take001"] == "one frame: no way from neutral to a peak"
    assert found["take002"].startswith("never leaves neutral: no further than 0.000 ")
    assert found["take003"] == "a face in 0 of 3 frames: no way from neutral to a peak"
    assert "img_0001.jpg" in found["take004"]
    assert len(open_faces(source, config).frames) > 0


def test_data_of_which_nothing_has_a_peak_are_refused(mug: Source, tmp_path: Path) -> None:
    frame = next(media.frames(mug.root, mug.index["path"][0], "sequence", fps=FPS)).image
    put(tmp_path / "001/fear/take000", [frame])
    with pytest.raises(DataError, match=r"none of 1 files has a peak .*001/fear/take000: one frame"):
        open_data("mug", ["source=real", f"paths.mug={tmp_path}", "data.cut=peak", "workers=1"])


def test_an_unknown_cut_and_one_of_a_composite_are_refused(opened: tuple[dict[str, Any], Source]) -> None:
    with pytest.raises(ConfigError, match=r"data\.cut='apex'"):
        open_data("mug", [*SMALL, "data.cut=apex"])
    with pytest.raises(ConfigError, match=r"data\.members\.ck_plus\.cut"):
        open_source({**opened[0], "data": {**opened[0]["data"], "cut": "peak"}})


def test_people_of_both_are_never_one(opened: tuple[dict[str, Any], Source]) -> None:
    config, source = opened
    about = compose_data("ck_mug", SMALL)["data"]
    own = {name: member.index.assign(subject="001") for name, member in source.members.items()}
    indices = {name: (member.root, own[name]) for name, member in source.members.items()}
    joined = joined_index(about, (), source.root, indices)
    assert set(joined["subject"]) == {"ck_plus/001", "mug/001"}
    assert set(joined["emotion"]) == {"anger", "disgust", "fear", "happiness", "sadness", "surprise"}
    reasons = [entry["reason"] for entry in source.index.attrs["skipped"]]
    assert "contempt is no class of ck_mug" in reasons
    assert config["data"]["split"]["thesis"] == {"train": 74, "val": 3, "test": 23}


def store_of(*videos: np.ndarray) -> Any:
    """A store of landmarks (n, 68, 2) a video, its frames evenly over it."""
    rows = [(f"v{v}", f / len(video)) for v, video in enumerate(videos) for f in range(len(video))]
    frames = pd.DataFrame(rows, columns=["id", "position"])
    return SimpleNamespace(landmarks=np.concatenate(videos), frames=frames.assign(row=range(len(frames))))


def test_place_size_and_rotation_are_no_distance_and_the_mouth_is() -> None:
    rng = np.random.default_rng(0)
    face, steps = rng.normal(size=(68, 2)), np.linspace(0, 1, 20)[:, None, None]
    turn = np.array([[[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in np.linspace(0, 1, 20)])
    moved = (1 + steps) * (face @ turn) + 100 * steps
    opening = np.zeros((68, 2))
    opening[57, 1] = 3
    arch = np.sin(np.pi * np.linspace(0, 1, 20) ** 2)[:, None, None]
    found = courses(store_of(moved, moved + (1 + steps) * arch * (opening @ turn)))
    assert found["v0"].distances.max() < 1e-6
    assert found["v1"].peak == pytest.approx(0.7, abs=0.051)
    assert found["v1"].distances.max() > 0.1
