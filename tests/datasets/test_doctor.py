from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.datasets.doctor import contact_sheet, examine, some
from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.datasets.folder import Folder
from fer_lab.datasets.oulu_casia import EMOTIONS, OuluCasia
from fer_lab.datasets.sase_fe import SaseFe


def whole() -> pd.DataFrame:
    """The index of a complete OULU-CASIA."""
    pairs = pd.DataFrame(product(OuluCasia.subjects, EMOTIONS), columns=["subject", "emotion"])
    index = pairs.assign(id=pairs["subject"] + "/" + pairs["emotion"], kind="sequence", fps=25.0)
    return index.assign(path=index["id"])


def without(index: pd.DataFrame, *ids: str) -> pd.DataFrame:
    return index[~index["id"].isin(ids)]


def test_a_whole_copy_has_no_problem() -> None:
    report = examine(OuluCasia(), whole())
    assert report.counts.to_numpy().tolist() == [["videos", 480, 480], ["subjects", 80, 80]]
    assert report.classes["files"].tolist() == [80] * 6
    assert report.subjects[["files", "missing"]].drop_duplicates().to_numpy().tolist() == [[6, 0]]
    assert (report.problems, report.missing, report.absent, report.strangers) == ((), [], (), ())


def test_a_missing_emotion_is_named() -> None:
    report = examine(OuluCasia(), without(whole(), "P017/anger", "P017/fear", "P080/surprise"))
    assert report.missing == ["P017: Anger, Fear missing", "P080: Surprise missing"]
    assert report.subjects.set_index("subject").loc["P017", ["files", "missing"]].tolist() == [4, 2]
    assert report.problems == ("477 of 480 videos", "P017: Anger, Fear missing; P080: Surprise missing")


def test_missing_and_unexpected_people_are_named() -> None:
    index = whole().replace({"subject": {"P030": "P081"}})
    report = examine(OuluCasia(), index)
    assert (report.absent, report.strangers) == (("P030",), ("P081",))
    assert report.problems == ("subjects missing: P030",)


def test_a_class_without_a_file_is_a_problem() -> None:
    index = whole()
    report = examine(OuluCasia(), index[index["emotion"] != "disgust"])
    assert "no file of emotion disgust" in report.problems
    assert report.problems[-1].endswith("P005: Disgust missing; and 75 more")


def test_what_was_left_out_and_renamed_is_told() -> None:
    index = whole()
    index.attrs = {
        "skipped": [{"id": "x", "reason": "why"}],
        "renamed": [{"name": "Happy", "meaning": "happiness"}] * 3,
    }
    report = examine(OuluCasia(), index)
    assert report.skipped.to_numpy().tolist() == [["x", "why"]]
    assert report.renamed.to_numpy().tolist() == [["Happy", "happiness", 3]]
    assert report.problems == ()


def test_where_not_everyone_shows_all_a_gap_is_no_problem(sase_twin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SaseFe, "published", {"videos": 22, "subjects": 2})
    index = SaseFe().index(sase_twin)
    report = examine(SaseFe(), without(index, "subject_01/anger_genuine"))
    assert report.missing == ["subject_01: Anger_genuine missing"]
    assert report.problems == ()


def test_a_small_sase_fe_falls_short(sase_twin: Path) -> None:
    assert examine(SaseFe(), SaseFe().index(sase_twin)).problems == ("24 of 643 videos", "2 of 50 subjects")


def test_parts_are_counted_where_no_one_is_known() -> None:
    rows = [(f"{part}/{e}", "", "pixels", e, part) for part in ("Training", "PublicTest") for e in EMOTIONS]
    index = pd.DataFrame(rows, columns=["id", "subject", "kind", "emotion", "part_given"])
    report = examine(Fer2013(), index)
    assert report.counts["found"].tolist() == [12, 6, 6, 0]
    assert report.problems[-2:] == ("0 of 3589 PrivateTest", "no file of emotion neutral")
    assert report.subjects.empty


def test_nothing_is_expected_of_a_folder_of_ones_own() -> None:
    index = pd.DataFrame({"id": ["a"], "subject": ["ann"], "kind": ["image"], "label": ["anger"]})
    report = examine(Folder(), index)
    assert report.counts.to_numpy().tolist() == [["images", 1, None], ["subjects", 1, None]]
    assert (report.problems, report.missing) == ((), [])


def test_some_rows_are_the_same_on_every_call() -> None:
    assert some(whole(), 6)["id"].tolist() == some(whole(), 6)["id"].tolist()
    assert len(some(whole().head(3), 6)) == 3


def test_short_rows_of_a_sheet_are_filled_up() -> None:
    sheet = contact_sheet([np.zeros((2, 4, 4, 3), np.uint8), np.full((1, 4, 4, 3), 255, np.uint8)])
    assert sheet.shape == (8, 8, 3)
    assert sheet[4:, :4].min() == 255
    assert (sheet[4:, 4:] == 128).all()
