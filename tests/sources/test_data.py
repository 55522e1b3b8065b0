"""Where data are read from, and which cells can run: those whose data, and whose parents' data, are there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from fer_lab.configs import compose, compose_data
from fer_lab.errors import DataError
from fer_lab.sources import blocked_cells, facts, open_source, singles, twins
from fer_lab.sources.places import source_of


def test_cells_without_real_data_are_named_with_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "sase_fe").mkdir()
    cells = ["sase_hidden/cnn_face", "oulu_casia/cnn_face", "oulu_casia/c3d", "ck_direct/final", "fer2013_final/final"]
    found = blocked_cells(cells, ["source=real", f"paths.data={tmp_path}", "seed=0,1", "experiment=oulu_casia"])
    assert set(found) == {"oulu_casia/cnn_face", "oulu_casia/c3d", "ck_direct/final", "fer2013_final/final"}
    assert "oulu_casia" in found["oulu_casia/c3d"] == found["oulu_casia/cnn_face"]
    assert "ck_plus" in found["ck_direct/final"]


def test_a_child_is_blocked_by_its_parents_data(tmp_path: Path) -> None:
    (tmp_path / "ck_plus").mkdir()
    found = blocked_cells(["ck_direct/final"], ["source=real", f"paths.data={tmp_path}"])
    assert "fer2013" in found["ck_direct/final"]


def test_twins_are_never_missing() -> None:
    assert blocked_cells(["ck_direct/final"], ["profile=smoke"]) == {}


def _mixed(cell: str, *overrides: str) -> dict[str, Any]:
    return compose([f"cell={cell}", "source=mixed", "profile=smoke", *overrides])


def test_of_mixed_data_what_is_here_is_real_and_the_rest_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "data" / "mug").mkdir(parents=True)
    config = _mixed("cross_data/ck_mug", f"paths.data={tmp_path / 'data'}")
    assert {own["data"]["name"]: source_of(own) for own in singles(config)} == {"ck_plus": "embedded", "mug": "real"}
    assert twins(config) == ["ck_plus"]
    shutil.rmtree(tmp_path / "data" / "mug")
    assert twins(config) == ["ck_plus", "mug"]
    (name,) = twins(_mixed("cross_data/wild", f"paths.data={tmp_path}"))
    assert (name, twins(_mixed("cross_data/wild", f"paths.folder={tmp_path}"))) == ("folder", [])


def test_of_mixed_data_what_paths_names_must_be_there(tmp_path: Path) -> None:
    gone = f"paths.fer2013={tmp_path / 'gone'}"
    with pytest.raises(DataError, match="the real data are not at"):
        open_source(_mixed("cross_data/fer2013", gone))
    assert "gone" in blocked_cells(["cross_data/fer2013"], ["source=mixed", gone])["cross_data/fer2013"]


def test_a_composite_of_mixed_data_opens_each_member_from_where_it_is() -> None:
    source = open_source(_mixed("cross_data/ck_mug"))
    assert {name: "twins" in member.root.parts for name, member in source.members.items()} == {
        "ck_plus": True, "mug": True,
    }  # fmt: skip


@pytest.mark.parametrize("data", ["universal_seven", "ck_mug_seven", "overfitting_seven"])
def test_classes_are_one_by_name_in_the_order_of_fer2013(data: str) -> None:
    about = compose_data(data, [])["data"]
    assert tuple(about["classes"]) == facts(compose_data("fer2013", [])).targets["emotion"].names
    assert about["num_classes"] == len(about["classes"])
