"""The commands, called as a user calls them."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from fer_lab import media, report, tables
from fer_lab.cli import app as cli_app
from fer_lab.cli import main
from fer_lab.datasets import TwinScale, make_twin
from fer_lab.datasets.oulu_casia import OuluCasia
from fer_lab.datasets.sase_fe import SaseFe
from fer_lab.errors import ConfigError
from fer_lab.storage import locked, publish
from fer_lab.tables import Comparison, Table
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

Call = Callable[..., tuple[int, str]]
SCALE = TwinScale(subjects=2, frames_per_window=4, window=(0.5, 0.8), size=64)


@pytest.fixture(scope="module")
def oulu_twin(cache: Path) -> Path:
    return make_twin(OuluCasia(), SCALE)


@pytest.fixture(scope="module")
def sase_twin(cache: Path) -> Path:
    return make_twin(SaseFe(), SCALE)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """A function: call ``fer-lab`` with these words; exit status and output."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["fer-lab", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of an OULU-CASIA that has two people."""
    monkeypatch.setattr(OuluCasia, "published", {"videos": 12, "subjects": 2})
    monkeypatch.setattr(OuluCasia, "subjects", ("P001", "P002"))
    return tmp_path / "copy"


def last(output: str) -> str:
    return output.strip().splitlines()[-1]


def test_a_whole_copy_is_ready_and_its_faces_are_drawn(call: Call, copy: Path, oulu_twin: Path, tmp_path: Path) -> None:
    shutil.copytree(oulu_twin, copy)
    (copy / "VL" / "Strong" / "P001" / "Happiness").rename(copy / "VL" / "Strong" / "P001" / "Happy")
    status, output = call("doctor", "oulu_casia", "--data", str(copy), f"paths.results={tmp_path}")
    assert (status, last(output)) == (0, "ready")
    assert re.search(r"videos\W+12\W+12\b", output)
    assert re.search(r"Happy\W+happiness\W+1\b", output)
    assert re.search(r"faces: \d+ in 6 files; frames left out: \d+", output)
    sheet = tmp_path / "doctor" / "oulu_casia" / "faces.png"
    assert "shows real faces" in output
    assert media.image(sheet.read_bytes(), "faces.png").std() > 10
    assert (sheet.parent / ".gitignore").read_text() == "*\n"


def test_what_is_missing_is_named(call: Call, copy: Path, oulu_twin: Path, tmp_path: Path) -> None:
    shutil.copytree(oulu_twin, copy)
    top = copy / "VL" / "Strong"
    shutil.rmtree(top / "P001" / "Anger")
    (top / "P002" / "Boredom").mkdir()
    status, output = call("doctor", "oulu_casia", "--data", str(copy), f"paths.results={tmp_path}")
    assert (status, last(output)) == (1, "not ready: 11 of 12 videos; P001: Anger missing")
    assert "P002/Boredom" in output
    assert "left out: 1" in output


def test_the_root_is_that_of_the_configuration_unless_given(call: Call, copy: Path, oulu_twin: Path) -> None:
    shutil.copytree(oulu_twin, copy)
    assert call("doctor", "oulu_casia", f"paths.oulu_casia={copy}", f"paths.results={copy.parent}")[0] == 0


def test_a_wrong_tree_is_answered_with_the_one_expected(call: Call, tmp_path: Path) -> None:
    status, output = call("doctor", "oulu_casia", "--data", str(tmp_path))
    assert status == 1
    assert all(line.strip() in output for line in OuluCasia.tree.strip().splitlines())
    assert last(output).startswith("not ready: OULU-CASIA NIR&VIS: there is no folder")


def test_pictures_without_a_face_are_not_ready(call: Call, copy: Path, tmp_path: Path) -> None:
    for subject in OuluCasia.subjects:
        for emotion in ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"):
            folder = copy / "VL" / "Strong" / subject / emotion
            folder.mkdir(parents=True)
            for number in range(4):
                media.write_image(folder / f"{number:03d}.jpeg", np.full((64, 64, 3), 90, np.uint8))
    status, output = call("doctor", "oulu_casia", "--data", str(copy), f"paths.results={tmp_path}")
    assert (status, last(output)) == (1, "not ready: no face in the files tried")
    assert re.search(r"no face: \d+", output)
    assert not (tmp_path / "doctor").exists()


def test_a_damaged_file_is_not_ready(call: Call, tmp_path: Path, oulu_twin: Path) -> None:
    root = tmp_path / "mine"
    shutil.copytree(oulu_twin / "VL" / "Strong" / "P001" / "Fear", root / "fear")
    (root / "film.mp4").write_bytes(b"not a film")
    pd.DataFrame({"path": ["fear", "film.mp4"], "label": ["fear", "happy"]}).to_csv(root / "labels.csv", index=False)
    words = ("doctor", "folder", "--data", str(root), f"paths.results={tmp_path}", "data.dataset.fps=25")
    status, output = call(*words)
    assert status == 1
    assert last(output).startswith("not ready: film.mp4: cannot read film.mp4: not a whole video")
    assert (tmp_path / "doctor" / "folder" / "faces.png").is_file()


