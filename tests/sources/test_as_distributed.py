"""CK+ and MUG as they are handed out, zipped and in folders of their own, opened as ``ck_mug`` with ``source=real``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fer_lab.datasets import TwinScale, make_twin
from fer_lab.datasets.base import SUBJECTS
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.datasets.mug import Mug
from fer_lab.errors import DataError
from fer_lab.sources import open_data, open_faces, split_of

SCALE = TwinScale(subjects=6, frames_per_window=6, window=(0.0, 1.0), size=128, stills=40)
SMOKE = ["source=real", "profile=smoke", "workers=1", "faces=viola_jones"]


@pytest.fixture(scope="module")
def distributed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CK+ as two archives, MUG as a folder of people within ``subjects3``; neither says more of its people."""
    root = tmp_path_factory.mktemp("data")
    archive, mug = make_twin(CkPlus("archive"), SCALE), make_twin(Mug(), SCALE)
    (root / "ck_plus").mkdir()
    for name, folder in (("extended-cohn-kanade-images", "cohn-kanade-images"), ("Emotion_labels", "Emotion")):
        shutil.make_archive(str(root / "ck_plus" / name), "zip", archive, folder)
    left_out = shutil.ignore_patterns(SUBJECTS, "truth", "manifest*", "*.csv")
    shutil.copytree(mug, root / "mug" / "subjects3", ignore=left_out)
    return root


def test_both_archives_give_faces_and_parts_without_a_person_in_two(distributed: Path) -> None:
    config, source = open_data("ck_mug", [*SMOKE, f"paths.data={distributed}"])
    index = source.index
    assert index["origin"].value_counts().gt(10).to_dict() == {"ck_plus": True, "mug": True}
    assert set(index["emotion"]) == {"anger", "disgust", "fear", "happiness", "sadness", "surprise"}
    assert index.loc[index["origin"] == "ck_plus", "path"].str.contains(r"\.zip/cohn-kanade-images/S\d+/\d+$").all()
    assert index.loc[index["origin"] == "mug", "path"].str.contains(r"subjects3/\d{3}/\w+/take\d{3}$").all()
    faces = open_faces(source, config)
    pixels = faces.view("face")
    assert pixels.shape[1:] == (32, 32, 3)
    split = split_of(config, index, faces)
    people = {part: {split.subjects[name] for name in split.ids(part)} for part in ("train", "val", "test")}
    assert all(people.values())
    assert not people["train"] & (people["val"] | people["test"])


@pytest.mark.parametrize(("there", "gone"), [("ck_plus", "mug"), ("mug", "ck_plus")])
def test_with_one_of_the_two_it_says_which_lacks_and_what_that_would_add(
    distributed: Path, tmp_path: Path, there: str, gone: str
) -> None:
    with pytest.raises(DataError) as caught:
        open_data("ck_mug", [*SMOKE, f"paths.{there}={distributed / there}", f"paths.{gone}={tmp_path / gone}"])
    said = str(caught.value)
    assert f"member {gone}" in said
    assert f"(the others: {there})" in said
    assert f"point paths.{gone} at it" in said
