from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import TwinScale, truth_path
from fer_lab.datasets.oulu_casia import OuluCasia
from fer_lab.datasets.twins import duration_of, rendered
from fer_lab.errors import ConfigError, DataError
from fer_lab.generator import Truth
from tests.datasets.contract import DataSetContract


class TestOuluCasia(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> OuluCasia:
        return OuluCasia()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, oulu_twin: Path) -> Path:
        return oulu_twin

    def test_six_sequences_a_subject(self, index: pd.DataFrame) -> None:
        assert index["subject"].value_counts().to_dict() == {"P001": 6, "P002": 6}
        assert index["emotion"].value_counts().tolist() == [2] * 6
        assert index["age"].between(23, 58).all()
        assert set(index["modality"]) == {"VL"}
        assert set(index["light"]) == {"Strong"}

    def test_the_window_keeps_what_was_rendered_for_it(self, root: Path, index: pd.DataFrame, scale: TwinScale) -> None:
        for row in index.itertuples():
            numbers = sorted(media.numbered(root, row.path))
            assert numbers[0] == 0
            assert 9 <= numbers[-1] + 1 <= 30
            frames = list(media.frames(root, row.path, "sequence", media.window, row.fps))
            assert [frame.number for frame in frames] == numbers[1:-1]
            assert 3 <= len(frames) <= 9
            assert Truth.load(truth_path(root, row.id)).landmarks.shape == (len(numbers), 68, 2)

    def test_sequences_are_as_short_as_real_ones(self, scale: TwinScale) -> None:
        """The thesis has 449 images of 90 test videos (sec. 7.4), 5 a video: some windows keep fewer than a clip."""
        everyone = OuluCasia().everyone(TwinScale(None, None, scale.window, scale.size))
        lengths = [
            round(duration_of(recording.seed, *recording.seconds, recording.fps) * recording.fps)
            for person in everyone
            for recording in person.recordings
        ]
        kept = [len(rendered(length, 25.0, TwinScale(None, None, scale.window, scale.size))) - 2 for length in lengths]
        assert (len(lengths), min(lengths), max(lengths)) == (480, 9, 30)
        assert (min(kept), max(kept)) == (3, 9)
        assert 5 <= np.mean(kept) <= 6.5
        assert 0.1 < np.mean(np.array(kept) < 5) < 0.5

    def test_expressions_go_from_neutral_to_peak(self, root: Path, index: pd.DataFrame) -> None:
        for id_ in index["id"]:
            strength = np.abs(Truth.load(truth_path(root, id_)).action_units).sum(1)
            assert strength[-1] > strength[0]

    def test_another_light_has_its_own_twin(self, root: Path) -> None:
        with pytest.raises(DataError, match="VL/Dark"):
            OuluCasia(light="Dark").index(root)
        assert OuluCasia(light="Dark").twin_options() != OuluCasia().twin_options()

    def test_both_cameras_see_the_same_performance(self, root: Path, tmp_path: Path, scale: TwinScale) -> None:
        small = TwinScale(1, 1, scale.window, scale.size)
        (tmp_path / "vl").mkdir()
        (tmp_path / "ni").mkdir()
        OuluCasia().write_twin(tmp_path / "vl", small)
        OuluCasia(modality="NI").write_twin(tmp_path / "ni", small)
        seen = Truth.load(truth_path(tmp_path / "vl", "VL/Strong/P001/Fear"))
        infrared = Truth.load(truth_path(tmp_path / "ni", "NI/Strong/P001/Fear"))
        assert (seen.action_units == infrared.action_units).all()
        assert OuluCasia(modality="NI").index(tmp_path / "ni")["modality"].tolist() == ["NI"] * 6

    def test_what_is_not_understood_is_listed(self, root: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(root, copy)
        top = copy / "VL" / "Strong"
        (top / "P002" / "Boredom").mkdir()
        (top / "someone").mkdir()
        for image in (top / "P001" / "Anger").iterdir():
            image.unlink()
        index = OuluCasia().index(copy)
        assert len(index) == 11
        assert [row["id"].removeprefix("VL/Strong/") for row in index.attrs["skipped"]] == [
            "P001/Anger",
            "P002/Boredom",
            "someone",
        ]

    @pytest.mark.parametrize("settings", [{"modality": "VIS"}, {"light": "strong"}])
    def test_unknown_settings_are_refused(self, settings: dict[str, str]) -> None:
        with pytest.raises(ConfigError, match=next(iter(settings))):
            OuluCasia(**settings)


def tree(root: Path, *places: str) -> Path:
    """A tree of sequences of one small image each (or of files, for names with an extension)."""
    for place in places:
        path = root / place
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        else:
            path.mkdir(parents=True)
            media.write_image(path / "000.jpeg", np.full((8, 8, 3), 128, np.uint8))
    return root


def test_cropped_pictures_are_another_tree(tmp_path: Path) -> None:
    tree(tmp_path, "VL/Strong/P001/Anger", "VL_Acropped/Strong/P001/Fear")
    assert OuluCasia(cropped=True).index(tmp_path)["id"].tolist() == ["VL_Acropped/Strong/P001/Fear"]
    plain = OuluCasia().index(tmp_path)
    assert plain[["id", "subject", "modality"]].to_numpy().tolist() == [["VL/Strong/P001/Anger", "P001", "VL"]]
    assert plain.attrs["skipped"] == []


def test_the_other_variant_is_pointed_at(tmp_path: Path) -> None:
    tree(tmp_path, "NI_Acropped/Dark/P001/Anger")
    with pytest.raises(DataError, match=r"NI_Acropped/Dark: data\.dataset\.cropped=true"):
        OuluCasia(modality="NI", light="Dark").index(tmp_path)


def test_the_twin_of_the_cropped_pictures_is_read_back(tmp_path: Path) -> None:
    OuluCasia(cropped=True).write_twin(tmp_path, TwinScale(1, 1, (0.5, 0.8), 32))
    assert len(OuluCasia(cropped=True).index(tmp_path)) == 6
    assert "cropped" not in OuluCasia().twin_options()  # the twins that are there keep their key


def test_videos_stand_in_for_folders(tmp_path: Path) -> None:
    tree(tmp_path, "VL/Strong/P001/Fear", "VL/Strong/P001/Fear.avi", "VL/Strong/P001/Sadness.wmv")
    video = tmp_path / "VL/Strong/P001/Anger.mp4"
    media.write_video(video, [n / 25 for n in range(8)], [np.full((32, 32, 3), n, np.uint8) for n in range(8)], 25.0)
    (tmp_path / "VL/Strong/P001/Sadness").mkdir()
    index = OuluCasia().index(tmp_path)
    assert index[["path", "kind", "emotion"]].to_numpy().tolist() == [
        ["VL/Strong/P001/Anger.mp4", "video", "anger"],
        ["VL/Strong/P001/Fear", "sequence", "fear"],
        ["VL/Strong/P001/Sadness.wmv", "video", "sadness"],
    ]
    assert [(row["id"], row["reason"]) for row in index.attrs["skipped"]] == [
        ("VL/Strong/P001/Fear.avi", "fear is there already: Fear is taken"),
        ("VL/Strong/P001/Sadness", "there is no image in it"),
    ]
    frames = list(media.frames(tmp_path, index["path"][0], "video", media.window))
    assert [frame.number for frame in frames] == [4, 5, 6]


def test_renamed_emotions_are_read_and_listed(tmp_path: Path) -> None:
    tree(tmp_path, *(f"VL/Strong/P001/{name}" for name in ("Happy", "ANGER", "Fear", "Joyful", "surprised")))
    index = OuluCasia(names={"joyful": "sadness"}).index(tmp_path)
    assert index["emotion"].tolist() == ["anger", "fear", "happiness", "sadness", "surprise"]
    assert {row["name"]: row["meaning"] for row in index.attrs["renamed"]} == {
        "ANGER": "anger",
        "Happy": "happiness",
        "Joyful": "sadness",
        "surprised": "surprise",
    }
    assert [row["id"] for row in OuluCasia().index(tmp_path).attrs["skipped"]] == ["VL/Strong/P001/Joyful"]
    with pytest.raises(ConfigError, match=r"'Joyful' means 'joy'"):
        OuluCasia(names={"Joyful": "joy"})


def test_the_emotions_own_name_goes_first(tmp_path: Path) -> None:
    tree(tmp_path, "VL/Strong/P001/Angry", "VL/Strong/P001/anger")
    index = OuluCasia().index(tmp_path)
    assert index["path"].tolist() == ["VL/Strong/P001/anger"]
    assert index.attrs["skipped"][0]["id"] == "VL/Strong/P001/Angry"


def test_what_lies_beside_cameras_lights_and_people_is_listed(tmp_path: Path) -> None:
    tree(tmp_path, "VL/Strong/P001/Fear", "VL/Strong/P001/notes.txt", "VL/Weak/P001/Fear", "NI/Dark/P001/Fear")
    tree(tmp_path, "readme.txt", "VL/Medium/P001/Fear")
    (tmp_path / "VL/Strong/P002").mkdir()
    assert [row["id"] for row in OuluCasia().index(tmp_path).attrs["skipped"]] == [
        "VL/Medium",
        "VL/Strong/P001/notes.txt",
        "VL/Strong/P002",
        "readme.txt",
    ]
