import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from fer_lab import tables
from fer_lab.tables import figures
from fer_lab.tables.rendering import TEX, documents, folder_of
from tests.tables.conftest import target_of

GOLDEN = Path(__file__).parent / "golden"
PNG = b"\x89PNG\r\n\x1a\n"
DRAWN: dict[tuple[str, ...], bytes] = {}


@pytest.fixture
def drawn_once(monkeypatch):
    """One picture of each list of classes in this process: all of them take longer to draw than all else here."""
    real = figures.confusion_png

    def draw(matrix, classes, *words, **further):
        if tuple(classes) not in DRAWN:
            DRAWN[tuple(classes)] = real(matrix, classes, *words, **further)
        return DRAWN[tuple(classes)]

    monkeypatch.setattr(figures, "confusion_png", draw)


@pytest.mark.parametrize("slug", list(tables.tables()))
def test_every_table_renders_in_all_formats_and_twins_never_get_a_verdict(slug, runs_of, tmp_path, drawn_once):
    """Both of one comparison, as to compare every table takes longest. Of twins all else is as a verdict needs it."""
    table = tables.find_table(slug)
    stamp = {"source": "embedded", "profile": "paper", "protocol": "clean"}
    comparison = tables.compare(table, runs_of(table, profile="paper"), stamp=stamp)
    verdicts = {value.verdict for value in comparison.values if value.printed.kind == "metric"}
    assert verdicts <= {"not comparable: embedded twin", "not printed"}
    assert not {value.verdict for value in comparison.values} & {"reproduced", "above", "below", "undecided"}
    folder = tables.render(comparison, tmp_path / "out")
    assert folder == tmp_path / "out" / table.thesis / table.number
    assert folder_of(table, stamp | {"protocol": "as_printed"}, tmp_path).name == f"{table.number}-as_printed"
    for name in ("table.md", "table.csv", "table.tex", "table.html"):
        text = (folder / name).read_text()
        printed = [value.printed.translate(TEX) if name.endswith(".tex") else value.printed for value in table.values]
        assert all(value in text for value in printed), name
        assert "embedded" in text
        assert ("paper" if name == "table.csv" else "profile paper") in text
    pictures = sorted(path.name for path in folder.glob("*.png"))
    shown = {
        (value.cell, value.part) for value in table.values if value.kind == "metric" and target_of(value.cell).exclusive
    }
    suffix = {"test": "", "val": "-val", "train": "-train"}
    assert pictures == sorted(f"confusion-{cell.replace('/', '-')}{suffix[part]}.png" for cell, part in shown)
    assert all((folder / name).read_bytes().startswith(PNG) for name in pictures)


@pytest.mark.parametrize("slug", ["garcia_zapata_2018-7.8", "moravcik_2021-6.1"])
def test_markdown_is_as_it_was(slug, runs_of):
    table = tables.find_table(slug)
    text = documents(tables.compare(table, runs_of(table)))["table.md"]
    assert text == (GOLDEN / f"{slug}.md").read_text()


def test_a_table_without_runs_still_shows_what_was_printed(tmp_path):
    table = tables.find_table("7.8")
    texts = documents(tables.compare(table, {}))
    assert texts["table.md"].count("| not run |") == len(table.values)
    assert "0.320647" in texts["table.md"]


def test_the_foot_tells_stamps_leaks_and_weights(runs_of, make_run):
    table = tables.find_table("7.6")
    facts = make_run("oulu_casia/c3d", 0).facts | {"notes": ["validation = test"], "leak_share": 0.25}
    runs = runs_of(table, facts=facts, protocol="thesis")
    plain = facts | {"weights": {"origin": "none", "checksum": None}}
    runs["oulu_casia/cnn_face", 0] = make_run("oulu_casia/cnn_face", 0, facts=plain, protocol="thesis")
    text = documents(tables.compare(table, runs))["table.md"]
    assert "protocol thesis" in text
    assert "25.0 % of the test items leaked" in text
    assert "- oulu_casia: validation = test.\n" in text
    assert "Weights: none (oulu_casia/cnn_face)." in text
    assert "sha256 0123456789ab (" in text


