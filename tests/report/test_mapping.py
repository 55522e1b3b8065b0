"""Figures of a mapping of labels: a matrix, bars of one label, the mass centres."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from fer_lab.errors import ConfigError
from fer_lab.report import mapping
from fer_lab.runs.label_mapping import Mapped

LABELS, CLASSES = ("anger", "contempt"), ("anger", "fear", "happiness")
CENTRES = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
DRAWN = {
    "matrix": partial(mapping.matrix, mapping="histogram"),
    "bars": partial(mapping.bars, mapping="absolute, cropped", label="contempt"),
    "centres": partial(mapping.centres, mappings=["absolute", "histogram"]),
}


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What mappings are asked for; each is the same one."""
    calls: list[tuple[Any, ...]] = []

    def mapped(*words: Any) -> Mapped:
        calls.append(words)
        return Mapped(np.array([[5, 0, 1], [0, 0, 0]]), LABELS, CLASSES)

    monkeypatch.setattr(mapping, "mapped", mapped)
    monkeypatch.setattr(mapping, "centres_of", lambda *words: calls.append(words) or (CENTRES, CLASSES))
    monkeypatch.setattr(mapping, "mapping_is_there", lambda cell, overrides: True)
    return calls


@pytest.mark.parametrize("name", DRAWN)
def test_every_kind_draws_a_picture(name: str, material: Any, picture: Any) -> None:
    assert picture(DRAWN[name](material())).shape[2] == 3  # refuses what shows nothing


def test_the_mapping_is_that_of_the_figures_cell(material: Any, asked: list[tuple[Any, ...]]) -> None:
    DRAWN["centres"](material(overrides=("source=real",)))
    assert asked == [("a/b", ("source=real",), "absolute"), ("a/b", ("source=real",), "histogram")]


def test_what_there_is_not_is_refused(material: Any) -> None:
    with pytest.raises(ConfigError, match="'contemt'"):
        mapping.bars(material(), "absolute", "contemt")
    for draw in (partial(mapping.matrix, mapping="histograms"), partial(mapping.centres, mappings=["histograms"])):
        with pytest.raises(ConfigError, match="'histograms'"):
            draw(material())


@pytest.mark.parametrize("name", ["matrix", "bars"])
def test_no_twin_is_drawn_for_a_figure(
    name: str, material: Any, asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping, "mapping_is_there", lambda cell, overrides: False)
    with pytest.raises(ConfigError, match="not drawn yet"):
        DRAWN[name](material())
    assert asked == []
