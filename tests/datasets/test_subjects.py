"""``subjects.csv``: joined by person, and named in what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets.base import join_subjects
from fer_lab.errors import DataError

INDEX = pd.DataFrame({"id": ["a", "b"], "subject": ["S1", "Zoë"], "label": ["x", "y"]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_people_are_joined_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "subjects.csv").write_bytes("subject,age,glasses\nS1 ,20,True\nZoë,30,False\n".encode(encoding))
    joined = join_subjects(INDEX, tmp_path)
    assert joined["age"].tolist() == [20, 30]
    assert joined["glasses"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", r"subjects\.csv cannot be read: the file is empty"),
        ("subject,age\nS1,20,30\n", r"subjects\.csv, line 2: 3 values"),
        ("person,age\nS1,20\n", "every subject once"),
        ("subject,age\n,20\n", "every subject once"),
        ("subject,id\nS1,7\n", "'id' is a column of the index already"),
        ("subject,label\nS1,7\n", "'label' is a column of the index already"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, lines: str, words: str) -> None:
    (tmp_path / "subjects.csv").write_text(lines)
    with pytest.raises(DataError, match=words):
        join_subjects(INDEX, tmp_path)