def test_csv_says_of_every_value_which_seeds_it_is_of(runs_of):
    table = tables.find_table("rosa_ramos_2018-9.2")
    runs = {(cell, seed): run for (cell, seed), run in runs_of(table).items() if seed != 1}
    lines = csv.DictReader(io.StringIO(documents(tables.compare(table, runs))["table.csv"]))
    assert {(line["kind"], line["seeds"], line["missing"]) for line in lines} == {
        ("metric", "0 2", "1"), ("fact", "0 2", "1"),
    }  # fmt: skip
    table = tables.find_table("rosa_ramos_2018-6.1")
    lines = csv.DictReader(io.StringIO(documents(tables.compare(table, {}))["table.csv"]))
    assert {(line["seeds"], line["missing"]) for line in lines} == {("", "")}  # counts are of the data set


def test_csv_has_one_line_a_value_in_full_precision(runs_of):
    table = tables.find_table("moravcik_2021-6.1")
    comparison = tables.compare(table, runs_of(table))
    lines = list(csv.DictReader(io.StringIO(documents(comparison)["table.csv"])))
    assert [line["printed"] for line in lines] == [value.printed for value in table.values]
    assert [float(line["mean"]) for line in lines] == [value.measured.mean for value in comparison.values]
    assert {line["thesis"] for line in lines} == {"moravcik_2021"}


def test_latex_and_html_escape_what_they_must(runs_of, make_run):
    table = tables.find_table("7.4")
    facts = make_run("sase_hidden/c3d", 0).facts | {"notes": ["<b>50 %_& $x^2$"]}
    texts = documents(tables.compare(table, runs_of(table, facts=facts)))
    assert r"50 \%\_\& \$x\textasciicircum{}2\$" in texts["table.tex"]
    assert "&lt;b&gt;50 %_&amp;" in texts["table.html"]


def test_undefined_scores_are_not_zero(runs_of, make_run):
    table = tables.find_table("7.4")
    runs = runs_of(table)
    scores = runs["sase_hidden/cnn_face", 1].scores("test")
    scores.loc[5, "p0"] = float("nan")
    both = [scores, scores.assign(part="train")]
    runs["sase_hidden/cnn_face", 1] = make_run("sase_hidden/cnn_face", 1, pd.concat(both, ignore_index=True))
    comparison = tables.compare(table, runs)
    text = documents(comparison)["table.md"]
    line = next(line for line in text.splitlines() if "0.280677" in line)
    assert "undefined" in line
    tables.render(comparison, runs["sase_hidden/cnn_face", 1].folder)  # its picture says so, too


def test_a_picture_is_drawn_again_only_if_it_shows_something_else(runs_of, make_run, tmp_path, monkeypatch):
    table = tables.find_table("7.1")
    runs = runs_of(table)
    folder = tables.render(tables.compare(table, runs), tmp_path)
    drawn = []
    monkeypatch.setattr(figures, "confusion_png", lambda *shown, comment: drawn.append(shown[2]) or PNG)
    tables.render(tables.compare(table, runs), tmp_path)
    assert drawn == []
    cell = table.cells[0]
    tables.render(tables.compare(table, {key: run for key, run in runs.items() if key != (cell, 0)}), tmp_path)
    assert [title.split(",")[0] for title in drawn] == [cell]
    next(path for path in folder.glob("*.png") if path.read_bytes() != PNG).write_bytes(b"damaged")
    tables.render(tables.compare(table, runs), tmp_path)
    assert len(drawn) == 3  # the one of fewer seeds, the damaged one


def test_a_picture_beside_votes_says_that_it_is_of_items(runs_of):
    voted, plain = tables.find_table("athanasiadis_2022-figure-4.5"), tables.find_table("7.6")
    said = "item by item, without a vote: sum over seeds 0, 1, 2]"
    assert f"![ck_mug/first, test {said}" in documents(tables.compare(voted, runs_of(voted)))["table.md"]
    assert "item by item" not in documents(tables.compare(plain, runs_of(plain)))["table.md"]
