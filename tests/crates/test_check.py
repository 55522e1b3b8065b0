"""A crate that is there: what is missing, changed or added is listed, and the kept validators are asked."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fer_lab.crates.check import compare_files
from fer_lab.crates.croissant import check_croissant
from fer_lab.crates.validators import validate
from fer_lab.errors import StoreError

TABLE = "tables/garcia_zapata_2018/7.8/table.csv"


def change(path: Path, **more: Any) -> None:
    """Another description, with a checksum that fits."""
    path.write_text(json.dumps(json.loads(path.read_text()) | more))
    seal(path)


def seal(path: Path) -> None:
    folder = next(above for above in path.parents if (above / "manifest-sha256.txt").exists())
    name, manifest = path.relative_to(folder).as_posix(), folder / "manifest-sha256.txt"
    lines = [line for line in manifest.read_text().splitlines() if line[66:] != name]
    lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}")
    manifest.write_text("\n".join(lines) + "\n")


def test_what_the_specifications_require_is_noticed(crate: Path) -> None:
    assert compare_files(crate).whole
    path = crate / "ro-crate-metadata.json"
    graph = json.loads(path.read_text())["@graph"]
    less = [{key: value for key, value in one.items() if key != "instrument"} for one in graph]
    del next(one for one in less if one["@id"] == "./")["datePublished"]
    change(path, **{"@graph": less})
    assert compare_files(crate).whole
    crates, processes, *splits = validate(crate, advice=False)
    assert any("datePublished" in error for error in crates.errors)
    assert any("instrument" in error for error in processes.errors)
    assert [(one.errors, one.note) for one in splits] == [((), "18 items read")] * 2


def test_missing_changed_and_added_files_are_listed(crate: Path) -> None:
    (crate / "LICENSE").unlink()
    (crate / TABLE).write_text("better")
    (crate / "tables" / "more.txt").write_text("")
    (crate / "link").symlink_to("/etc/hostname")
    found = compare_files(crate)
    assert (found.missing, found.changed, found.added) == (("LICENSE",), (TABLE,), ("tables/more.txt",))
    assert found.other == ("link is a link",)
    assert not found.whole


def test_a_pipe_is_not_waited_for(crate: Path) -> None:
    (crate / "LICENSE").unlink()
    os.mkfifo(crate / "LICENSE")
    found = compare_files(crate)
    assert (found.missing, found.other) == ((), ("LICENSE is no plain file",))


def test_folders_may_nest_deeper_than_python_calls(crate: Path) -> None:
    folder = crate / "/".join("d" * 1_200)
    subprocess.run(["mkdir", "-p", folder], check=True)
    (folder / "x").touch()
    assert compare_files(crate).added == (f"{'d/' * 1_200}x",)
    subprocess.run(["rm", "-r", crate / "d"], check=True)  # shutil's calls nest, too


def test_a_folder_that_is_a_link_is_not_followed(crate: Path, tmp_path: Path) -> None:
    (crate / "tables").rename(tmp_path / "tables")
    (crate / "tables").symlink_to(tmp_path / "tables")
    found = compare_files(crate)
    assert TABLE in found.missing
    assert "tables is a link" in found.other


def test_a_checksum_that_was_changed_with_its_file_differs_from_the_description(crate: Path) -> None:
    (crate / TABLE).write_text("better")
    seal(crate / TABLE)
    assert compare_files(crate).other == (
        f"ro-crate-metadata.json has another checksum of {TABLE} than manifest-sha256.txt",
    )


@pytest.mark.parametrize(
    "line", ["0" * 64 + "  ../secret", "0" * 64 + "  /etc/passwd", "short  LICENSE", "0" * 64 + "  LICENSE"]
)
def test_checksums_of_anything_else_are_refused(crate: Path, line: str) -> None:
    manifest = crate / "manifest-sha256.txt"
    manifest.write_text(manifest.read_text() + line + "\n")
    with pytest.raises(StoreError, match=r"1 of \d+ lines are not read"):
        compare_files(crate)


def test_a_folder_that_is_no_crate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"manifest-sha256\.txt is missing"):
        compare_files(tmp_path)


@pytest.fixture
def croissant(crate: Path) -> Path:
    return next(crate.glob("splits/*/croissant.json"))


def test_what_croissant_requires_and_recommends_is_noticed(croissant: Path) -> None:
    whole = json.loads(croissant.read_text())
    change(croissant, license=[])
    errors, advice, items = check_croissant(croissant)
    assert (errors, items) == ([], 18)
    assert "license" in " ".join(advice)
    change(croissant, recordSet=whole["recordSet"][:1])
    errors, _, items = check_croissant(croissant)
    assert "items" in " ".join(errors)
    assert items == 0


@pytest.mark.parametrize("place", ["../../secret.csv", "/etc/hostname", "https://example.org/items.csv", "gone.csv"])
def test_croissant_reads_nothing_from_elsewhere(croissant: Path, place: str) -> None:
    (croissant.parents[2] / "secret.csv").write_text("item,person,part,class\nx,,,\n")
    content = json.loads(croissant.read_text())
    content["distribution"][0]["contentUrl"] = place
    change(croissant, distribution=content["distribution"])
    errors, _, items = check_croissant(croissant)
    assert "names what is not beside it" in errors[0]
    assert items == 0


@pytest.mark.parametrize("context", ["https://example.org/context", [{}], {"@import": "https://example.org/c"}])
def test_croissant_fetches_no_context(croissant: Path, context: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda *_: pytest.fail("asked the network"))
    change(croissant, **{"@context": context})
    assert check_croissant(croissant) == (["has no context of its own: others are not fetched"], [], 0)


def test_croissant_that_is_no_json_is_said(croissant: Path) -> None:
    croissant.write_text("{")
    assert "cannot be read" in check_croissant(croissant)[0][0]


def test_a_description_that_is_no_json_is_said(crate: Path) -> None:
    (crate / "ro-crate-metadata.json").write_text("{")
    seal(crate / "ro-crate-metadata.json")
    assert "cannot be read" in compare_files(crate).other[0]
    assert all(one.errors for one in list(validate(crate))[:2])
