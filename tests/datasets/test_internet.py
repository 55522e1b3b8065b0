from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets import IDENTITIES, TwinScale, make_twin
from fer_lab.datasets.internet import COUNTS, Internet, planned, sitters
from tests.datasets.contract import DataSetContract

COLUMNS = {"path": "path", "label": "label", "subject": "subject", "part": None}


class TestInternet(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Internet:
        return Internet(columns=COLUMNS, classes=list(COUNTS))

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, dataset: Internet, cache: Path, scale: TwinScale) -> Path:
        return make_twin(dataset, scale)

    def test_every_class_is_there_and_everybody_is_named(self, dataset: Internet, index: pd.DataFrame) -> None:
        assert set(index["label"]) == set(COUNTS)
        assert index["subject"].value_counts().to_dict() == {"person_0001": 25, "person_0002": 25, "person_0003": 10}
        assert index.attrs["skipped"] == []
        assert not dataset.publishable


def test_a_whole_twin_has_the_images_of_the_thesis() -> None:
    labels = planned(1625)
    assert pd.Series(labels).value_counts().to_dict() == dict(COUNTS)
    people = list(sitters(labels))
    assert sum(len(person.rows) for person in people) == 1625
    assert {person.identity for person in people} <= set(IDENTITIES["internet"])


def test_people_may_be_unknown(tmp_path: Path, cache: Path, scale: TwinScale) -> None:
    whole = make_twin(Internet(columns=COLUMNS), scale)
    (tmp_path / "images").mkdir()
    (tmp_path / "labels.csv").write_text("path,label,subject\nimages/0001.jpg,happy,\n")
    (tmp_path / "images" / "0001.jpg").write_bytes((whole / "images" / "0001.jpg").read_bytes())
    row = Internet(columns=COLUMNS).index(tmp_path).to_dict("records")[0]
    assert (row["label"], row["subject"]) == ("happiness", "")
