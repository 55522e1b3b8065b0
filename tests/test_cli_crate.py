"""`fer-lab crate` says what it wrote, what the validators say, and by its exit status whether all of it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_lab.cli.app import app
from fer_lab.cli.commands import crate
from fer_lab.crates import validators
from fer_lab.errors import ConfigError
from tests.crates.conftest import HERE, need_extra, write_split_run, write_table

assert crate


def call(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["crate", *words], catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_a_crate_is_written_checked_and_found_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_extra()
    write_table(tmp_path / "results/tables/garcia_zapata_2018/7.8", "sase_hidden/cnn_frontal", "embedded")
    write_split_run(tmp_path / "results", "sase_hidden/cnn_frontal", "embedded", "sase_fe")
    monkeypatch.chdir(tmp_path)
    folder = "crate"
    status, said = call(folder, "--zip", *HERE, "--author", "A. Name")
    assert status == 0, said
    assert "1 table, 1 run, 1 split" in said
    assert "embedded, smoke, clean" in said
    assert "ro-crate-1.3: valid (roc-validator" in said
    assert "18 items read" in said
    assert f"written {folder}: valid" in said
    assert (tmp_path / "crate.zip").is_file()
    assert "process-run-crate-0.5: valid" in said
    monkeypatch.setattr(validators, "PROFILES", {})  # each takes seconds
    (tmp_path / "crate" / "LICENSE").write_text("none")
    status, said = call("--check", folder)
    assert status == 1
    assert "changed: LICENSE" in said
    assert f"checked {folder}: NOT VALID" in said


def test_a_check_changes_nothing_of_what_is_asked() -> None:
    with pytest.raises(ConfigError, match="leave out everything but the folder"):
        call("--check", "crate", "--zip")
