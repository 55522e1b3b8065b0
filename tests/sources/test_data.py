"""Which cells can run: those whose data, and whose parents' data, are there."""

from __future__ import annotations

from pathlib import Path

from fer_lab.sources import blocked_cells


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
