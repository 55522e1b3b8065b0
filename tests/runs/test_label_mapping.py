"""Labels mapped by mass centres: of the cell's data to the classes of its parent's training part."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation.targets import Classes
from fer_lab.runs import label_mapping as mapping
from fer_lab.runs import stated
from fer_lab.runs.label_mapping import centres, mapped, without_sweep
from fer_lab.tables import Printed, Row, Table

SPLIT = {"kind": "given", "thesis": {"train": "Training", "val": "PrivateTest", "test": "PublicTest"}}
CELLS = {"own/one": ["other/parent"], "other/parent": [], "own/two": ["other/parent", "own/one"]}
LEVELS = {"joy": 200, "fear": 60}  # the grey of a class's pictures in the parent's data
SHOWN = {"contempt": [190, 210, 70], "fear": [50, 55, 60]}  # of the cell's data: two of three are near joy
CALLS: list[str] = []


def configuration(cell: str) -> dict[str, Any]:
    data = {"name": cell.split("/")[0], "target": "emotion", "split": SPLIT}
    return {"parents": CELLS[cell], "data": data, "faces": {"views": ["raw"]}, "protocol": {"name": "thesis"}}


def data_set(config: dict[str, Any]) -> tuple[list[tuple[str, str, int]], tuple[str, ...]]:
    """Label, part and grey of each picture, and the labels in order."""
    if config["data"]["name"] == "own":
        return [(label, "", grey) for label, greys in SHOWN.items() for grey in greys], (*SHOWN, "sadness")
    around = [("Training", 0), ("Training", 4), ("Training", -3), ("PublicTest", 1), ("PrivateTest", 2)]
    rows = [(label, part, level + offset) for label, level in LEVELS.items() for part, offset in around]
    # Another grey before all others, and in the test part only: a centre if parts did not count.
    return [("joy", "PublicTest", 60)] * 9 + rows, ("fear", "joy")


def source(config: dict[str, Any]) -> Any:
    rows, names = data_set(config)
    index = pd.DataFrame(rows, columns=["emotion", "part_given", "grey"])
    index = index.assign(id=[f"{n:02d}" for n in range(len(rows))], subject="")
    return SimpleNamespace(index=index, dataset=SimpleNamespace(title="faces", targets={"emotion": Classes(names)}))


def store(opened: Any, config: dict[str, Any]) -> Any:
    CALLS.append(config["data"]["name"])
    # A face of each row but the last one of the cell's own data, where none was found.
    kept = opened.index.iloc[: -1 if config["data"]["name"] == "own" else None]
    pixels = np.zeros((len(kept), 6, 6, 1), np.uint8) + kept["grey"].to_numpy(np.uint8)[:, None, None, None]
    frames = pd.DataFrame({"id": kept["id"].to_numpy(), "row": range(len(kept))})
    return SimpleNamespace(frames=frames, view=lambda name: pixels)


@pytest.fixture(autouse=True)
def _two_data_sets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    named = lambda words: configuration(next(word for word in words if word.startswith("cell=")).split("=")[1])  # noqa: E731
    monkeypatch.setattr(mapping, "compose", named)
    monkeypatch.setattr(mapping, "for_parent", lambda words, cell, parent: [*words, f"cell={parent}"])
    monkeypatch.setattr(mapping, "open_source", source)
    monkeypatch.setattr(mapping, "open_faces", store)
    monkeypatch.setattr(mapping, "twin_is_there", lambda config: config["data"]["name"] == "own")
    mapping._mapped.cache_clear()
    CALLS.clear()
    yield
    mapping._mapped.cache_clear()


def printed(name: str, of: str) -> Printed:
    return Printed("Value", "almost 50%", 0.5, "own/one", "mapping", name, of)


def table(*values: Printed) -> Table:
    rows = tuple(Row(("a",), (value,)) for value in values)
    return Table("t", "1", "A table", "1", ("Label",), ("Value",), rows, (0,))


def test_every_label_is_distributed_over_the_parents_classes() -> None:
    found = mapped("own/one", [], "absolute")
    assert (found.labels, found.classes) == (("contempt", "fear", "sadness"), ("fear", "joy"))
    assert found.counts.tolist() == [[1, 2], [2, 0], [0, 0]]
    assert found.share("contempt as joy") == pytest.approx(2 / 3)
    assert found.share("fear as joy") == 0
    assert np.isnan(found.share("sadness as joy"))


def test_cropped_faces_are_white_outside_in_both_data_sets() -> None:
    assert (centres("other/parent", [], "absolute, cropped")[0][:, 0, 0] == 255).all()
    assert mapped("own/one", [], "absolute, cropped").counts.tolist() == [[1, 2], [2, 0], [0, 0]]


def test_mass_centres_are_images_of_the_training_part() -> None:
    images, classes = centres("other/parent", [], "absolute")
    assert classes == ("fear", "joy")
    assert images[:, 0, 0].tolist() == [60, 200]


def test_a_mapping_is_computed_once_whatever_is_read_of_it() -> None:
    values = [printed("absolute", of) for of in ("contempt as joy", "contempt as fear", "sadness as joy")]
    known = stated(table(*values), ["profile=smoke", "seed=0"])
    assert CALLS == ["own", "other"]
    assert list(known.values()) == pytest.approx([2 / 3, 1 / 3])
    assert stated(table(*values), ["profile=smoke", "seed=1,2"]) == known
    assert CALLS == ["own", "other"]


def test_no_twin_is_drawn_for_a_mapping() -> None:
    assert stated(table(printed("absolute", "contempt as joy")), [], make=False) == {}
    assert CALLS == []


def test_what_cannot_be_mapped_is_refused() -> None:
    with pytest.raises(ConfigError, match="0 parents"):
        mapped("other/parent", [], "absolute")
    with pytest.raises(ConfigError, match="2 parents"):
        mapped("own/two", [], "absolute")
    with pytest.raises(ConfigError, match="contempt as anger"):
        mapped("own/one", [], "absolute").share("contempt as anger")


def test_coloured_faces_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = SimpleNamespace(view=lambda name: np.zeros((2, 6, 6, 3), np.uint8))
    monkeypatch.setattr(mapping, "open_faces", lambda opened, config: coloured)
    with pytest.raises(ConfigError, match="faces=raw"):
        mapped("own/one", [], "absolute")


def test_what_narrows_a_sweep_is_left_out() -> None:
    assert without_sweep(["seed=0", "profile=smoke", "cell=a/b", "table=1"]) == ["profile=smoke"]
