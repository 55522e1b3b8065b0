"""Searches without a network: their trials are asked for and told, nothing trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer_lab.search.asked import Search
from fer_lab.search.journal import open_study
from fer_lab.search.space import Between, Choices, Space

SPACE = Space("s", "title", (), {"optimizer.lr": Between(0.001, 0.1, log=True), "batch_size": Choices((8, 16, 32))})
Make = Callable[..., Search]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function: a search of so many trials; its journal lies in one folder whatever is asked."""

    def search(trials: int, space: Space = SPACE, **about: Any) -> Search:
        stamp = {"source": "embedded", "profile": "smoke", "protocol": "clean"}
        told = {
            "cell": "e/c",
            "space": space.name,
            "seed": 0,
            **stamp,
            "base": ["id"],
            "ranges": {},
            "words": [],
            **about,
        }
        open_study(tmp_path / "search", told)
        return Search("e/c", space, ("cell=e/c", "seed=0"), trials, tmp_path / "search", told)

    return search
