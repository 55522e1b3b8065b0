"""The pages show the numbers that the committed reference results have."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from fer_lab.errors import ConfigError

ROOT = Path(__file__).parents[1]


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NUMBERS = tool("render_numbers")


def test_the_readme_asks_for_its_numbers() -> None:
    assert ROOT / "README.md" in NUMBERS.pages()


@pytest.mark.parametrize("page", NUMBERS.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_as_its_results_have_it(page: Path) -> None:
    text = page.read_text()
    assert NUMBERS.rendered(text) == text, "python tools/render_numbers.py writes them anew"


def test_a_table_of_our_own_is_shown_whole_with_what_twins_stand_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NUMBERS, "REFERENCE", tmp_path)
    asked = "<!-- whole: cross_data/pairs -->\n<!-- end -->"
    assert "Not measured yet." in NUMBERS.rendered(asked)
    (tmp_path / "cross_data" / "pairs").mkdir(parents=True)
    about = {"row": "FER2013", "table": "pairs", "cell": "cross_data/fer2013", "n_subjects": 0}
    rows = [
        {**about, "column": "UAR", "kind": "metric", "mean": 0.5, "low": 0.4, "high": 0.6},
        {**about, "column": "Faces found", "kind": "fact", "stated": "0.841"},
    ]
    pd.DataFrame([{"printed": "", **row} for row in rows]).to_csv(tmp_path / "cross_data/pairs/table.csv", index=False)
    (tmp_path / "cross_data" / "runs" / "cross_data-fer2013").mkdir(parents=True)
    record = {
        "seed": 0, "source": "mixed", "profile": "laptop", "protocol": "clean",
        "environment": {"cpu": "one", "commit": None}, "facts": {"twins": ["jaffe"], "precision": "32"},
    }  # fmt: skip
    (tmp_path / "cross_data" / "runs" / "cross_data-fer2013" / "run-0.json").write_text(json.dumps(record))
    said = NUMBERS.rendered(asked)
    assert "| FER2013 | 0.500 [0.400, 0.600] | 0.841 |" in said
    assert "Stamp: source mixed, profile laptop, protocol clean, seeds 0" in said
    assert "Twins stand for jaffe." in said


def test_a_value_is_written_with_its_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NUMBERS, "REFERENCE", tmp_path)
    (tmp_path / "garcia_zapata_2018" / "7.8").mkdir(parents=True)
    row = {
        "row": "SASE-FE | CNN", "column": "Test Accuracy", "printed": "0.286630", "mean": 0.25, "low": 0.2, "high": 0.3,
        "n_subjects": 8, "n_items": 40, "n_videos": 8, "vote_majority": 0.26,
    }  # fmt: skip
    pd.DataFrame([row]).to_csv(tmp_path / "garcia_zapata_2018" / "7.8" / "table.csv", index=False)
    asked = "it was <!-- value: garcia_zapata_2018/7.8 :: Test Accuracy :: SASE-FE | CNN -->?<!-- end -->."
    assert NUMBERS.rendered(asked).endswith("-->0.250 [0.200, 0.300] †<!-- end -->.")
    table = NUMBERS.rendered("<!-- table: garcia_zapata_2018/7.8 :: Test Accuracy -->\n<!-- end -->")
    assert "| SASE-FE, CNN | 0.286630 | 0.250 [0.200, 0.300] † | 0.260 |" in table
    for asked, message in (
        ("7.8 :: Accuracy -->", "no column 'Accuracy'"),
        ("7.9 :: Test Accuracy -->", "no reference result 'garcia_zapata_2018/7.9'"),
    ):
        with pytest.raises(ConfigError, match=message):
            NUMBERS.rendered(f"<!-- table: garcia_zapata_2018/{asked}<!-- end -->")
    with pytest.raises(ConfigError, match="0 rows 'SASE-FE'"):
        NUMBERS.rendered("<!-- value: garcia_zapata_2018/7.8 :: Test Accuracy :: SASE-FE --><!-- end -->")


@pytest.mark.parametrize("text", ["<!-- stamp: a -->", "<!-- stamp: a --> prose <!-- stamp: b -->x<!-- end -->"])
def test_a_comment_without_an_end_eats_no_prose(text: str) -> None:
    with pytest.raises(ConfigError, match="have no end"):
        NUMBERS.rendered(text)


def test_a_table_that_is_not_rendered_replaces_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = tool("keep_reference")
    monkeypatch.setattr(keep, "REFERENCE", tmp_path / "reference")
    kept = tmp_path / "reference" / "moravcik_2021" / "6.1" / "table.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept")
    with pytest.raises(SystemExit, match=r"has no table\.csv"):
        keep.main(["moravcik_2021-6.1", "--", f"paths.results={tmp_path / 'results'}"])
    assert kept.read_text() == "kept"
    with pytest.raises(SystemExit, match="moravcik_2021-9"):
        keep.main(["moravcik_2021-9.9"])
