"""A dry run finds out what training would: parts that cannot be drawn, weights that are not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from fer_lab.engine.dry import show_plans
from fer_lab.errors import ConfigError, DataError

CELL = "cell=oulu_casia/cnn_frontal"


@pytest.fixture
def folder(tmp_path: Path) -> list[str]:
    """The overrides with which the cell is on a folder of three people, two pictures of two classes each."""
    (tmp_path / "data").mkdir()
    rows = []
    for who in ("S1", "S2", "S3"):
        for word in ("happy", "sad"):
            media.write_image(tmp_path / "data" / f"{who}{word}.png", np.full((8, 8, 3), 99, np.uint8))
            rows.append(f"{who}{word}.png,{word},{who}")
    (tmp_path / "data" / "labels.csv").write_text("\n".join(["path,label,subject", *rows]))
    return [
        CELL, "data=folder", "source=real", "profile=smoke", "seed=0", f"paths.folder={tmp_path / 'data'}",
        f"paths.results={tmp_path / 'results'}", "data.dataset.classes=[happiness,sadness]", "data.num_classes=2",
    ]  # fmt: skip


def test_people_and_weights_that_are_there_pass(folder: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    show_plans([*folder, "source.weights=embedded", "data.dataset.columns.subject=subject"])
    assert "missing" in capsys.readouterr().out


def test_parts_that_cannot_be_drawn_are_refused(folder: list[str]) -> None:
    with pytest.raises(DataError, match="6 items have no subject"):
        show_plans([*folder, "source.weights=embedded"])


def test_weights_that_are_not_there_are_refused_and_the_hint_leads_on(folder: list[str]) -> None:
    people = "data.dataset.columns.subject=subject"
    with pytest.raises(ConfigError, match="there is no weights file") as caught:
        show_plans([*folder, people])
    assert "set to embedded what it starts from: source.weights" in caught.value.do
    with pytest.raises(ConfigError, match="ImageNet weights are of width 1"):
        show_plans([*folder, people, "source.weights=imagenet"])


def test_weights_that_cannot_be_fetched_are_refused_and_others_are_not_fetched_yet(folder: list[str]) -> None:
    words = [*folder[1:], "data.dataset.columns.subject=subject", "source.objects=imagenet", "backbone.width=1"]
    show_plans(["cell=universal/vgg16_imagenet", *words])
    with pytest.raises(ConfigError, match="of AlexNet cannot be fetched"):
        show_plans(["cell=universal/alexnet_imagenet", *words])