def test_what_is_no_file_is_listed_and_the_others_go_on(call: Call, tmp_path: Path, oulu_twin: Path) -> None:
    root = tmp_path / "mine"
    (root / "[").mkdir(parents=True)
    face = next((oulu_twin / "VL" / "Strong" / "P001" / "Fear").glob("*.jpeg"))
    names = ["[red]x.jpg", "[/bold]x.jpg", "fine.jpg"]
    for name in names:
        shutil.copy(face, root / name)
    shutil.copy(face, root / os.fsdecode(b"Gr\xfcn.jpg"))
    os.mkfifo(root / "pipe.jpg")
    (root / "zero.jpg").symlink_to("/dev/zero")
    (root / "dangling.jpg").symlink_to("nowhere.jpg")
    names += ["pipe.jpg", "zero.jpg", "dangling.jpg", "[blue]missing.jpg"]
    pd.DataFrame({"path": names, "label": "fear"}).to_csv(root / "labels.csv", index=False)
    status, output = call("faces", "folder", "source=real", "profile=smoke", f"paths.folder={root}")
    assert status == 0
    assert "faces found: 3 (50.0%)" in output
    for said in ("pipe.jpg: not a regular", "zero.jpg: not a regular", "dangling.jpg: there is no such file"):
        assert f"left out, cannot read {said}" in output
    assert "[blue]missing.jpg" in output
    assert "Gr\\xfcn.jpg" in output


def test_images_that_are_faces_are_drawn_as_they_are(call: Call, tmp_path: Path) -> None:
    pixels = " ".join(["7"] * 48 * 48)
    rows = [(emotion, pixels, part) for emotion in range(7) for part in ("Training", "PublicTest", "PrivateTest")]
    pd.DataFrame(rows, columns=["emotion", "pixels", "Usage"]).to_csv(tmp_path / "fer2013.csv", index=False)
    status, output = call("doctor", "fer2013", "--data", str(tmp_path), f"paths.results={tmp_path}")
    assert (status, last(output).split(";")[0]) == (1, "not ready: 21 of 35887 images")
    sheet = (tmp_path / "doctor" / "fer2013" / "faces.png").read_bytes()
    assert media.image(sheet, "faces.png").shape == (48, 6 * 48, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["oulu"], "'oulu_casia'"), (["oulu_casia", "++data.dataset.croped=true"], "'cropped'")],
)
def test_a_misspelt_word_is_answered_with_the_nearest(call: Call, words: list[str], said: str) -> None:
    status, output = call("doctor", *words)
    assert status == 2
    assert said in output


def test_names_can_be_given_on_the_command_line(call: Call, sase_twin: Path, tmp_path: Path) -> None:
    (tmp_path / "subject_x").mkdir()
    shutil.copy(sase_twin / "subject_01" / "anger_genuine.mp4", tmp_path / "subject_x" / "N2A.mp4")
    names = "++data.dataset.names={N2A: [anger, genuine]}"
    status, output = call("doctor", "sase_fe", "--data", str(tmp_path), names, f"paths.results={tmp_path}")
    assert status == 1
    assert re.search(r"anger_genuine\W+1\b", output)
    assert last(output).startswith("not ready: 1 of 643 videos; 1 of 50 subjects")


def test_the_cache_is_listed_and_evicted(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))
    for key in ("sase_fe-01", "sase_fe-02"):
        with publish(tmp_path / "twins" / key) as part:
            (part / "a").write_bytes(b"x" * 2_000_000)
    status, output = call("cache")
    assert status == 0
    assert re.search(r"twins\W+sase_fe-01\W+2\.0\W.*twin of sase_fe", output)
    assert last(output) == "all: 2 entries, 4.0 MB"
    with locked(tmp_path / "twins" / "sase_fe-01"):
        status, output = call("cache", "--evict", "twins")
    assert status == 1
    assert "removed twins/sase_fe-02" in output
    assert "kept twins/sase_fe-01: it is locked" in output
    assert call("cache", "--evict", "twins/../x")[0] == 2
    assert call("cache", "--evict", "twins/sase_fe-01")[0] == 0
    assert "all: 0 entries" in call("cache")[1]


def test_every_table_of_the_five_theses_is_built_and_listed(call: Call) -> None:
    output = call("list")[1]
    assert "not built yet" not in output
    assert "rosa_ramos_2018-8.1" in output


def test_the_audit_lists_contradictions_and_counts_the_rest(call: Call) -> None:
    status, output = call("audit", "moravcik_2021")
    assert status == 0
    assert re.search(r"4\.1\W+No. of images\W+composition", output)
    assert re.search(r"moravcik_2021: \d+ contradictions, \d+ more on a premise, \d+ confirmed\n--all", output)
    assert "M-C06" in output
    assert "6.8" not in output
    assert re.search(r"text-6.4.4\W+best\W+twice\W+printed 95% here, 95.1", call("audit", "moravcik_2021", "--all")[1])
    assert "a premise is" not in output
    assert re.search(r"if a premise is.*premise\n.*every row is a", call("audit", "garcia_zapata_2018")[1], re.DOTALL)
    assert call("audit", "moravcik")[0] == 2


