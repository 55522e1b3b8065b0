"""Tables of labels in every form in which people save them, and what is refused of them, by line and column."""

from __future__ import annotations

import gzip
import logging
import tracemalloc
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets.label_table import read_table, typed
from fer_lab.errors import DataError

ROWS = [["Müller_0.png", "happy", "Smith, Bob"], ["b.png", "sad", "José"]]
FORMS = {
    "utf-8": ("utf-8", ","),
    "utf-8 with a mark": ("utf-8-sig", ";"),
    "utf-16": ("utf-16", "\t"),
    "windows": ("cp1252", ","),
    "bars": ("utf-8", "|"),
}


def written(root: Path, rows: list[list[str]], encoding: str = "utf-8", separator: str = ",", end: str = "\n") -> Path:
    lines = [separator.join(f'"{value}"' if separator in value else value for value in row) for row in rows]
    (root / "t.csv").write_bytes(end.join([separator.join(["path", "label", "subject"]), *lines, ""]).encode(encoding))
    return root


def text(root: Path, lines: str) -> Path:
    (root / "t.csv").write_text(lines)
    return root


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_and_separator_gives_the_same_rows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, form: str, end: str
) -> None:
    table = read_table(written(tmp_path, ROWS, *FORMS[form], end=end), "t.csv")
    assert table.columns.tolist() == ["path", "label", "subject"]
    assert table.to_numpy().tolist() == ROWS
    assert table.index.tolist() == [2, 3]
    assert ("Windows-1252" in caplog.text) == (form == "windows")


def test_values_have_one_spelling(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "José")
    table = read_table(text(tmp_path, f" path ,label\n a.png , {decomposed}\n"), "t.csv")
    assert table.iloc[0].to_dict() == {"path": "a.png", "label": "José"}


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    lines = '\n\npath,label\n\na.png,"two\nlines"\n,\nb.png,sad\n'
    table = read_table(text(tmp_path, lines), "t.csv")
    assert table["path"].to_dict() == {5: "a.png", 8: "b.png"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("path,label,subject\na,x,Smith, Bob\nb,x,Smith, Ann\n", r"line 2: 4 values, column 4 \('Bob'\)"),
        ("path,label,subject\na,x,S1\n\nb,x,Smith, Bob\n", r"line 4: 4 values, column 4 \('Bob'\)"),
        ("path,label,subject\na,x\n", "line 2: 2 values, none for the column 'subject'"),
        ("path, label,label\na,x,y\n", r"line 1: the column 'label' stands twice \(columns 2, 3\)"),
        ("path,label\n", "a header and no row"),
        ('path,label\na,"x\n', "not a CSV"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_table(text(tmp_path, lines), "t.csv")


@pytest.mark.parametrize("lines", ["", "\n \n"])
def test_nothing_is_no_table(tmp_path: Path, lines: str) -> None:
    with pytest.raises(DataError, match=r"t\.csv"):
        read_table(text(tmp_path, lines), "t.csv")


def test_empty_columns_that_spreadsheets_add_do_not_count(tmp_path: Path) -> None:
    table = read_table(text(tmp_path, "path,label,,\na,x,,\nb,y\n,,,\n"), "t.csv")
    assert table.to_numpy().tolist() == [["a", "x"], ["b", "y"]]


@pytest.mark.parametrize("lines", ["a.jpg 5\nb.jpg 4\n", "a.jpg,5\nb.jpg,4\n"])
def test_a_list_without_a_header(tmp_path: Path, lines: str) -> None:
    table = read_table(text(tmp_path, lines), "t.csv", headerless=["path", "label"])
    assert table.to_dict("list") == {"path": ["a.jpg", "b.jpg"], "label": ["5", "4"]}
    assert table.index.tolist() == [1, 2]


def test_text_in_no_known_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("path,label\na,x\n".encode("utf-16-le"))
    with pytest.raises(DataError, match="line 1 holds zero bytes"):
        read_table(tmp_path, "t.csv")
    (tmp_path / "t.csv").write_bytes(b"path,label\na,\x81\n")
    with pytest.raises(DataError, match="neither UTF-8 nor Windows-1252"):
        read_table(tmp_path, "t.csv")


@pytest.mark.parametrize("begin", [b"", b"emotion,pixels\n0,"])
@pytest.mark.parametrize("filling", [b"\0", b"1"])
def test_a_small_archive_of_endless_lines_takes_no_memory(tmp_path: Path, begin: bytes, filling: bytes) -> None:
    with gzip.open(tmp_path / "t.csv.gz", "wb", compresslevel=1) as file:
        file.write(begin)
        for _ in range(60):
            file.write(filling * 10**6)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"t\.csv\.gz cannot be read: (line|more than)"):
        read_table(tmp_path, "t.csv.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    whole = gzip.compress(b"emotion,pixels\n" + b"".join(b"%d,1 2 3\n" % number for number in range(500)))
    for damaged in (whole[:-40], whole[:60] + bytes(40) + whole[100:], b"no archive"):
        (tmp_path / "t.csv.gz").write_bytes(damaged)
        with pytest.raises(DataError, match=r"t\.csv\.gz cannot be read: damaged"):
            read_table(tmp_path, "t.csv.gz")


def test_only_the_columns_asked_for_are_kept(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, ROWS), "t.csv", ["label"]).columns.tolist() == ["label"]


def test_types_are_those_that_pandas_reads(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = "subject,age,glasses,score,id\n1,23,True,,07\n2,24,False,0.1234,x\n"
    caplog.set_level(logging.WARNING)
    found = typed(read_table(text(tmp_path, lines), "t.csv"), texts=["subject"])
    expected = pd.read_csv(tmp_path / "t.csv", dtype={"subject": str}).set_axis([2, 3])
    pd.testing.assert_frame_equal(found, expected)
    assert not caplog.text


def test_a_person_may_be_called_na(tmp_path: Path) -> None:
    found = typed(read_table(text(tmp_path, "subject,age\nNA,23\n,NA\n"), "t.csv"), texts=["subject"])
    assert found["subject"].iloc[0] == "NA"
    assert found.isna().to_numpy().tolist() == [[False, False], [True, True]]
