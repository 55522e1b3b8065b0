"""The single images of Rosa Ramos 2018: each data set's names, its twin, and what is not read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import IDENTITIES, Composite, TwinScale, make_twin
from fer_lab.datasets.cafe import Cafe
from fer_lab.datasets.dartmouth import DartmouthChildren
from fer_lab.datasets.doctor import examine
from fer_lab.datasets.face_place import FacePlace
from fer_lab.datasets.jaffe import Jaffe
from fer_lab.datasets.kdef import Kdef
from fer_lab.datasets.named_stills import NamedStills
from fer_lab.datasets.named_stills_twin import sitters
from fer_lab.datasets.pics_pain import PicsPain
from fer_lab.datasets.rafd import Rafd
from fer_lab.errors import ConfigError, DataError
from tests.datasets.contract import DataSetContract

ALL = (Jaffe, Kdef, Rafd, DartmouthChildren, PicsPain, Cafe, FacePlace)
WHOLE = TwinScale(None, None, (0.0, 1.0), 64, None)


def write(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        media.write_image(root / name, np.zeros((8, 8), np.uint8))
    return root


def reasons(index: pd.DataFrame) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in index.attrs["skipped"]}


def planned(dataset: NamedStills) -> pd.DataFrame:
    """The index of a whole twin, all angles, without drawing it."""
    shots = [shot for sitter in sitters(dataset.name, dataset.cast, None) for shot in dataset.shots(sitter)]
    rows = [{"id": Path(shot.path).stem, "kind": "image", **dataset.said(PurePosixPath(shot.path))} for shot in shots]
    index = pd.DataFrame(rows)
    assert index["emotion"].tolist() == [shot.emotion for shot in shots]
    return index


class TestNamedStills(DataSetContract):
    @pytest.fixture(scope="class", params=ALL, ids=lambda kind: kind.name)
    @classmethod
    def dataset(cls, request: pytest.FixtureRequest) -> NamedStills:
        made: NamedStills = request.param()
        return made

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, dataset: NamedStills, cache: Path, scale: TwinScale) -> Path:
        return make_twin(dataset, scale)

    def test_two_people_show_everything_that_is_known(self, dataset: NamedStills, index: pd.DataFrame) -> None:
        assert index["subject"].nunique() == 2
        shown = set(dataset.targets["emotion"].names) if dataset.name != "face_place" else {"neutral"}
        assert set(index["emotion"]) == shown or dataset.name == "cafe"  # its last person has two pictures
        assert len(index) + len(index.attrs["skipped"]) <= 70

    def test_what_is_listed_is_seen_from_a_side(self, index: pd.DataFrame) -> None:
        assert all(reason.startswith("seen from ") for reason in reasons(index).values())

    def test_the_people_are_those_of_its_own_range(self, dataset: NamedStills) -> None:
        everyone = sitters(dataset.name, dataset.cast, None)
        assert {sitter.identity for sitter in everyone} <= set(IDENTITIES[dataset.name])
        assert len({sitter.identity for sitter in everyone}) == len(everyone)

    def test_a_whole_twin_is_whole(self, dataset: NamedStills) -> None:
        index = planned(dataset)
        assert examine(dataset, index).problems == ()
        assert index["id"].is_unique
        assert len(index) == dataset.published.get("images", len(index))


@pytest.mark.parametrize(
    ("dataset", "name", "known"),
    [
        (Jaffe(), "KA.AN1.39.tiff", {"subject": "KA", "emotion": "anger"}),
        (Kdef(), "AF01ANS.JPG", {"subject": "F01", "emotion": "anger", "session": "A", "sex": "female", "angle": 0}),
        (
            Kdef(),
            "bm35SUHL.jpg",
            {"subject": "M35", "emotion": "surprise", "session": "b", "sex": "male", "angle": -45},
        ),
        (
            Rafd(),
            "Rafd135_61_Caucasian_female_contemptuous_left.jpg",
            {
                "subject": "61",
                "emotion": "contempt",
                "group": "Caucasian",
                "gaze": "left",
                "sex": "female",
                "angle": -45,
            },
        ),
        (PicsPain(), "m10sa2.jpg", {"subject": "M10", "emotion": "sadness"}),
        (PicsPain(), "f1s1.jpg", {"subject": "F1", "emotion": "surprise"}),
        (Cafe(), "027_ht2.pgm", {"subject": "027", "emotion": "happiness"}),
        (Cafe(), "043_m1.pgm", {"subject": "043", "emotion": "sadness"}),
        (
            FacePlace(),
            "BM0607_1100_30R.jpg",
            {"subject": "BM0607", "emotion": "neutral", "race": "Black", "session": "1100", "sex": "male", "angle": 30},
        ),
        (
            FacePlace(),
            "AF0304_1101_NE.jpg",
            {
                "subject": "AF0304",
                "emotion": "neutral",
                "race": "Asian",
                "session": "1101",
                "sex": "female",
                "angle": 0,
            },
        ),
    ],
)
def test_names_as_distributed(dataset: NamedStills, name: str, known: dict[str, object], tmp_path: Path) -> None:
    row = dataset.index(write(tmp_path, f"deeper/{name}")).to_dict("records")[0]
    assert {column: row[column] for column in known} == known
    assert (row["id"], row["path"], row["kind"]) == (Path(name).stem, f"deeper/{name}", "image")


def test_the_whole_twins_have_the_counts_of_the_thesis() -> None:
    jaffe = planned(Jaffe())["emotion"].value_counts()
    assert jaffe.to_dict() == {
        "anger": 30, "disgust": 29, "fear": 32, "happiness": 31, "neutral": 30, "sadness": 31, "surprise": 30
    }  # fmt: skip
    rafd = planned(Rafd())
    assert set(rafd["emotion"][rafd["angle"] == 0].value_counts()) == {201}
    assert len(planned(Cafe())) == 146
    assert planned(FacePlace())["subject"].nunique() == 235


def test_a_name_that_does_not_parse_is_listed_with_the_form_expected(tmp_path: Path) -> None:
    index = Jaffe().index(write(tmp_path, "KA.AN1.39.tiff", "IMG_0001.png", "KA.XX1.40.tiff"))
    assert index["id"].tolist() == ["KA.AN1.39"]
    assert reasons(index) == {
        "IMG_0001.png": "not an image named as KA.AN1.39.tiff",
        "KA.XX1.40.tiff": (
            "expression 'xx' is none of an, di, fe, ha, ne, sa, su (data.dataset.codes says what codes mean)"
        ),
    }
    (tmp_path / "README_FIRST.txt").write_text("x")
    assert "README_FIRST.txt" in reasons(Jaffe().index(tmp_path))


def test_a_folder_of_other_names_is_refused_with_the_tree(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"not an image named as AF01ANS\.JPG: AF31V\.JPG") as caught:
        Kdef().index(write(tmp_path, "AF31V.JPG"))
    assert "FL full left" in str(caught.value)


def test_two_images_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"1 ids occur twice, the first is 'AF01ANS'"):
        Kdef().index(write(tmp_path, "AF01/AF01ANS.JPG", "copy/AF01ANS.JPG"))


def test_profiles_cannot_be_aligned_and_are_counted(tmp_path: Path) -> None:
    names = [f"AF01AN{angle}.JPG" for angle in ("FL", "HL", "S", "HR", "FR")]
    root = write(tmp_path, *names)
    index = Kdef().index(root)
    assert index["angle"].tolist() == [-45, 45, 0]
    assert reasons(index) == {
        "AF01ANFL.JPG": "seen from -90 degrees (data.dataset.angles: -45, 0, 45)",
        "AF01ANFR.JPG": "seen from 90 degrees (data.dataset.angles: -45, 0, 45)",
    }
    assert Kdef(angles=[0]).index(root)["id"].tolist() == ["AF01ANS"]
    assert len(Kdef(angles=[-90, -45, 0, 45, 90]).index(root)) == 5
    with pytest.raises(ConfigError, match=r"data\.dataset\.angles: 44"):
        Kdef(angles=[44])


def test_the_published_counts_are_those_of_the_angles_used() -> None:
    assert [Kdef(angles=angles).expected(pd.DataFrame())["images"] for angles in (None, [0])] == [2940, 980]
    assert Rafd(angles=[0]).expected(pd.DataFrame()) == {"images": 1608, "subjects": 67}
    assert DartmouthChildren().expected(pd.DataFrame()) == {"subjects": 80}


def test_images_in_a_zip_are_read(tmp_path: Path) -> None:
    write(tmp_path / "KDEF", "AF01/AF01ANS.JPG")
    shutil.make_archive(str(tmp_path / "KDEF"), "zip", tmp_path, "KDEF")
    shutil.rmtree(tmp_path / "KDEF")
    row = Kdef().index(tmp_path).to_dict("records")[0]
    assert row["path"] == "KDEF.zip/KDEF/AF01/AF01ANS.JPG"
    assert len(list(media.frames(tmp_path, row["path"], "image"))) == 1


def test_other_names_and_codes_can_be_said(tmp_path: Path) -> None:
    dataset = DartmouthChildren(
        pattern=r"(?P<subject>\w\d+)-(?P<expression>\w+)\.bmp",
        codes={"ANG": "anger", "Content": None, "joyful": "happiness"},
    )
    index = dataset.index(write(tmp_path, "a1-ang.bmp", "a1-Joyful.bmp", "a1-content.bmp", "a1-odd.bmp"))
    assert dict(zip(index["id"], index["emotion"], strict=True)) == {"a1-Joyful": "happiness", "a1-ang": "anger"}
    found = reasons(index)
    assert found["a1-content.bmp"].startswith("expression 'content' is no class")
    assert found["a1-odd.bmp"].startswith("expression 'odd' is none of anger, ")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pattern": "("}, r"data\.dataset\.pattern='\('"),
        ({"pattern": r"\w+"}, r"a group \(\?P<subject>\.\.\.\)"),
        ({"pattern": r"(?P<subject>\w)(?P<ages>\d)"}, "group 'ages'.*'age'"),
        ({"codes": {"AX": "angr"}}, r"data\.dataset\.codes\.ax='angr'"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Jaffe(**settings)  # type: ignore[arg-type]
    assert re.search(message, str(caught.value).replace("\n", " "))


def test_no_picture_of_children_may_be_published() -> None:
    assert not DartmouthChildren().publishable
    members = {"dartmouth": DartmouthChildren(), "jaffe": Jaffe()}
    assert not Composite("both", "both", members, Jaffe.targets).publishable


def test_a_twin_is_the_same_for_any_number_of_workers(tmp_path: Path, scale: TwinScale) -> None:
    for workers in (1, 2):
        (tmp_path / str(workers)).mkdir()
        Jaffe().write_twin(tmp_path / str(workers), scale, workers)
    files = media.list_files(tmp_path / "1")
    assert files == media.list_files(tmp_path / "2")
    assert all((tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes() for file in files)


def test_a_twin_has_everyone_and_a_share_of_their_pictures() -> None:
    some = TwinScale(None, None, (0.0, 1.0), 64, stills=2500)
    assert Rafd().twin_extent(some) == {"subjects": 67, "share": 2500 / 8040, "size": 64}
    assert Rafd().twin_extent(WHOLE)["share"] == 1
    assert Jaffe().twin_extent(TwinScale(40, None, (0.0, 1.0), 64, 2500)) == {"subjects": 10, "share": 1, "size": 64}
    with pytest.raises(ConfigError, match=r"profile\.subjects=0"):
        Jaffe().twin_extent(TwinScale(0, None, (0.0, 1.0), 64, 2500))


def test_heads_and_eyes_turn_in_the_twin(cache: Path) -> None:
    root = make_twin(Rafd(angles=[-90, -45, 0, 45, 90]), TwinScale(1, None, (0.0, 1.0), 64, None))
    index = Rafd(angles=[-90, -45, 0, 45, 90]).index(root)
    assert len(index) == 120
    one = index[(index["emotion"] == "neutral") & ((index["gaze"] == "frontal") | (index["angle"] == 0))]
    pictures = [next(iter(media.frames(root, path, "image"))).image.astype(int) for path in one["path"]]
    apart = [np.abs(first - second).mean() for place, first in enumerate(pictures) for second in pictures[:place]]
    assert min(apart) > 0.2
