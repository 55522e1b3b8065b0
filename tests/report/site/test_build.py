"""What the site says of a ledger: runs of one kind together, everything else named."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fer_lab import tables
from fer_lab.cli import main
from fer_lab.errors import ConfigError
from fer_lab.ledger import read_run
from fer_lab.report.site import Site, build
from fer_lab.report.site.words import counted
from fer_lab.tables import Comparison, Table
from tests.evaluation.kinds import NAMES
from tests.report.site.conftest import scores_of, write_run

Pages = Mapping[str, Any]
TWIN, REAL = "embedded-laptop-clean", "real-paper-thesis"
GOOD, UNDEFINED, CONSTANT = "oulu_casia-cnn_frontal", "oulu_casia-cnn_face", "oulu_casia-c3d"


def test_stamps_are_never_put_together(site: Site, pages: Pages) -> None:
    assert [tuple(stamp.values()) for stamp in site.stamps] == [
        ("real", "paper", "thesis"),
        ("embedded", "laptop", "clean"),
    ]
    for name, protocol in ((TWIN, "clean"), (REAL, "thesis")):
        runs = {path for path in pages if path.startswith(f"{name}/run/")}
        assert runs
        assert {path.rsplit("-", 1)[1] for path in runs} == {f"{protocol}.html"}


def test_runs_of_another_version_are_not_averaged(pages: Pages) -> None:
    runs = {target for target in pages[f"{TWIN}/cell/{GOOD}.html"].targets if "/run/" in target}
    assert {re.sub(r".*-(\d-v\d)-.*", r"\1", run) for run in runs} == {"0-v1", "1-v1"}
    assert "another version" in pages[f"{TWIN}/excluded.html"].text


def test_what_is_left_out_is_said(site: Site, pages: Pages) -> None:
    text = pages[f"{TWIN}/excluded.html"].text
    assert "…/epoch-001.parquet is damaged: its checksum differs" in text
    assert "failed: ValueError: …/odd.json lacks a key" in text
    assert {one.id for one in site.excluded[TWIN]} == {
        "failed", "oulu_casia-c3d-1-v1-clean", "oulu_casia-cnn_frontal-2-v0-clean"
    }  # fmt: skip


def test_a_run_is_damaged_where_the_ledger_says_so(tmp_path: Path) -> None:
    for seed in (0, 1):
        entry = write_run(tmp_path, "oulu_casia/cnn_frontal", seed)
    entry.weights.write_bytes(b"others")
    site = build([f"paths.results={tmp_path}"])
    assert [one.id for one in site.excluded[TWIN]] == [entry.id]
    assert "…/weights.safetensors is damaged" in (site.folder / TWIN / "excluded.html").read_text()


def test_undefined_scores_are_called_undefined(pages: Pages) -> None:
    text = pages[f"{TWIN}/cell/{UNDEFINED}.html"].text
    assert "undefined accuracy on the test part" in text
    assert "∅" in text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


def test_constant_scores_are_those_of_guessing(pages: Pages) -> None:
    page = pages[f"{TWIN}/cell/{CONSTANT}.html"]
    assert re.search(r"0\.167 \[[\d., ]+\] accuracy on the test part", page.text)


def test_a_cell_that_is_no_longer_there_is_shown_all_the_same(pages: Pages) -> None:
    assert "No longer among the experiments" in pages[f"{TWIN}/cell/gone-cell.html"].text


def test_a_twin_gives_no_verdict(pages: Pages) -> None:
    words = re.compile(r"reproduced|▲|▼")
    texts = [page.text for path, page in pages.items() if path.startswith(f"{TWIN}/table/")]
    assert texts
    assert [text for text in texts if words.search(text.split("What one must know")[0])] == []
    assert "not comparable: embedded twin" in pages[f"{TWIN}/table/garcia_zapata_2018-7.6.html"].text


def test_names_of_data_are_text(site: Site) -> None:
    text = (site.folder / TWIN / "run" / f"{GOOD}-0-v1-clean.html").read_text()
    assert "clip &lt;00&gt; &amp; more" in text
    assert "clip <00>" not in text


def test_the_accuracy_of_a_run_is_that_of_its_scores(results: Path, pages: Pages) -> None:
    scores = pd.read_parquet(results / "runs" / f"{GOOD}-0-v1-clean" / "scores" / "epoch-001.parquet")
    test = scores[scores["part"] == "test"]
    right = test[[f"p{i}" for i in range(6)]].to_numpy(float).argmax(axis=1) == test["label"]
    line = re.search(rf"{GOOD}-0-v1-clean 0 2 of 2 ([\d.]+)", pages[f"{TWIN}/cell/{GOOD}.html"].text)
    assert line is not None
    assert float(line[1]) == pytest.approx(right.mean(), abs=5e-4)


def test_the_site_is_replaced_whole(results: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    (folder / "old").mkdir(parents=True)
    (folder / "old" / "page.html").write_text("old")
    with pytest.raises(ConfigError, match="is no report"):
        build([f"paths.results={results}", "source=real"], folder)
    assert (folder / "old" / "page.html").read_text() == "old"
    (folder / "theme.js").write_text("")  # as of an earlier report
    found = build([f"paths.results={results}", "source=real"], folder)
    assert found.index.is_file()
    assert not (folder / "old").exists()
    assert [tuple(stamp.values()) for stamp in found.stamps] == [("real", "paper", "thesis")]
    assert "../runs/" not in (folder / REAL / "run" / f"{GOOD}-0-v1-thesis.html").read_text()


def test_a_third_protocol_has_a_section_with_verdicts_and_what_leaks_add(tmp_path: Path) -> None:
    of = {"source": "real", "profile": "paper"}
    for seed in (0, 1, 2):
        write_run(tmp_path, "oulu_casia/cnn_frontal", seed, **of, protocol="as_printed")
    write_run(tmp_path, "oulu_casia/cnn_frontal", 0, scores_of(5), **of, protocol="thesis")
    found = build([f"paths.results={tmp_path}", "protocol=as_printed"], tmp_path / "site")
    assert [tuple(stamp.values()) for stamp in found.stamps] == [("real", "paper", "as_printed")]
    page = found.folder / "real-paper-as_printed"
    table = (page / "table" / "garcia_zapata_2018-7.6.html").read_text()
    assert re.search(r"cannot be decided with 12 people|above|below", table.split("<caption>")[1])
    assert "Smallest margin" in table
    assert re.search(r"run under both protocols</dt><dd>1<", (page / "leaks.html").read_text())


def test_a_table_that_cannot_be_compared_is_named_and_the_others_are_there(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compare(table: Table, *given: Any) -> Comparison:
        if table.slug == "own-affect":
            raise ConfigError("kinds/affect: values have no metric 'f1'")
        return real(table, *given)

    real = tables.compare
    monkeypatch.setattr(tables, "compare", compare)
    words = ["fer-lab", "report", "--to", str(tmp_path / "site"), f"paths.results={results}", "source=embedded"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert f"{TWIN}: table own-affect is left out: kinds/affect: values have no metric 'f1'" in capsys.readouterr().out
    folder = tmp_path / "site" / TWIN
    assert not (folder / "table" / "own-affect.html").exists()
    assert (folder / "table" / "own-kinds.html").is_file()
    assert "values have no metric" in (folder / "excluded.html").read_text()
    assert "own-affect.html" not in (folder.parent / "index.html").read_text()


def test_one_person_is_no_people(results: Path, tmp_path: Path) -> None:
    assert [counted(n, "person", "people") for n in (0, 1, 2)] == ["0 people", "1 person", "2 people"]
    alone = scores_of(0).assign(subject="P001")
    write_run(tmp_path, "oulu_casia/cnn_frontal", 0, alone)
    build([f"paths.results={tmp_path}"])
    text = (tmp_path / "report" / TWIN / "cell" / f"{GOOD}.html").read_text()
    assert ", 1 person; data set" in text
    assert "1 people" not in text
    assert "from 1 finished run on " in text


def test_the_command_needs_no_run_and_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys, atexit, os; atexit.register(lambda: 'torch' in sys.modules and os._exit(99))\n"
        f"sys.argv[1:] = ['report', 'paths.results={tmp_path}']\nfrom fer_lab.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no finished run" in done.stdout
    assert (tmp_path / "report" / "index.html").is_file()


def test_cells_whose_real_data_are_not_there_are_blocked(pages: Pages) -> None:
    text = pages[f"{REAL}/table/moravcik_2021-6.7.html"].text
    assert "blocked by data" in text
    assert "the real data are not at" in text
    assert "blocked by data" not in pages[f"{TWIN}/table/moravcik_2021-6.7.html"].text


def test_no_page_shows_what_only_a_program_reads(pages: Pages) -> None:
    assert not [path for path, page in pages.items() if re.search(r"object at 0x|built-in method|<bound", page.text)]


def test_a_page_of_labels_shows_each_label(results: Path, pages: Pages) -> None:
    page = pages[f"{TWIN}/cell/kinds-action_units.html"]
    for heading in ("Label by label", "macro-F1", "exact match", "Beside never answering", "Labels that go together"):
        assert heading in page.text
    for name in NAMES["labels"]:
        assert name in page.text
    for absent in ("Right and wrong", "Confidence", "Mistakes", "guessing"):
        assert absent not in page.text
    assert "said wrongly" in pages[f"{TWIN}/run/kinds-action_units-0-v1-clean.html"].text
    run = read_run(results / "runs" / "kinds-action_units-0-v1-clean")
    main = float(run.target.main_metric(run.target.total(run.scores("test"))))
    assert f"kinds-action_units-0-v1-clean 0 2 of 2 {main:.3f}" in page.text


def test_a_page_of_values_shows_truth_against_answer(pages: Pages) -> None:
    page = pages[f"{TWIN}/cell/kinds-affect.html"]
    for heading in (
        "Value by value",
        "CCC",
        "RMSE",
        "Agreement",
        "upper limit",
        "Over time",
        "Answered worst",
        "valence",
        "arousal",
        "the mean of training",
    ):
        assert heading in page.text
    for absent in ("Right and wrong", "guessing", "Accuracy", "Probabilities"):
        assert absent not in page.text
    assert len(page.all("circle", "path", "rect")) > 100
    lines = pages[f"{TWIN}/run/kinds-affect-0-v1-clean.html"].text
    assert "2 values from -2 to 2.5" in lines
    assert re.search(r"-?\d\.\d{3}, answered -?\d\.\d{3}", lines)


def test_pages_across_cells_name_the_metric_of_each_kind(pages: Pages) -> None:
    for name in ("leaks", "selection", "thesis/own"):
        assert "CCC" in pages[f"{TWIN}/{name}.html"].text
    calibration = pages[f"{TWIN}/calibration.html"].text
    assert "kinds/action_units" in calibration, "its probabilities mean something"
    assert "kinds/affect" not in calibration
    assert "not printed" in pages[f"{TWIN}/table/own-kinds.html"].text
