"""``fer-lab new``: what it makes of a folder, and that what it writes trains and gives a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from fer_lab import media
from fer_lab.cli.commands import app
from fer_lab.configs import compose
from fer_lab.datamodules.splits import draw_split
from fer_lab.datasets.look import look
from fer_lab.errors import DataError
from fer_lab.sources import open_source
from fer_lab.tables import find_experiment, find_table
from fer_lab.tables.catalogue import _catalogue
from fer_lab.tables.registration import register

WORDS = ("happy", "sad", "angry")


def pictures(root: Path, names: Sequence[str]) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        media.write_image(root / name, np.full((8, 8, 3), 99, np.uint8))
    return root


def class_folders(root: Path) -> Path:
    return pictures(root, [f"{word}/{who}_{word}.png" for word in WORDS for who in ("S01", "S02", "S03", "S04")])


def raf_db(root: Path) -> Path:
    names = [f"train_{number:05d}" for number in range(1, 31)] + [f"test_{number:04d}" for number in range(1, 8)]
    pictures(root, [f"Image/aligned/{name}_aligned.jpg" for name in names])
    (root / "EmoLabel").mkdir()
    lines = "".join(f"{name}.jpg {1 + place % 7}\n" for place, name in enumerate(names))
    (root / "EmoLabel" / "list_patition_label.txt").write_text(lines)
    return root


def listed(root: Path, subject: str, people: int, files: int) -> Path:
    pictures(root, [f"p/{number}.png" for number in range(files)])
    rows = [f"p/{number}.png;{WORDS[number % 3]};{number % people}" for number in range(files)]
    (root / "legend.csv").write_text("\n".join([f"picture;mood;{subject}", *rows]))
    return root


def written(monkeypatch: pytest.MonkeyPatch, project: Path, data: Path, *options: str) -> str:
    project.mkdir(exist_ok=True)
    monkeypatch.chdir(project)
    result = CliRunner().invoke(app, ["new", str(data), *options])
    assert result.exit_code == 0, result.output
    _catalogue.cache_clear()  # in a shell the next command is another process
    register.cache_clear()
    return result.output


def test_class_folders_with_people_in_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = written(monkeypatch, tmp_path / "project", class_folders(tmp_path / "my faces"))
    assert "nobody is in two parts (4 people)" in output
    page = yaml.safe_load((tmp_path / "project/experiments/own/my_faces.yaml").read_text())
    data = page["cells"]["cnn"]["values"]["data"]
    assert (data["dataset"]["classes"], data["split"]["kind"]) == (["anger", "happiness", "sadness"], "subjects")
    assert list(find_experiment("my_faces").cells) == ["my_faces/geometry", "my_faces/cnn"]
    assert find_table("my_faces").cells == ("my_faces/geometry", "my_faces/cnn")


def test_raf_db_has_its_own_parts_and_some_of_training_validate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = written(monkeypatch, tmp_path / "project", raf_db(tmp_path / "raf"))
    assert "WHETHER SOMEBODY IS IN TWO PARTS IS NOT KNOWN" in output
    config = compose(["cell=raf/cnn", "source=real", "profile=smoke"])
    assert config["source"]["weights"] == "embedded"
    index = open_source(config).index
    assert index.set_index("id")["label"]["train_00004.jpg"] == "happiness"  # 4 in RAF-DB's own numbers
    copies = {name: name for name in index["id"]}
    split = draw_split(index, "clean", config["data"]["split"], copies)
    assert [len(split.ids(part)) for part in ("train", "val", "test")] == [27, 3, 7]
    assert all(name.startswith("test_") for name in split.test)
    assert "3 of 30 training items validate" in split.notes[0]


def test_a_list_with_people_is_split_by_them(tmp_path: Path) -> None:
    guess = look(listed(tmp_path, "person", people=6, files=36))
    assert guess.settings["columns"] == {"path": "picture", "label": "mood", "subject": "person", "part": None}
    assert guess.people == 6


def test_few_values_for_many_pictures_are_hardly_people(tmp_path: Path) -> None:
    guess = look(listed(tmp_path, "user.id", people=2, files=210))
    assert guess.settings["columns"]["subject"] is None
    assert "has 2 values for 210 files: hardly people" in guess.words["subject"]


def test_where_nothing_tells_people_apart_it_is_said_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures(tmp_path / "data", [f"{word}/{number}.png" for word in ("calm", "tense") for number in range(5)])
    output = written(monkeypatch, tmp_path, tmp_path / "data")
    assert "NOTHING TELLS PEOPLE APART" in output
    page = (tmp_path / "experiments/own/data.yaml").read_text()
    assert "classes: [calm, tense]" in page
    assert "kind: items" in page


def test_nothing_is_written_over_nor_without_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = class_folders(tmp_path / "data")
    written(monkeypatch, tmp_path, data)
    again = CliRunner().invoke(app, ["new", str(data)])
    assert "is there already" in str(again.exception)
    with pytest.raises(DataError, match="no list that names them"):
        look(pictures(tmp_path / "bare", ["1.png", "2.png"]))


def test_other_labels_need_no_new_faces(tmp_path: Path) -> None:
    data = class_folders(tmp_path / "data")
    (data / "other.csv").write_text("path,label\n" + "".join(
        f"{word}/{who}_{word}.png,sad\n" for word in WORDS for who in ("S01", "S02", "S03", "S04")
    ))  # fmt: skip
    common = ["data=folder", "source=real", "profile=smoke", f"paths.folder={data}"]
    first = open_source(compose(common))
    second = open_source(compose([*common, "data.dataset.labels=other.csv"]))
    assert first.signature != second.signature
    assert first.pictures == second.pictures
