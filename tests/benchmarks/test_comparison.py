"""Programs under comparison: what their answers come to, how pictures are read, how a program is asked."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import numpy as np
import pytest

from fer_lab.media import write_image

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_a_missed_face_is_wrong_and_has_no_part_in_what_is_said_of_found_ones() -> None:
    compared = script("compared")
    pictures = [compared.Picture(Path(f"{number}.png"), number % 7, "") for number in range(70)]
    right = [{"faces": 1, "answers": [float(k == one.label) for k in range(7)], "seconds": 0.5} for one in pictures]
    half = [one if number < 35 else {"faces": 0, "answers": None, "seconds": 0.1} for number, one in enumerate(right)]
    found = compared.figures(pictures, half, 35)
    assert (found["pictures"], found["found"], found["several"]) == (70, 35, 0)
    assert found["accuracy_of_all"]["value"] == pytest.approx(0.5)
    assert found["uar_of_all"]["value"] == pytest.approx(0.5)
    assert found["accuracy_of_found"]["value"] == 1
    assert found["ece_of_found"]["value"] == 0
    assert (found["ms"]["lowest"], found["ms"]["highest"]) == pytest.approx((100, 500))


def test_numbers_that_do_not_sum_to_one_are_divided_by_their_sum() -> None:
    compared = script("compared")
    said = {"faces": 1, "answers": [0.2] * 7, "seconds": 1.0}
    scores = compared.scores_of([compared.Picture(Path("a.png"), 2, "somebody")], [said])
    assert scores[[f"p{number}" for number in range(7)]].to_numpy() == pytest.approx(1 / 7)
    assert (scores["label"][0], scores["subject"][0]) == (2, "somebody")


def drawn(folder: Path) -> Path:
    """The two archives, with pictures of noise."""
    rng = np.random.default_rng(0)
    write_image(folder / "a.jpg", rng.integers(0, 256, (48, 48, 3), dtype=np.uint8))
    data = (folder / "a.jpg").read_bytes()
    for part in ("fer2013", "facial_expressions"):
        (folder / part).mkdir()
    with ZipFile(folder / "fer2013" / "test.zip", "w") as archive:
        for name in ("happy/PrivateTest_10", "angry/PrivateTest_9", "sad/PublicTest_3"):
            archive.writestr(f"test/{name}.jpg", data)
    with ZipFile(folder / "facial_expressions" / "images.zip", "w") as archive:
        for name in ("Some_One_0001", "facial-7", "Any_0002"):
            archive.writestr(f"images/{name}.jpg", data)
    rows = ["user.id,image,emotion", "1,Some_One_0001.jpg,SADNESS", "1,facial-7.jpg,neutral", "1,Any_0002.jpg,contempt"]
    (folder / "facial_expressions" / "legend.csv").write_text("\n".join([*rows, "1,absent.jpg,anger"]))
    return folder


def test_pictures_are_read_with_their_classes_and_people(tmp_path: Path) -> None:
    pictures, data = script("pictures"), drawn(tmp_path)
    private = [
        (one.path.name, one.label, one.person) for one in pictures.fer2013(data, tmp_path / "one", "PrivateTest")
    ]
    assert private == [("PrivateTest_9.jpg", 0, ""), ("PrivateTest_10.jpg", 3, "")]
    wild = [(one.path.name, one.label, one.person) for one in pictures.wild(data, tmp_path / "two")]
    assert wild == [("Some_One_0001.jpg", 5, "Some_One"), ("facial-7.jpg", 4, "")]


def test_a_program_is_asked_and_answers_line_by_line(tmp_path: Path) -> None:
    code = "from told import answer_all\nanswer_all(lambda path, already: (print('noise'), (len(path), None))[1])"
    (tmp_path / "program.py").write_text(code)
    asked = "".join(json.dumps({"path": name, "face_already": False}) + "\n" for name in ("a", "bc"))
    done = subprocess.run([sys.executable, tmp_path / "program.py"], input=asked, capture_output=True, text=True,
                          env={"PYTHONPATH": str(ROOT / "benchmarks" / "rivals")}, check=True)  # fmt: skip
    first, *answers, last = map(json.loads, done.stdout.splitlines())
    assert first["megabytes"] > 1
    assert last["megabytes"] >= first["megabytes"]
    assert [one["faces"] for one in answers] == [1, 2]
    assert all(one["answers"] is None and one["seconds"] >= 0 for one in answers)
