from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets import TwinScale, count, make_twin
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.datasets.sase_fe import SaseFe
from fer_lab.errors import ConfigError


def test_a_twin_is_counted(tmp_path: Path) -> None:
    SaseFe().write_twin(tmp_path, TwinScale(2, 2, (0.5, 0.8), 64))
    index = SaseFe().index(tmp_path)
    found = {name: count(name, tmp_path, index) for name in ("subjects", "videos", "images", "fps", "races")}
    assert found == {"subjects": 2, "videos": 24, "images": 0, "fps": 100.0, "races": None}
    shortest, longest = map(float, str(count("seconds", tmp_path, index)).removesuffix(" seconds").split("-"))
    assert 3 <= shortest <= longest <= 4
    youngest, oldest = map(int, str(count("ages", tmp_path, index)).split("-"))
    assert 19 <= youngest <= oldest <= 36
    assert str(count("sexes", tmp_path, index)).endswith(("male", "female"))


def test_what_is_not_told_is_not_made_up(tmp_path: Path) -> None:
    index = pd.DataFrame({"id": ["a"], "path": ["a.png"], "kind": ["image"], "subject": [""], "fps": [float("nan")]})
    assert [count(name, tmp_path, index) for name in ("ages", "sexes", "fps")] == [None, None, None]
    with pytest.raises(ConfigError, match="sexes"):
        count("sex", tmp_path, index)


def test_figures_of_a_class_or_part(cache: Path, scale: TwinScale) -> None:
    root = make_twin(Fer2013(), scale)
    index = Fer2013().index(root)
    anger, training = index["emotion"] == "anger", index["part_given"] == "Training"
    names = ("class.anger", "images.anger", "part.Training", "images", "size", "sequences.anger", "subjects.anger")
    assert [count(name, root, index) for name in names] == [
        *(anger.sum(), anger.sum(), training.sum(), len(index), "48 x 48", 0, None)
    ]  # nobody knows who is in the pictures


@pytest.mark.parametrize("layout", ["images", "archive"])
def test_sequences_are_counted_in_both_layouts(cache: Path, scale: TwinScale, layout: str) -> None:
    root = make_twin(CkPlus(layout), scale)
    index = CkPlus(layout).index(root)
    of_anger = index[index["emotion"] == "anger"]
    assert count("sequences", root, index) == index["sequence"].nunique()
    assert count("sequences.anger", root, index) == of_anger["sequence"].nunique()
    assert count("subjects.anger", root, index) == of_anger["subject"].nunique()
    assert count("class.anger", root, index) == len(of_anger)
    assert count("size", root, index) == ("48 x 48" if layout == "images" else "64 x 64")
    assert count("part.Training", root, index) is None


def test_the_size_of_pixels_as_text(cache: Path, scale: TwinScale) -> None:
    root = make_twin(Fer2013("csv"), scale)
    index = Fer2013().index(root)
    assert [count(name, root, index) for name in ("size", "images", "videos")] == ["48 x 48", len(index), 0]


@pytest.mark.parametrize("name", ["class.angry", "part.Test", "clas.anger", "class", "sequence"])
def test_an_unknown_figure_is_answered_with_the_nearest(cache: Path, scale: TwinScale, name: str) -> None:
    root = make_twin(Fer2013(), scale)
    with pytest.raises(ConfigError, match=f"count '{name}'"):
        count(name, root, Fer2013().index(root))


def test_figures_of_a_member_of_a_composite_data_set(tmp_path: Path) -> None:
    rows = [("first", "anger", "a"), ("first", "neutral", "b"), ("second", "anger", "c")]
    index = pd.DataFrame(rows, columns=["origin", "emotion", "subject"]).assign(kind="image")
    names = ("class.anger", "first/class.anger", "second/class.neutral", "second/images", "first/subjects")
    assert [count(name, tmp_path, index) for name in names] == [2, 1, 0, 1, 2]
    for name in ("third/images", "second/class.fear"):
        with pytest.raises(ConfigError, match=name):
            count(name, tmp_path, index)
    with pytest.raises(ConfigError, match="a member of a composite data set"):
        count("first/images", tmp_path, index.drop(columns="origin"))
