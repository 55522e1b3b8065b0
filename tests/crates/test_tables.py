"""Tables, records and manifests that are not as they were written are counted and refused; nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fer_lab.crates.tables import known_columns, read_tables
from fer_lab.crates.write import write_crate
from fer_lab.errors import StoreError
from tests.crates.conftest import HERE, REAL, write_table


def refused(results: Path, match: str) -> None:
    with pytest.raises(StoreError, match=match):
        write_crate(results.parent / "crate", (), HERE)
    assert not (results.parent / "crate").exists()


def test_all_committed_tables_are_read(root: Path) -> None:
    found = read_tables(root / "results" / "reference", (), {})
    assert len(found) == len(list((root / "results" / "reference").glob("*/*/table.csv")))
    assert [table.other for table in found if table.other] == []
    assert {column for table in found for column in table.lines[0]} <= known_columns()


def test_a_table_of_a_newer_version_is_refused(results: Path) -> None:
    write_table(results / "tables" / "moravcik_2021" / "6.2", REAL, "real", from_="1")
    refused(results, r"1 table cannot be taken.*6\.2/table\.csv: has a column that this version does not know: from_")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda text: text.replace("verdict", "verdikt"), "has no column verdict"),
        (lambda text: text.splitlines()[0], "has no line"),
        (lambda text: text + "x,y\n", "has lines of another length"),
        (lambda text: text + text.splitlines()[1].replace("real", "embedded") + "\n", "several tables or stamps"),
        (lambda text: text.replace("moravcik_2021", "rosa_ramos_2018"), "says that it is table 6.1 of rosa_ramos_2018"),
        (lambda text: text.replace(",0,not", ",zero,not"), "invalid literal"),
        (lambda text: text.replace("moravcik", "moravc\xedk"), "codec can't decode"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(results: Path, change: object, match: str) -> None:
    path = results / "tables" / "moravcik_2021" / "6.1" / "table.csv"
    assert callable(change)
    path.write_text(change(path.read_text()), encoding="latin-1")
    refused(results, match)


def test_all_tables_that_are_none_are_counted(results: Path) -> None:
    for path in results.glob("tables/*/*/table.csv"):
        path.write_text("a,b\n")
    refused(results, "2 tables cannot be taken")


def test_a_table_behind_a_link_is_refused(results: Path) -> None:
    place = results / "tables" / "moravcik_2021"
    place.rename(results / "elsewhere")
    place.symlink_to(results / "elsewhere")
    refused(results, "is reached by a link")


def test_other_files_beside_a_table_stay(results: Path) -> None:
    (results / "tables" / "moravcik_2021" / "6.1" / "face.png").write_bytes(b"\x89PNG")
    content = write_crate(results.parent / "crate", (), HERE)
    assert "tables/moravcik_2021/6.1: no part of a table: face.png" in content.told
    assert not list((results.parent / "crate").rglob("face.png"))


@pytest.mark.parametrize("content", ["{", json.dumps({"ids": []}), "[]"])
def test_a_manifest_that_cannot_be_read_is_refused(results: Path, content: str) -> None:
    (results / "runs" / "fer2013_single.base-real" / "split.json").write_text(content)
    refused(results, r"1 split manifest cannot be taken.*fer2013_single\.base-real")


def test_values_that_were_changed_are_refused(results: Path) -> None:
    (results / "runs" / "fer2013_single.base-real" / "config.yaml").write_text("seed: 1\n")
    refused(results, r"1 run cannot be taken.*config\.yaml is damaged")


def test_a_committed_record_that_was_changed_is_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = tmp_path / "results" / "reference" / "moravcik_2021"
    write_table(reference / "6.1", REAL, "real", profile="laptop")
    kept = root / "results/reference/moravcik_2021/runs/fer2013_single-base/run-seed-0.json"
    place = reference / "runs" / "fer2013_single-base" / kept.name
    place.parent.mkdir(parents=True)
    place.write_text(kept.read_text())
    monkeypatch.setattr("fer_lab.crates.content.CHECKOUT", tmp_path)
    assert len(write_crate(tmp_path / "crate", (), []).records) == 1
    place.write_text(kept.read_text().replace('"dropped": 747', '"dropped": 0'))
    with pytest.raises(StoreError, match=r"1 record cannot be taken.*run-seed-0\.json is damaged"):
        write_crate(tmp_path / "other", (), [])
