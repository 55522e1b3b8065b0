"""The command line that trains a stored run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.ledger import Entry, Run
from fer_lab.runs.recheck import again, find_run, trained_of
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

CELL = "sase_hidden/geometry"
FOLDER = (
    f"cell={CELL}", "seed=2", "profile=smoke", "source=real", "data=folder", "paths.folder=/elsewhere/folder",
    "paths.vgg_face=/elsewhere/vgg.pth", "data.dataset.columns={path: picture, label: emotion, subject: person}",
    r"++data.dataset.aliases={glad\: a\, b: happiness}", "items.components=4", "threads=1",
)  # fmt: skip


def stored(results: Path, config: dict[str, Any]) -> Run:
    about = {"cell": CELL, "seed": 2, "source": "real", "config": OmegaConf.to_yaml(OmegaConf.create(config))}
    return write_run(results, "classes", [make_scores("classes")], **about)


def set_of(value: Any) -> Any:
    """A configuration without what is not set, which counts as left out."""
    return {key: set_of(own) for key, own in value.items() if own is not None} if isinstance(value, dict) else value


def test_a_run_on_a_folder_is_composed_again_but_for_its_places(tmp_path: Path) -> None:
    config = compose(FOLDER)
    words = again(stored(tmp_path, config))
    assert not any("elsewhere" in word for word in words)
    composed = compose([*words, "paths.folder=/elsewhere/folder", "paths.vgg_face=/elsewhere/vgg.pth"])
    assert set_of(composed) == set_of(config)


def test_a_configuration_that_no_override_says_is_refused(tmp_path: Path) -> None:
    config = compose(FOLDER)
    data = config["data"] | {"dataset": config["data"]["dataset"] | {"aliases": {"1": "anger"}}}
    with pytest.raises(ConfigError, match=r"cannot be said in overrides: .*data\.dataset\.aliases"):
        again(stored(tmp_path, config | {"data": data}))


def test_no_name_is_no_run(tmp_path: Path) -> None:
    write_run(tmp_path, "classes", [make_scores("classes")])
    with pytest.raises(ConfigError, match="0 finished runs ''"):
        find_run(tmp_path / "runs", "", 0)


def test_a_cell_that_nobody_has_trained_is_told_from_one_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is none yet(?s:.*)cell=universal/vgg16 seed=0"):
        find_run(tmp_path / "runs", "universal/vgg16", 0)
    with pytest.raises(ConfigError, match=r"'universal/vgg61'(?s:.*)universal/vgg16"):
        find_run(tmp_path / "runs", "universal/vgg61", 0)


def test_a_run_that_is_begun_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    write_run(tmp_path, "classes", [make_scores("classes")], cell="universal/vgg16", seed=1)
    Entry(tmp_path / "runs", "13cae464").write_config("seed: 0")
    with pytest.raises(ConfigError, match=r"run 13cae464 in .* is begun, not finished: interrupted(?s:.*)it goes on"):
        find_run(tmp_path / "runs", "13ca", 0)
    with pytest.raises(ConfigError, match=r"one of seed 1\n(?s:.*)seed=0 \(begun there, not finished: 1;"):
        find_run(tmp_path / "runs", "universal/vgg16", 0)


def test_a_second_training_of_something_else_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "one", "classes", [make_scores("classes")])
    write_run(tmp_path / "other", "classes", [make_scores("classes")], seed=1)
    with pytest.raises(ConfigError, match="left 0 runs of e/classes seed 0"):
        trained_of(tmp_path / "other" / "runs", run)
