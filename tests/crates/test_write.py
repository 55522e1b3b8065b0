"""A crate has what can be given away and nothing else, the same each time, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer_lab.crates import extra
from fer_lab.crates.write import write_crate, write_crate_zip
from fer_lab.errors import ConfigError, DataError, StoreError
from tests.crates.conftest import DIGEST, HERE, REAL, SECRET, TWIN, write_split_run, write_table


def written(results: Path, name: str = "crate", theses: tuple[str, ...] = (), *more: str) -> Path:
    folder = results.parent / name
    write_crate(folder, theses, [*HERE, *more])
    return folder


def graph(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["@id"]: one for one in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]}


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_a_table_is_told_with_its_stamp_its_runs_their_code_and_data(crate: Path) -> None:
    found = graph(crate)
    table, action = found["tables/garcia_zapata_2018/7.8/"], found["#render-garcia_zapata_2018-7.8"]
    assert "source embedded · profile smoke · protocol clean (drawn faces" in table["description"]
    assert table["isBasedOn"] == {"@id": "#thesis-garcia_zapata_2018"}
    assert found["#thesis-garcia_zapata_2018"]["name"] == "Deep Learning for Expression Recognition in Image Sequences"
    runs = "runs/sase_hidden-cnn_frontal/embedded-smoke-clean/"
    assert (action["object"], action["result"]) == ({"@id": runs}, {"@id": table["@id"]})
    trained = found["#train-sase_hidden-cnn_frontal-embedded-smoke-clean"]
    assert trained["result"] == {"@id": runs}
    assert trained["instrument"] == {"@id": "#code-0123456789abcdef"}
    assert trained["endTime"] == "1970-01-01T00:00:01+00:00"
    assert {one["@id"].partition("-")[0] for one in trained["object"]} == {"#data", "splits/sase_fe"}
    assert "drawn twin" in found["#data-sase_fe-embedded"]["description"]
    assert "drawn twins" in found["./"]["description"]


def test_real_data_alone_are_not_called_drawn(results: Path) -> None:
    found = graph(written(results, "crate", (), "source=real"))
    assert "drawn" not in json.dumps(found)
    assert "#render-garcia_zapata_2018-7.8" not in found


def test_what_is_drawn_in_part_is_called_so(results: Path) -> None:
    write_table(results / "tables" / "moravcik_2021" / "6.2", REAL, "mixed")
    write_split_run(results, REAL, "mixed", "fer2013")
    found = graph(written(results))
    assert "faces drawn in part" in found["tables/moravcik_2021/6.2/"]["description"]
    assert "its drawn twin stood in" in found["#data-fer2013-mixed"]["description"]
    (items,) = (results.parent / "crate").glob("splits/fer2013-c-mixed-*/items.csv")
    assert all(re.fullmatch(DIGEST, row["item"]) for row in rows(items)), "some of it is real"


def test_theses_that_are_named_are_taken_alone(results: Path) -> None:
    folder = written(results, "crate", ("moravcik_2021",))
    assert [path.name for path in (folder / "tables").iterdir()] == ["moravcik_2021"]
    assert [path.name for path in (folder / "runs").iterdir()] == ["fer2013_single-base"]


def test_names_of_a_twin_are_told_and_those_of_other_data_are_not(
    crate: Path, read_text: Callable[[Path], str]
) -> None:
    folder = crate
    (twin,), (real,) = folder.glob("splits/sase_fe-*/items.csv"), folder.glob("splits/fer2013-*/items.csv")
    known = {row["item"]: (row["person"], row["part"]) for row in rows(twin)}
    assert known["tv001"] == ("train", "train")
    items = rows(real)
    assert len(items) == len(rows(twin)) == 18
    assert all(re.fullmatch(DIGEST, row["item"]) and re.fullmatch(f"{DIGEST}|", row["person"]) for row in items)
    assert {row["class"] for row in items} <= {"anger", "fear", "joy", ""}
    assert SECRET not in "".join(read_text(folder / name) for name in ("runs", "tables", "splits"))


def test_the_key_stays_and_gives_the_same_digests(crate: Path, results: Path, read_text: Callable[[Path], str]) -> None:
    key = results / "crates" / "salt"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text() not in read_text(crate)
    first = next(crate.glob("splits/fer2013-*/items.csv")).read_bytes()
    shutil.rmtree(results / "crates")
    assert next(written(results, "other").glob("splits/fer2013-*/items.csv")).read_bytes() != first


def test_no_place_of_the_machine_is_in_it(results: Path, read_text: Callable[[Path], str]) -> None:
    page = results / "tables" / "moravcik_2021" / "6.1" / "table.md"
    page.write_text(f"not at: {results}/fer2013\n")
    folder = written(results)
    assert str(results) not in read_text(folder)
    assert "(a place of the machine)/fer2013" in (folder / "tables/moravcik_2021/6.1/table.md").read_text()
    config = next(folder.glob("runs/fer2013*/*/configuration-seed-0.yaml")).read_text()
    assert config == "seed: 0\nmodel:\n  weights: (a place of the machine)\n  width: 1\n"


def test_what_still_names_a_place_is_not_written(results: Path) -> None:
    run = results / "runs" / f"{TWIN.replace('/', '.')}-embedded"
    shutil.rmtree(run)
    write_split_run(results, TWIN, "embedded", "sase_fe", environment={"cpu": f"a CPU of {results}"})
    with pytest.raises(DataError, match=r"nothing is written: \d+ of \d+ files name a place .*environment/machines"):
        written(results)
    assert not (results.parent / "crate").exists()


def test_the_same_results_are_the_same_bytes(pattern: Path, results: Path) -> None:
    one, two = pattern.parent / "crate", written(results, "two")
    names = [path.relative_to(one) for path in sorted(one.rglob("*")) if path.is_file()]
    assert [(two / name).read_bytes() for name in names] == [(one / name).read_bytes() for name in names]
    assert write_crate_zip(Path(shutil.copytree(one, results / "c"))).read_bytes() == write_crate_zip(two).read_bytes()


def test_its_checksums_are_those_of_sha256sum(crate: Path) -> None:
    folder = crate
    done = subprocess.run(["sha256sum", "-c", "--strict", "manifest-sha256.txt"], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stdout
    named = [line[66:] for line in (folder / "manifest-sha256.txt").read_text().splitlines()]
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert sorted([*named, "manifest-sha256.txt"]) == sorted(there)


def test_a_run_without_a_record_is_counted(results: Path) -> None:
    write_table(results / "tables" / "moravcik_2021" / "6.2", REAL, "real", seeds="0 7")
    told = write_crate(results.parent / "crate", (), HERE).told
    assert told == [f"tables/moravcik_2021/6.2: no record of 1 run ({REAL} seed 7)"]
    assert told[0] in (results.parent / "crate" / "README.md").read_text()


def test_tables_alone_are_a_crate_that_says_what_it_lacks(results: Path) -> None:
    shutil.rmtree(results / "runs")
    folder = written(results)
    assert not (results / "runs").exists()
    assert f"no record of 1 run ({TWIN} seed 0)" in (folder / "README.md").read_text()
    assert [one for one in graph(folder) if one.startswith(("#render", "#train"))] == []


def test_a_folder_that_is_not_empty_is_left_as_it_is(results: Path, tmp_path: Path) -> None:
    (tmp_path / "crate").mkdir()
    (tmp_path / "crate" / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not empty"):
        written(results)
    assert [path.name for path in (tmp_path / "crate").iterdir()] == ["mine.txt"]


def test_a_full_disk_leaves_nothing(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        if target.name == "LICENSE":
            raise OSError(28, "No space left on device")
        os.link(source, target)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StoreError, match="No space left"):
        written(results)
    assert [path.name for path in results.parent.iterdir()] == ["results"]


def test_results_without_tables_are_refused(results: Path) -> None:
    shutil.rmtree(results / "tables")
    with pytest.raises(StoreError, match="has no table"):
        written(results)


@pytest.mark.parametrize("installed", [False, True])
def test_all_links_of_its_page_lead_somewhere(results: Path, installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if installed:
        monkeypatch.setattr("fer_lab.crates.content.CHECKOUT", None)
    folder = written(results)
    page = (folder / "ro-crate-preview.html").read_text()
    links = re.findall(r'href="([^"]+)"', page)
    assert [link for link in links if not (folder / link).exists()] == []
    assert ("CITATION.cff, as the code is installed without it" in page) == installed
    assert "splits/runs.csv" in links


def test_a_thesis_that_there_is_not_is_refused(results: Path) -> None:
    with pytest.raises(ConfigError, match="moravcik_2021"):
        written(results, "crate", ("moravcik_2012",))


@pytest.mark.parametrize("name", ["rocrate", "mlcroissant"])
def test_a_library_that_is_missing_is_named(results: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(module: str) -> Any:
        if module.split(".")[0] == name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return __import__(module, fromlist=["x"])

    monkeypatch.setattr(extra, "import_module", gone)
    with pytest.raises(ConfigError, match=f"needs {name}, which is not installed(.|\n)*extra `crate`"):
        written(results)
    assert not (results.parent / "crate").exists()


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("+source=real", "a crate takes no such word"),
        ("seed=0", "a crate takes no such word"),
        ("hydra.run.dir=x", "a crate takes no such word"),
        ("source=reel", "there is no source=reel(.|\n)*'real'"),
    ],
)
def test_words_that_would_change_nothing_are_refused(word: str, why: str, results: Path) -> None:
    with pytest.raises(ConfigError, match=why):
        written(results, "crate", (), word)
    assert not (results.parent / "crate").exists()


def test_what_another_writer_has_put_there_meanwhile_stays(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def another(folder: Path, *_: Any) -> None:
        (folder / "crate").mkdir()
        (folder / "crate" / "mine").touch()

    monkeypatch.setattr("fer_lab.crates.write.require_space", another)
    with pytest.raises(ConfigError, match="is there and not empty"):
        written(results)
    assert [path.name for path in results.parent.glob("*crate*/*")] == ["mine"]