@pytest.mark.parametrize("words", [("claims", "garcia_zapata_2018"), ("audit", "garcia_zapata_2018"), ("cache",)])
def test_no_word_is_broken_at_80_columns(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    if words == ("claims", "garcia_zapata_2018"):
        words = (*words, f"paths.results={tmp_path}")
    _, piped = call(*words)
    narrow = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    monkeypatch.setattr(cli_app, "console", narrow)
    call(*words)
    shown = narrow.file.getvalue()  # type: ignore[attr-defined]
    assert set(shown.split()) <= {word for one in piped.split() for word in (one, f"{one},")}
    assert all(len(line) <= 80 or line in piped for line in shown.splitlines())  # a line of its own is never wrapped


def test_claims_name_the_runs_of_other_stamps(call: Call, tmp_path: Path) -> None:
    write_run(tmp_path, "classes", [make_scores("classes")])
    write_run(tmp_path, "labels", [make_scores("labels")], profile="laptop", source="real")
    words = ("claims", "moravcik_2021", f"paths.results={tmp_path}")
    said = call(*words)[1]
    assert f"0 runs read below {tmp_path / 'runs'}" in said
    assert "beside: 1 run with profile=smoke\n" in said
    assert "beside: 1 run with source=real\n" in said
    assert "profile=smoke" not in call(*words, "profile=smoke")[1]


@pytest.mark.parametrize("table", ["moravcik_2021-6.7", "garcia_zapata_2018-text-7.1", "moravcik_2021-text-6.4.2"])
def test_a_table_without_its_data_is_marked_as_blocked(call: Call, tmp_path: Path, table: str) -> None:
    results = f"paths.results={tmp_path / 'results'}"
    code, said = call("reproduce", table, "source=real", f"paths.data={tmp_path}", results)
    assert code == 0, said
    assert "blocked by data" in said
    assert f"the real data are not at: {tmp_path}" in said
    written = pd.read_csv(next((tmp_path / "results" / "tables").glob("*/*/table.csv")))
    assert set(written["verdict"]) == {"blocked by data"}


def test_the_figures_of_one_thesis_are_drawn_and_what_is_left_out_is_named_with_its_thesis(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(figure: report.Figure, overrides: list[str]) -> Path:
        if figure.number == "6.7":
            raise ConfigError("no finished run")
        asked.append((figure.thesis, tuple(overrides)))
        return tmp_path

    asked: list[tuple[str, tuple[str, ...]]] = []
    monkeypatch.setattr(report, "render", render)
    code, said = call("figures", "moravcik_2021", "profile=smoke")
    assert code == 0
    assert set(asked) == {("moravcik_2021", ("profile=smoke",))}
    assert "left out, moravcik_2021: no finished run" in said
    assert call("figures", "profile=smoke")[0] == 0
    assert {thesis for thesis, _ in asked} > {"moravcik_2021", "garcia_zapata_2018"}
    assert call("figures", "moravcik")[0] == 2


def test_a_table_that_cannot_be_rendered_is_named_and_the_others_are(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(table: Table, *given: Any) -> Comparison:
        if table.slug == "garcia_zapata_2018-4.1":
            raise ConfigError("e/c: labels have no metric 'recall'")
        return real(table, *given)

    real = tables.compare
    few = {slug: tables.find_table(slug) for slug in ("garcia_zapata_2018-4.1", "garcia_zapata_2018-4.2")}
    monkeypatch.setattr(tables, "compare", compare)
    monkeypatch.setattr(tables, "tables", lambda: few)
    code, said = call("tables", f"paths.results={tmp_path}")
    assert code == 1
    assert "table garcia_zapata_2018-4.1 is left out: e/c: labels have no metric 'recall'" in said
    assert [path.parent.name for path in tmp_path.glob("tables/*/*/table.md")] == ["4.2"]


def test_some_tables_can_be_chosen_and_nothing_else_is_made(call: Call, tmp_path: Path) -> None:
    code, said = call("tables", "table=garcia_zapata_2018-4.1,garcia_zapata_2018-4.2", f"paths.results={tmp_path}")
    assert code == 0
    assert sorted(path.parent.name for path in tmp_path.glob("tables/*/*/table.md")) == ["4.1", "4.2"]
    assert "left as they are" not in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["tables", "table=7.88"], "unknown table '7.88'"),
        (["tables", "experiment=sase_hidden"], "experiment= beside the tables that a command is of"),
        (["tables", "optimizer.lr=0.1,0.01"], "optimizer.lr=0.1,0.01: a table is of one value of each setting"),
        (["reproduce", "7.8", "table=garcia_zapata_2018-7.7"], "table= beside the tables that a command is of"),
    ],
)
def test_a_command_of_tables_is_asked_for_no_other_cells(call: Call, words: list[str], expected: str) -> None:
    code, said = call(*words)
    assert code == 2
    assert expected in said
