from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.configs import compose
from fer_lab.datasets import TwinScale, count, make_twin, signature
from fer_lab.datasets.emotionet import INCOMPLETE, NOT_LISTED, NOT_THERE, EmotioNet
from fer_lab.datasets.emotionet_list import ELEVEN, UNITS, read_list
from fer_lab.datasets.emotionet_twin import IMAGES, LIST
from fer_lab.datasets.stills import PEOPLE
from fer_lab.errors import ConfigError, DataError
from fer_lab.fetching import file_name, url_of
from fer_lab.media import write_image
from tests.datasets.contract import DataSetContract

SCALE = TwinScale(subjects=None, frames_per_window=None, window=(0.0, 1.0), size=64, stills=50)


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_twin(EmotioNet(), SCALE, 1)


@pytest.fixture
def copy_of_twin(twin: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(twin, tmp_path / "emotionet"))


def reasons(index: pd.DataFrame) -> dict[str, int]:
    return pd.Series([row["reason"] for row in index.attrs["skipped"]]).value_counts().to_dict()


class TestEmotioNet(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> EmotioNet:
        return EmotioNet()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, twin: Path) -> Path:
        return twin


def test_every_row_of_the_list_is_an_image_or_counted(twin: Path) -> None:
    index, listed = EmotioNet().index(twin), read_list(twin / LIST)
    assert len(listed) == 50
    assert reasons(index) == {NOT_THERE: 50 - len(index)}
    assert 0 < len(index) < 50
    assert {url_of(name, listed["url"]) for name in index["id"]} <= set(listed["url"])


def test_what_999_is_depends_on_the_reading(twin: Path) -> None:
    listed = read_list(twin / LIST)
    listed.index = pd.Index([file_name(url) for url in listed["url"]])
    masked, absent = EmotioNet().index(twin), EmotioNet(unknown="absent").index(twin)
    told = listed.loc[masked["id"], list(UNITS)].to_numpy(float)
    assert np.array_equal(masked[list(UNITS)], np.where(told == 999, np.nan, told), equal_nan=True)
    assert np.array_equal(absent[list(UNITS)], np.where(told == 999, 0, told))
    rest = [name for name in UNITS if name not in ELEVEN]
    assert 0.95 < masked[rest].isna().to_numpy().mean() < 1
    assert masked[list(ELEVEN)].isna().to_numpy().mean() < 0.1


def test_of_eleven_units_images_that_lack_one_are_left_out(twin: Path) -> None:
    whole, masked = EmotioNet(units="eleven").index(twin), EmotioNet().index(twin)
    complete = masked[list(ELEVEN)].notna().all(axis=1)
    assert whole["id"].tolist() == masked["id"][complete].tolist()
    assert reasons(whole)[INCOMPLETE] == (~complete).sum() > 0
    assert 0.03 < whole[list(ELEVEN)].to_numpy().mean() < 0.3
    assert not set(UNITS) - set(ELEVEN) & set(whole)


def test_labels_and_people_need_no_new_faces(twin: Path) -> None:
    masked, absent = EmotioNet(), EmotioNet(unknown="absent")
    one, other = masked.index(twin), absent.index(twin)
    assert signature(twin, one) != signature(twin, other)
    assert signature(twin, masked.of_pictures(one)) == signature(twin, absent.of_pictures(other))


def test_a_copy_without_people_has_nobody_named(copy_of_twin: Path) -> None:
    assert set(EmotioNet().index(copy_of_twin)["subject"]) == {"person_0001", "person_0002"}
    (copy_of_twin / PEOPLE).unlink()
    (copy_of_twin / "subjects.csv").unlink()
    (copy_of_twin / IMAGES / "other.jpg").write_bytes(b"")
    index = EmotioNet().index(copy_of_twin)
    assert set(index["subject"]) == {""}
    assert reasons(index)[NOT_LISTED] == 1


def test_two_lists_and_people_twice_are_refused(copy_of_twin: Path) -> None:
    rows = (copy_of_twin / PEOPLE).read_text().splitlines(keepends=True)
    (copy_of_twin / PEOPLE).write_text("".join([*rows, rows[1]]))
    with pytest.raises(DataError, match="every image once"):
        EmotioNet().index(copy_of_twin)
    shutil.copy(copy_of_twin / LIST, copy_of_twin / "again.csv")
    with pytest.raises(DataError, match=r"again\.csv and list\.csv may each be the list"):
        EmotioNet().index(copy_of_twin)


@pytest.mark.parametrize(("protocol", "reading"), [("clean", "masked"), ("as_printed", "absent"), ("thesis", "absent")])
def test_what_999_is_follows_the_protocol_and_can_be_said(protocol: str, reading: str) -> None:
    cell = ["cell=emotionet/eleven_inception", f"protocol={protocol}"]
    dataset = compose(cell)["data"]["dataset"]
    assert (dataset["units"], dataset["unknown"]) == ("eleven", reading)
    assert compose([*cell, "data.dataset.unknown=masked"])["data"]["dataset"]["unknown"] == "masked"


def test_figures_of_the_list_are_counted(twin: Path) -> None:
    index, listed = EmotioNet().index(twin), read_list(twin / LIST)
    names = ("images", "not_there", "commas", "unknown_units", "thousands", "beyond_thousands")
    assert [count(name, twin, index) for name in names] == [
        len(index), len(listed) - len(index), listed["url"].str.contains(",").sum(), 49, 0, len(index)
    ]  # fmt: skip
    assert count("unknown_units", twin, EmotioNet(unknown="absent").index(twin)) is None


def test_other_words_for_units_and_unknown_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"data\.dataset\.units"):
        EmotioNet(units="11")
    with pytest.raises(ConfigError, match=r"data\.dataset\.unknown"):
        EmotioNet(unknown="0")


def test_images_fetched_from_urls_without_commas_are_found_by_them(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / LIST).write_text('"http://a.org/x,1.jpg"' + ",0" * 60 + "\n")
    write_image(tmp_path / "images" / file_name("http://a.org/x1.jpg"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(DataError):
        EmotioNet().index(tmp_path)
    assert EmotioNet(delete_commas=True).index(tmp_path)["id"].tolist() == [file_name("http://a.org/x1.jpg")]
