"""Which data sets there are is said by conf/data alone, and where they lie by their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fer_lab import engine
from fer_lab.configs import compose, compose_data, data_sets, results_folder, stamp, with_places
from fer_lab.errors import ConfigError
from fer_lab.sources import real_root, titles

CELL = "cell=sase_hidden/cnn_face"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Options: two of one data set, one that builds on another, one of another data set whose file has another name."""
    (tmp_path / "first_of_jaffe.yaml").write_text("name: jaffe\n")
    (tmp_path / "jaffe.yaml").write_text("name: jaffe\n")
    (tmp_path / "jaffe_mapped.yaml").write_text("defaults: [jaffe, _self_]\nnum_classes: 6\n")
    (tmp_path / "kdef_front.yaml").write_text("name: kdef\n")
    (tmp_path / "kdef_side.yaml").write_text("name: kdef\n")
    return tmp_path


def test_a_data_set_is_known_by_the_name_in_its_file(folder: Path) -> None:
    assert data_sets(folder) == {"jaffe": "jaffe", "kdef": "kdef_front"}


def test_a_file_without_keys_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("- a list\n")
    with pytest.raises(ConfigError, match=r"odd\.yaml"):
        data_sets(tmp_path)


def test_what_is_known_has_a_title_and_a_place_of_its_own() -> None:
    assert {"sase_fe", "oulu_casia", "fer2013", "ck_plus", "folder", "posed"} <= set(data_sets())
    assert titles()["ck_plus"] == "CK+"
    assert set(titles()) == set(data_sets())


def test_the_default_root_is_below_that_of_all_data(tmp_path: Path) -> None:
    assert real_root(compose_data("fer2013", [f"paths.data={tmp_path}"])) == tmp_path / "fer2013"


@pytest.mark.parametrize("plus", ["", "+", "++"])
def test_a_data_set_may_lie_elsewhere(tmp_path: Path, plus: str) -> None:
    config = compose_data("fer2013", [f"paths.data={tmp_path}", f"{plus}paths.fer2013={tmp_path / 'mine'}"])
    assert real_root(config) == tmp_path / "mine"


def test_a_path_of_no_data_set_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"paths\.sase_f\b.*\n.*'sase_fe'"):
        compose([CELL, "paths.sase_f=x"])
    assert engine.start([CELL, "+paths.sase_f=x"], lambda: None) == 2


def test_other_overrides_are_left_as_they_are() -> None:
    others = ["paths.data=x", "paths.results=y", "paths.vgg_face=z", "seed=0", "~items.views", "-m"]
    assert with_places(others) == others


def test_an_option_is_as_good_as_a_name_and_others_are_refused() -> None:
    assert compose_data("ck_plus_mapped", [])["data"]["num_classes"] == 6
    with pytest.raises(ConfigError, match="'fer2013'"):
        compose_data("fer2031", [])


@pytest.mark.parametrize("asked", [stamp, results_folder])
def test_a_key_that_nothing_is_called_is_refused_before_anything_is_done(asked: Callable[[list[str]], object]) -> None:
    with pytest.raises(ConfigError, match=r"there is no key 'profil'\n.*'profile'"):
        asked(["profil=smoke"])
    asked(["profile=smoke", "model.dropout=0.1", "experiment=sase_hidden", "hydra/launcher=joblib", "data=folder"])
