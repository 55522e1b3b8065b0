"""The web images of the overfitting set: other people, some in sunglasses, which no label decides."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets import TwinScale, make_twin
from fer_lab.datasets.diverse import COUNTS, TOLD, DiverseInternet
from fer_lab.datasets.internet import planned
from fer_lab.errors import DataError
from fer_lab.generator import Identity
from tests.datasets.contract import DataSetContract

COLUMNS = {"path": "path", "label": "label", "subject": "subject", "part": None}


def diverse(*attributes: str) -> DiverseInternet:
    return DiverseInternet(columns=COLUMNS, classes=list(COUNTS), attributes=attributes)


class TestDiverse(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> DiverseInternet:
        return diverse(*TOLD)

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, dataset: DiverseInternet, cache: Path, scale: TwinScale) -> Path:
        return make_twin(dataset, scale)

    def test_every_class_is_there(self, index: pd.DataFrame) -> None:
        assert set(index["label"]) == set(COUNTS)
        assert index.attrs["skipped"] == []

    def test_what_is_told_is_of_a_person_and_of_the_right_type(self, index: pd.DataFrame) -> None:
        assert index[["glasses", "beard", "sunglasses"]].dtypes.tolist() == [bool, bool, bool]
        assert set(index["skin_tone"]) <= set(range(1, 7))
        assert (index.groupby("subject")["sunglasses"].nunique() == 1).all()
        assert set(index["sunglasses"]) == {False, True}

    def test_a_list_that_says_less_is_asked_for_it_by_name(self, root: Path, tmp_path: Path) -> None:
        shutil.copytree(root / "images", tmp_path / "images")
        table = pd.read_csv(root / "labels.csv").drop(columns="sunglasses")
        table.to_csv(tmp_path / "labels.csv", index=False)
        with pytest.raises(DataError, match="sunglasses"):
            diverse(*TOLD).index(tmp_path)
        assert len(diverse().index(tmp_path)) == len(table)


def test_two_in_three_are_dark_and_sunglasses_go_by_the_person_alone() -> None:
    labels = planned(sum(COUNTS.values()), "diverse", COUNTS)
    people = list(diverse().sitters(labels))
    tones = [Identity(person.identity).attributes["skin_tone"] for person in people]
    assert sum(tone > 3 for tone in tones) == pytest.approx(2 / 3 * len(people), abs=1)
    assert len({person.identity for person in people}) == len(people)
    others = list(diverse().sitters(labels[::-1]))
    assert [person.sunglasses for person in people] == [person.sunglasses for person in others]
    assert 0.15 < sum(person.sunglasses for person in people) / len(people) < 0.5
