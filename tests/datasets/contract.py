"""What holds for every data set; the tests of an adapter inherit it and bring fixtures ``dataset`` and ``root``."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import COLUMNS, DataSet, signature
from fer_lab.errors import DataError


class DataSetContract:
    """Inherit it as ``class TestX(DataSetContract)``; ``root`` holds a small copy of the data, whole and valid."""

    @pytest.fixture(scope="class")
    @classmethod
    def index(cls, dataset: DataSet, root: Path) -> pd.DataFrame:
        return dataset.index(root)

    def test_facts_are_told(self, dataset: DataSet) -> None:
        for fact in (dataset.name, dataset.title, dataset.request, dataset.terms, dataset.tree):
            assert fact.strip()
        assert dataset.targets
        for target in dataset.targets.values():
            assert len(set(target.names)) == len(target.names) > 1
        assert dataset.by_frame <= set(dataset.targets)

    def test_columns_come_in_order(self, dataset: DataSet, index: pd.DataFrame) -> None:
        head = [*COLUMNS, *dataset.target_columns]
        assert list(index.columns[: len(head)]) == head
        assert index["fps"].dtype == float
        assert index.loc[index["kind"] == "sequence", "fps"].gt(0).all()

    def test_ids_are_unique_and_sorted(self, index: pd.DataFrame) -> None:
        assert len(index)
        assert index["id"].is_unique
        assert index["id"].is_monotonic_increasing

    def test_targets_are_complete_and_known(self, dataset: DataSet, index: pd.DataFrame) -> None:
        for name, target in dataset.targets.items():
            if target.exclusive and name not in dataset.by_frame:
                assert set(index[name]) <= set(target.names)

    def test_what_is_known_of_frames_has_a_row_a_face(self, dataset: DataSet, root: Path, index: pd.DataFrame) -> None:
        frames = index.loc[index.index.repeat(2), ["id"]].assign(frame=0, time=0.0).reset_index(drop=True)
        for name, target in dataset.targets.items():
            known = dataset.face_targets(root, index, frames, name)
            assert (known is not None) == (name in dataset.by_frame)
            if known is not None:
                assert list(known) == target.truth_columns
                assert len(known) == len(frames)

    def test_attributes_are_neither_labels_nor_places(self, dataset: DataSet, index: pd.DataFrame) -> None:
        assert not {*COLUMNS, *dataset.targets, *dataset.target_columns} & set(dataset.attributes)
        assert len(set(dataset.attributes)) == len(dataset.attributes)

    def test_attributes_are_in_the_index_where_people_are_described(
        self, dataset: DataSet, root: Path, index: pd.DataFrame
    ) -> None:
        described = (root / "subjects.csv").is_file()
        assert set(dataset.attributes) <= set(index) or not described

    def test_paths_are_relative_and_posix(self, index: pd.DataFrame) -> None:
        for path in index["path"]:
            assert not PurePosixPath(path).is_absolute()
            assert "\\" not in path
            assert ".." not in PurePosixPath(path).parts

    def test_truth_is_not_indexed(self, index: pd.DataFrame) -> None:
        assert not any(path.startswith("truth/") for path in index["path"])

    def test_skipped_rows_have_reasons(self, index: pd.DataFrame) -> None:
        for row in index.attrs["skipped"]:
            assert set(row) == {"id", "reason"}
            assert row["reason"]

    def test_the_index_is_the_same_again(self, dataset: DataSet, root: Path, index: pd.DataFrame) -> None:
        again = dataset.index(root)
        pd.testing.assert_frame_equal(index, again)
        assert again.attrs == index.attrs

    def test_frames_can_be_read(self, root: Path, index: pd.DataFrame) -> None:
        rows = index[index["kind"] != "pixels"].drop_duplicates("kind")
        for row in rows.itertuples():
            frames = list(media.frames(root, row.path, row.kind, media.window, row.fps))
            assert frames
            assert all(frame.image.ndim == 3 and frame.image.shape[2] == 3 for frame in frames)

    def test_the_signature_knows_rows_and_contents(self, root: Path, index: pd.DataFrame) -> None:
        assert signature(root, index) == signature(root, index)
        assert signature(root, index) != signature(root, index.iloc[1:])
        assert signature(root, index) != signature(root, index.assign(subject="someone"))

    def test_a_missing_root_shows_the_tree_and_whom_to_ask(self, dataset: DataSet, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            dataset.index(tmp_path / "nothing")
        message = str(caught.value)
        assert str(tmp_path / "nothing") in message
        assert dataset.request in message
        assert all(line.strip() in message for line in dataset.tree.strip().splitlines())
        assert f"paths.{dataset.name}" in message

    def test_an_empty_root_is_refused(self, dataset: DataSet, tmp_path: Path) -> None:
        with pytest.raises(DataError):
            dataset.index(tmp_path)
