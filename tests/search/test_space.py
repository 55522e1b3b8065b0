"""What a search tries: every space of conf/search, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.search import space as module
from fer_lab.search.space import Between, Choices, find_space, spaces

PRINTED = {
    "ck_mug_rate": [{"optimizer.lr": 0.001, "batch_size": 30}, {"optimizer.lr": 0.005, "batch_size": 20}],
    "emotionet_rate": [{"optimizer.lr": 0.001, "batch_size": 128}, {"optimizer.lr": 0.001, "batch_size": 32}],
    "universal_rate": [{"optimizer.lr": 0.001, "batch_size": 60}, {"optimizer.lr": 0.01, "batch_size": 20}],
    "fer2013_rate": [{"optimizer.lr": 0.001}, {"optimizer.lr": 0.0001}],
    "sase_features": [{"items.components": 100}],
    "ck_mug_second": [{"model.second": 4096}],
}
"""What theses print that a space has to hold: tables 4.1 of Athanasiadis and 8.4 of Rosa Ramos, and sections 4.2.2 and
4.4 of the former, 8.8 and 9.4.1 of the latter, 4.3.1 of Bartissol, 5.1.3 of Moravčík, 4.3 of García Zapata."""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of spaces that are not the project's."""
    (tmp_path / "search").mkdir()
    monkeypatch.setattr(module, "resource_folder", lambda name: tmp_path)
    return tmp_path / "search"


@pytest.mark.parametrize("name", sorted(spaces()))
def test_a_space_holds_what_each_of_its_cells_has(name: str) -> None:
    space = find_space(name)
    assert space.cells
    for cell in space.cells:
        tables.find_cell(cell)
        config = compose([f"cell={cell}"])
        assert space.own(config), f"{cell} has something else than {name} tries"
        for setting in (space.own(config), {key: one.ends[-1] for key, one in space.ranges.items()}):
            tried = compose([f"cell={cell}", *space.overrides(setting)])
            assert space.own(tried) == setting


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_what_a_thesis_prints_is_tried(name: str) -> None:
    ranges = find_space(name).ranges
    assert [one for one in PRINTED[name] if not all(ranges[key].holds(value) for key, value in one.items())] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("optimizer: { lr: { low: 1, high: 0 } }", "optimizer.lr"),
        ("optimizer: { lr: { low: 0, high: 1, log: true } }", "above 0"),
        ("batch_size: { choices: [3] }", "two or more"),
        ("batch_size: { choices: 3 }", "two or more"),
        ("batch_size: 3", "two or more"),
        ("batch_size: { low: 1, high: 2, step: 1 }", "step"),
        ("seed: { choices: [1, 2] }", "seed is not searched"),
        ("data: { split: { seed: { choices: [1, 2] } } }", "data.split.seed is not searched"),
        ("threads: { choices: [1, 2] }", "threads is not searched"),
    ],
)
def test_what_is_no_space_is_refused(written: Path, text: str, told: str) -> None:
    (written / "bad.yaml").write_text(f"title: x\ncells: []\nspace: {{ {text} }}\n")
    with pytest.raises(ConfigError, match=told):
        find_space("bad")


@pytest.mark.parametrize("text", ["title: x\n", "- 1\n", "title: [\n", "title: x\ncells: []\nspace: 3\n"])
def test_a_file_that_is_no_space_is_refused(written: Path, text: str) -> None:
    (written / "bad.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"bad\.yaml"):
        find_space("bad")


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(ConfigError, match="sase_rate"):
        find_space("sase_rat")


def test_a_key_that_the_cell_lacks_and_a_value_out_of_range_are_named_with_the_file(written: Path) -> None:
    for text, told in (
        ("model: { secnd: { choices: [1, 2] } }", "secnd"),
        ("model: { dropout: { low: 0.5, high: 2.0 } }", "dropout=2"),
    ):
        (written / "bad.yaml").write_text(f"title: x\ncells: []\nspace: {{ {text} }}\n")
        with pytest.raises(ConfigError, match=told) as refused:
            find_space("bad").check(["cell=ck_mug/second"])
        assert refused.value.what.startswith("conf/search/bad.yaml, model.")


def test_numbers_are_written_as_people_type_them() -> None:
    assert Between(1e-5, 0.1, log=True).text(0.00031622776) == "0.000316"
    assert Between(1e-6, 0.1, log=True).text(1.23456e-6) == "1.23e-06"
    assert (Between(1, 9).text(3), Choices((True, None, "a b")).text(None)) == ("3", "null")
    assert Between(1, 9).holds(3)
    assert not any(Between(1, 9).holds(value) for value in (0, 3.5, True, "3", None))
