"""EmotioNet's list in every form in which it goes round, and each row that cannot be used under its reason."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from fer_lab.datasets.emotionet_list import NO_LABEL, TWICE, TWICE_OTHERWISE, UNITS, read_list
from fer_lab.errors import DataError

URLS = ["http://a.com/1.jpg", "http://a.com/c,0,1,x.jpg", "https://b.org/3.png?size=1,2"]
ROWS = [[int((row + unit) % 7 == 0) or (unit % 3 and 999) for unit in range(60)] for row in range(3)]
HEADER = ["URL", *(f"AU {number}" for number in range(1, 61))]


def lines(quoted: bool = False, separator: str = ",", header: list[str] | None = None) -> list[str]:
    urls = [f'"{url}"' if quoted else url for url in URLS]
    rows = [separator.join([url, *map(str, labels)]) for url, labels in zip(urls, ROWS, strict=True)]
    return [separator.join(header), *rows] if header else rows


def written(folder: Path, rows: list[str], encoding: str = "utf-8", end: str = "\n") -> Path:
    path = folder / "list.csv"
    path.write_bytes(end.join([*rows, ""]).encode(encoding))
    return path


def sheet(folder: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "list.xlsx")
    return folder / "list.xlsx"


def reasons(table: pd.DataFrame) -> dict[str, int]:
    return dict(Counter(entry["reason"] for entry in table.attrs["skipped"]))


def assert_whole(table: pd.DataFrame) -> None:
    assert list(table["url"]) == URLS
    assert table[list(UNITS)].to_numpy().tolist() == ROWS
    assert table.attrs == {"skipped": [], "rows": 3}


@pytest.mark.parametrize("header", [None, HEADER, ["address", *map(str, range(1, 61))], ["x", *["y"] * 60]])
@pytest.mark.parametrize("quoted", [True, False])
def test_commas_in_urls_are_kept_whole(tmp_path: Path, quoted: bool, header: list[str] | None) -> None:
    assert_whole(read_list(written(tmp_path, lines(quoted, header=header))))


@pytest.mark.parametrize(("encoding", "separator", "end"), [("utf-8-sig", ";", "\r\n"), ("utf-16", "\t", "\r")])
def test_every_way_to_save_a_csv_is_read(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    assert_whole(read_list(written(tmp_path, lines(separator=separator, header=HEADER), encoding, end)))


@pytest.mark.parametrize("header", [[], [HEADER]])
def test_a_spreadsheet_is_read_with_a_header_or_without(tmp_path: Path, header: list[list[object]]) -> None:
    rows: list[list[object]] = [[url, *labels] for url, labels in zip(URLS, ROWS, strict=True)]
    table = read_list(sheet(tmp_path, [*header, *rows]))
    assert_whole(table)
    assert list(table.index) == [number + len(header) for number in (1, 2, 3)]


def test_the_later_form_names_its_units(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = ["AU 12,AU02,Image URL,AU_1,remark", "1,0,http://a.com/x,y.jpg,999,good", "0,0,http://a.com/z.jpg,1,"]
    table = read_list(written(tmp_path, rows))
    assert list(table["url"]) == ["http://a.com/x,y.jpg", "http://a.com/z.jpg"]
    assert table[["AU1", "AU2", "AU12", "AU3"]].to_numpy().tolist() == [[999, 0, 1, 999], [1, 0, 0, 999]]
    assert "no column of AU3, AU4" in caplog.text
    assert "'remark'" in caplog.text


def test_the_thesis_deletes_commas(tmp_path: Path) -> None:
    table = read_list(written(tmp_path, lines(quoted=True)), delete_commas=True)
    assert list(table["url"]) == [url.replace(",", "") for url in URLS]
    assert table[list(UNITS)].to_numpy().tolist() == ROWS


BAD = {
    "http://a.com/short.jpg," + ",".join(["0"] * 59): "not the 61 columns of the list",
    "http://a.com/two.jpg,2," + ",".join(["0"] * 59): NO_LABEL,
    "http://a.com/none.jpg,," + ",".join(["0"] * 59): NO_LABEL,
    '"http://a.com/open.jpg,' + ",".join(["0"] * 60): "not the 61 columns of the list",
    "," + ",".join(["0"] * 60): "no URL",
    "file:///etc/passwd," + ",".join(["0"] * 60): "a URL of file:, not of http: or https:",
    "ftp://a.com/x.jpg," + ",".join(["0"] * 60): "a URL of ftp:, not of http: or https:",
    "data:image/png;base64,AAAA," + ",".join(["0"] * 60): "a URL of data:, not of http: or https:",
    "http://me:word@a.com/x.jpg," + ",".join(["0"] * 60): "a URL with credentials",
    "http://a.com/\x07.jpg," + ",".join(["0"] * 60): "control characters in the URL",
}


@pytest.mark.parametrize("row", BAD, ids=range(len(BAD)))
def test_a_bad_row_is_named_and_counted_and_the_others_are_read(tmp_path: Path, row: str) -> None:
    table = read_list(written(tmp_path, [lines()[0], row, *lines()[1:]]))
    assert list(table["url"]) == URLS
    assert reasons(table) == {BAD[row]: 1}
    assert table.attrs["skipped"][0]["id"].startswith("line 2: ")
    assert table.attrs["rows"] == 4


def test_of_a_url_twice_the_first_is_kept_where_both_agree(tmp_path: Path) -> None:
    table = read_list(written(tmp_path, [*lines(), lines()[0]]))
    assert (list(table["url"]), reasons(table)) == (URLS, {TWICE: 1})
    table = read_list(written(tmp_path, [*lines(), URLS[0] + ",0" * 60]))
    assert (list(table["url"]), reasons(table)) == (URLS[1:], {TWICE_OTHERWISE: 2})


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["URL,AU 1,AU 2,AU 1", "http://a.com/x,0,0,0"], "AU 1 has two columns"),
        (["AU 1,AU 2", "0,0"], "no column of URLs"),
        (["a,b,c", "http://a.com/x,0,0"], "3 columns, and none of them names an action unit"),
        (["http://a.com/x,0,0"], "not the 61 columns of the list: 1"),
        ([",".join(HEADER)], "no row can be used"),
        ([""], "no row"),
        (["PK\x03\x04" + "x" * 100], "no spreadsheet"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, rows: list[str], what: str) -> None:
    with pytest.raises(DataError, match=what):
        read_list(written(tmp_path, rows))


def test_a_spreadsheet_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_lab.datasets.emotionet_list.MOST", 1000)
    with pytest.raises(DataError, match="GB when unpacked"):
        read_list(sheet(tmp_path, [HEADER]))


def test_text_in_an_old_encoding_is_read_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        table = read_list(written(tmp_path, ["http://a.com/ü.jpg" + ",0" * 60], "cp1252"))
    assert list(table["url"]) == ["http://a.com/ü.jpg"]
    assert "UTF-8" in caplog.text
