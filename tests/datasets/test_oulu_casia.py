from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import OuluCasia, TwinScale, truth_path
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
            assert 1.2 <= (numbers[-1] + 1) / 25 <= 2.4
            frames = list(media.frames(root, row.path, "sequence", media.window, row.fps))
            assert [frame.number for frame in frames] == numbers[1:-1]
            assert len(frames) == scale.frames_per_window
            assert Truth.load(truth_path(root, row.id)).landmarks.shape == (len(numbers), 68, 2)

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
