"""Where the URLs of the twin lead, and that they are fetched as a user would fetch them."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from fer_lab.datasets import count
from fer_lab.datasets.emotionet import EmotioNet
from fer_lab.datasets.emotionet_twin import IMAGES, LIST, write
from fer_lab.datasets.emotionet_web import FAILURES, LISTED, NOT_FETCHED, failures, pages_of
from fer_lab.errors import ConfigError, StoreError
from fer_lab.fetching import file_name
from fer_lab.fetching.download import download
from fer_lab.fetching.journal import Journal
from fer_lab.fetching.limits import Limits
from fer_lab.fetching.outcomes import Outcome
from fer_lab.storage import file_digest
from fer_lab.tables import tables

STILLS = 120


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("twin")
    write(root, STILLS, 64, 1)
    return root


def bytes_of(root: Path) -> dict[str, str]:
    files = (Path(folder, name) for folder, _, names in os.walk(root) for name in names)
    return {file.relative_to(root).as_posix(): file_digest(file) for file in files}


def test_each_url_of_the_twin_ends_as_it_is_meant_to(twin: Path) -> None:
    pages = pages_of(STILLS)
    journal = Journal(twin / "journal.jsonl")
    journal.close()
    assert {url: entry.outcome for url, entry in journal.entries.items()} == {page.url: page.outcome for page in pages}
    assert {page.outcome for page in pages} == {*FAILURES, Outcome.SAVED}
    counted = Counter(page.outcome for page in pages)
    classes = json.loads((twin / "account.json").read_text())["classes"]
    assert classes == {str(outcome): counted[outcome] for outcome in Outcome}
    there = {path.name for path in (twin / IMAGES).iterdir()}
    assert there == {file_name(page.url) for page in pages if page.is_there}
    listed = (twin / LIST).read_text()
    assert all(f"{page.url}," in listed or f'"{page.url}",' in listed for page in pages)


def test_pictures_of_other_forms_become_jpegs(twin: Path) -> None:
    journal = Journal(twin / "journal.jsonl")
    journal.close()
    forms = {entry.form for entry in journal.entries.values() if entry.outcome is Outcome.SAVED}
    assert forms > {"JPEG"}
    for page in pages_of(STILLS):
        if page.is_there:
            with Image.open(twin / IMAGES / file_name(page.url)) as picture:
                assert picture.format == "JPEG"


def test_the_folder_is_the_same_bytes_again_whatever_port_was_free(twin: Path, tmp_path: Path) -> None:
    write(tmp_path, STILLS, 64, 1)
    assert bytes_of(tmp_path) == bytes_of(twin)


def test_where_the_list_is_whole_failures_have_the_shares_of_the_thesis() -> None:
    rows = {row.labels[0]: int(row.values[0].value) for row in tables()["bartissol_2017-text-3.1.2"].rows}
    assert {str(outcome): number for outcome, number in FAILURES.items()} == rows
    lost = round(NOT_FETCHED * LISTED)
    for outcome, number in Counter(failures(lost)).items():
        assert abs(number - FAILURES[outcome] / sum(FAILURES.values()) * lost) <= len(FAILURES)
    assert failures(3) == list(FAILURES)[:3]
    assert failures(0) == []


def test_a_user_gets_to_no_server_by_the_urls_of_the_twin(tmp_path: Path) -> None:
    urls = [page.url for page in pages_of(STILLS) if page.is_there][:2]
    found = download(urls, tmp_path, Limits(retries=0))
    assert {entry.outcome for entry in found.values()} == {Outcome.NO_NAME}


def test_what_became_of_the_list_is_counted_by_its_account(twin: Path) -> None:
    index = EmotioNet().index(twin)
    told = {outcome: count(f"fetched.{outcome}", twin, index) for outcome in Outcome}
    assert told[Outcome.NOT_FOUND] == sum(page.outcome is Outcome.NOT_FOUND for page in pages_of(STILLS))
    assert told[Outcome.SAVED] == len(index)
    lost = [rows for outcome, rows in told.items() if outcome is not Outcome.SAVED]
    assert sum(lost) == count("not_there", twin, index)  # type: ignore[arg-type]


def test_a_copy_without_an_account_tells_no_class_and_a_damaged_one_is_refused(twin: Path, tmp_path: Path) -> None:
    index = EmotioNet().index(twin)
    assert count("fetched.HTTP 404", tmp_path, index) is None
    with pytest.raises(ConfigError, match="HTTP 404"):
        count("fetched.HTTP 405", tmp_path, index)
    (tmp_path / "account.json").write_text('{"classes": {"HTTP 404": "many"}}')
    with pytest.raises(StoreError, match=r"account\.json is damaged"):
        count("fetched.HTTP 404", tmp_path, index)
