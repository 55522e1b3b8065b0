"""Settings are read from the runs where no table was rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.configs import compose
from fer_lab.ledger import read_run
from fer_lab.report.site.stated import stated
from tests.report.site.conftest import CLEAN, write_run

TABLE = tables.tables()["athanasiadis_2022-4.1"]


def test_a_setting_is_what_a_run_was_trained_with(tmp_path: Path) -> None:
    config = compose(["cell=ck_mug/first", "optimizer.lr=0.02", f"paths.results={tmp_path}"])
    entry = write_run(tmp_path, "ck_mug/first", 0, config=config)
    found = stated(TABLE, CLEAN, tmp_path / "tables", {"ck_mug/first": read_run(entry.folder)})
    assert [found[value] for value in TABLE.values] == [0.02, config["batch_size"], "Adam"]


@pytest.mark.parametrize("runs", [True, False])
def test_without_a_configuration_it_is_not_known(tmp_path: Path, runs: bool) -> None:
    entry = write_run(tmp_path, "ck_mug/first", 0)  # its configuration is not whole
    known = {"ck_mug/first": read_run(entry.folder)} if runs else {}
    assert stated(TABLE, CLEAN, tmp_path / "tables", known) == {}
