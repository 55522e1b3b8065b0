"""Data that are deleted while a process knows them."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

from fer_lab.configs import compose
from fer_lab.sources import Source, data, open_source


def test_what_is_gone_is_opened_again_and_the_rest_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    @lru_cache
    def make(key: str) -> Source:
        opened.append(key)
        (tmp_path / "twin").mkdir()
        return Source(None, tmp_path / "twin", pd.DataFrame(), "signature", "pictures")  # type: ignore[arg-type]

    monkeypatch.setattr(data, "_open_source", make)
    config = compose(["cell=sase_hidden/cnn_frontal", "profile=smoke"])
    assert open_source(config) is open_source(config)
    shutil.rmtree(tmp_path / "twin")
    assert open_source(config).root.is_dir()
    assert len(opened) == 2
