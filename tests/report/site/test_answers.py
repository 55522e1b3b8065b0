"""Whether it reproduced stands first, in words that fit each other, wherever its numbers come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fer_lab import tables
from fer_lab.cli.new import PAGE, TABLE
from fer_lab.evaluation import Interval
from fer_lab.report.site import Site, build
from fer_lab.report.site.answers import headlines
from fer_lab.report.site.strips import SHARES, effect_scale, root_scale, strip
from fer_lab.report.site.theses import is_printed, thesis_order
from fer_lab.report.site.words import difference, judged
from tests.evaluation.kinds import make_scores
from tests.report.site.conftest import CLEAN, FAILED, write_run

Pages = Mapping[str, Any]
TWIN, REAL = "embedded-laptop-clean", "real-paper-thesis"
TABLE_76 = f"{TWIN}/table/garcia_zapata_2018-7.6.html"


def rows_of(text: str, number: str) -> list[str]:
    """The rows below a table's number in the plots of the first page."""
    return [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.split(r"<tr[ >]", text.split(f">{number}</a>")[1])][1:]


def test_the_first_page_begins_with_the_answer(site: Site, pages: Pages) -> None:
    text = pages["index.html"].text
    assert "Did it reproduce?" in text.split("García Zapata 2018")[0]
    page = site.index.read_text()
    assert page.index("<circle") < page.index('id="stamps"'), "the plots stand before the runs"
    drawn = re.findall(r'aria-label="(printed [^"]*)"', page)
    wanted = re.compile(r"printed 0.266, measured [\d.]+ \[[\d., ]+\], guessing 0.167")
    assert [words for words in drawn if wanted.fullmatch(words)]


def test_own_runs_stand_before_committed_ones_and_twins_say_so(site: Site) -> None:
    page = site.index.read_text()
    own = next(row for row in rows_of(page, "7.6") if "0.265909" in row)
    assert "committed" not in own
    committed = next(row for row in rows_of(page, "7.4") if "0.286630" in row)
    assert "twin, laptop" in committed
    assert "committed" in committed
    real = next(row for row in rows_of(page, "§ 6.1") if "validation, selected epoch" in row)
    assert "reproduced" in real
    assert "real, paper, committed" in real


@pytest.mark.parametrize("changes", [{"profile": "smoke"}, {"settings": {"backbone": "faceres"}}])
def test_own_runs_that_try_something_out_do_not_stand_before_committed_ones(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    write_run(tmp_path, "fer2013_single/base", 0, **{**CLEAN, "source": "real", **changes})
    row = next(
        row
        for row in rows_of(build([f"paths.results={tmp_path}"]).index.read_text(), "§ 6.1")
        if "validation, selected epoch" in row
    )
    assert "real, paper, committed" in row


def test_a_committed_verdict_stands_beside_own_runs_that_give_none(tmp_path: Path) -> None:
    write_run(tmp_path, "fer2013_single/base", 0, **{**CLEAN, "source": "real"})
    page = build([f"paths.results={tmp_path}"]).index.read_text()
    assert "committed ones do" in page
    row = next(row for row in rows_of(page, "§ 6.1") if "validation, selected epoch" in row)
    assert re.search(r"not comparable \(real, laptop\) committed reproduced \(real, paper\)", re.sub(r"\s+", " ", row))


def test_committed_results_are_a_page_with_their_date_and_code(pages: Pages) -> None:
    assert "reference/moravcik_2021.html" in pages["index.html"].targets
    text = pages["reference/moravcik_2021.html"].text
    assert re.search(r"commit [0-9a-f]{7}", text)
    assert re.search(r"0\.536 \[0\.52\d, 0\.5\d\d\] 55% -0\.014", text)


def test_a_committed_table_of_our_own_is_laid_out_as_it_is_and_prints_nothing(pages: Pages) -> None:
    text = pages["reference/fer2013_corrected.html"].text
    assert "Printed" not in text
    assert re.search(r"Training Tested on all test images photographs not in Training photographs in Training", text)
    assert re.search(r"without copies of test images PrivateTest (0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] ?){3}", text)


def test_every_page_says_when_and_with_what_it_was_made(pages: Pages) -> None:
    assert all(
        re.search(r"on \d{4}-\d\d-\d\d \d\d:\d\d UTC at (commit|an unknown)", page.text) for page in pages.values()
    )
    run = next(page for path, page in pages.items() if path.startswith(f"{TWIN}/run/"))
    assert "2023-11-14 22:13 UTC" in run.text
    assert "commit abcdef0" in run.text
    assert re.search(r"\d+ runs, 2023-11-14, commit abcdef0", pages["index.html"].text)


def test_nothing_differs_where_no_verdict_is_given(pages: Pages) -> None:
    silent = {path for path, page in pages.items() if "no verdict is given" in page.text and path != "index.html"}
    assert len(silent) > 20
    assert {path for path in silent if re.search(r"≠|\bdiffers\b", pages[path].text.split("What one must")[0])} == set()
    assert judged("differs: profile laptop", "embedded") == "not comparable: profile laptop"
    assert judged("differs", "real") == "differs"


def test_what_is_not_measured_is_folded(site: Site) -> None:
    page = site.index.read_text()
    assert 'aria-label="Not measured, Moravčík 2021"' in page
    assert "nothing measured" not in page  # of every thesis something is built, so none is folded whole
    assert re.search(r"<details><summary>\d+ headline results not measured", page)
    thesis = (site.folder / TWIN / "thesis" / "moravcik_2021.html").read_text()
    assert re.search(r"<details><summary>\d+ tables of which nothing is measured here", thesis)


def test_a_failed_cell_says_so_and_where_to_look(pages: Pages) -> None:
    text = pages[TABLE_76].text
    assert "failed: seed 0, a key is missing (fer-lab status; log: results/log.txt)" in text
    assert f"Failed: {FAILED}, seed 0" in text
    assert not re.search(rf"Not run:[^.]*{FAILED}", text)
    assert "1 failed" in text
    assert FAILED in pages[f"{TWIN}/excluded.html"].text


def test_a_run_of_another_stamp_that_is_left_out_says_its_stamp(pages: Pages) -> None:
    assert re.search(r"failed real · paper · thesis not said 7 failed: ValueError", pages[f"{TWIN}/excluded.html"].text)


def test_a_run_page_begins_with_what_it_came_to(pages: Pages) -> None:
    page = pages[f"{TWIN}/run/oulu_casia-cnn_frontal-0-v1-clean.html"].text
    wanted = r"0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] accuracy on the test part, 0\.167 by guessing"
    assert re.search(wanted, page.split("data set")[0])


def test_breadcrumbs_lead_from_the_overview_to_the_page(pages: Pages) -> None:
    for path, page in pages.items():
        here = [attributes for attributes in page.all("li") if attributes.get("aria-current") == "page"]
        assert len(here) == (path != "index.html"), path
    assert f"Overview embedded · laptop · clean García Zapata 2018 {'oulu_casia/cnn_frontal'} Run" in pages[
        f"{TWIN}/run/oulu_casia-cnn_frontal-0-v1-clean.html"
    ].text  # fmt: skip


def test_a_table_has_the_difference(pages: Pages) -> None:
    found = re.search(r"(0\.\d{3}) \[[\d., ]+\] 0\.265909 ([-+]0\.\d{3})", pages[TABLE_76].text)
    assert found is not None
    assert float(found[2]) == pytest.approx(float(found[1]) - 0.265909, abs=1e-3)
    assert [difference(*pair) for pair in ((0.5, 0.25), (0.5, None), (float("nan"), 0.5))] == ["+0.250", "", ""]
    assert [difference(12, 50.0, False), difference(467.0, 467.0, False), difference("words", 1.0)] == ["-38", "0", ""]


def test_tables_stand_in_the_order_of_their_thesis(site: Site) -> None:
    known = [table for table in tables.tables().values() if table.thesis == "garcia_zapata_2018"]
    numbers = [table.number for table in sorted(known, key=thesis_order)]
    assert numbers[:6] == ["4.1", "text-4.2", "4.2", "4.3", "text-4.3", "text-5.1"]
    assert numbers[-6:] == ["7.6", "7.7", "text-7.4", "7.8", "7.9", "7.10"]
    page = (site.folder / TWIN / "thesis" / "garcia_zapata_2018.html").read_text()
    places = [page.index(f"garcia_zapata_2018-{number}.html") for number in ("7.6", "7.8", "7.9", "7.10")]
    assert places == sorted(places)


def test_headlines_are_each_read_once_and_quoted_results_are_none() -> None:
    found = list(headlines(list(tables.tables().values())))
    read = [(table.values[place], table) for table, place, _ in found]
    assert not {"moravcik_2021-4.3", "garcia_zapata_2018-7.9"} & {table.slug for _, table in read}
    assert not [value for value, _ in read if value.of not in (None, "pooled") or value.minus or value.part == "train"]
    assert not [value for value, table in read if not value.printed and is_printed(table.thesis)]
    keys = [(v.answering, v.part, v.given, v.vote, v.epoch, v.subset, v.value) for v, _ in read]
    assert len(keys) == len(set(keys))


def test_an_experiment_of_ones_own_is_linked_from_the_first_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "experiments" / "own"
    (own / "tables").mkdir(parents=True)
    (own / "mine.yaml").write_text(
        PAGE.format(name="mine", values="      data: { dataset: { root: . } }", components=2)
    )
    (own / "tables" / "mine.yaml").write_text(TABLE.format(name="mine"))
    (tmp_path / "conf").mkdir()
    (tmp_path / "run.py").write_text("")
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "results", "mine/geometry", 0)
    found = build([f"paths.results={tmp_path / 'results'}"], tmp_path / "site")
    page = found.index.read_text().split('id="own"')[1]
    assert f'href="{TWIN}/table/own-mine.html">mine</a>' in page
    assert f'href="{TWIN}/cell/mine-geometry.html"' in page


def test_small_effects_are_seen_on_a_scale_of_roots() -> None:
    linear, roots = (kind([-0.45, 0.01]) for kind in (effect_scale, root_scale))
    assert (linear.place(0.01) or 0) - 50 < 2 < 5 < (roots.place(0.01) or 0) - 50
    assert [roots.place(value) for value in (roots.low, 0.0, roots.high)] == [0, 50, 100]
    assert (roots.place(0.1) or 0) + (roots.place(-0.1) or 0) == 100
    assert [text for _, text in roots.numbers] == [f"{roots.low:+g}", "-0.05", "0", "+0.05", f"{roots.high:+g}"]
    assert [text for _, text in root_scale([0.01]).numbers] == ["-0.01", "0", "+0.01"]


def test_strips_lie_on_one_scale() -> None:
    found = strip(Interval(0.5, 0.25, 0.75, 0), 0.6, [0.1], "below")
    assert found is not None
    assert (found.low, found.mean, found.high, found.printed, found.lines) == (25, 50, 75, 60, (10,))
    assert found.tone == "warn"
    assert strip(Interval(float("nan"), 0, 0, 0)) is None
    assert strip(Interval(15.6, 15, 16, 0), scale=SHARES) is None, "no share"
    scale = effect_scale([-0.13, 0.02])
    assert scale.place(0) == 50
    assert next(text for _, text in scale.numbers).startswith("-0.1")


def test_a_thesis_has_headlines_though_it_prints_no_main_metric() -> None:
    found = {name: _headlines(name) for name in ("bartissol_2017", "athanasiadis_2022")}
    assert [printed for printed, _ in found["bartissol_2017"]] == [
        "3.71", "0.97710675", "0.97671616", "0.863939", "0.889071", "3.9567628"
    ], "each network's first number of all units or values, once"  # fmt: skip
    assert {name for _, name in found["bartissol_2017"]} == {"accuracy", "rmse"}
    assert len(found["athanasiadis_2022"]) == 8, "two rules of voting under each of four implementations"
    assert {name for _, name in found["athanasiadis_2022"]} == {"uar"}


def _headlines(thesis: str) -> list[tuple[str, str]]:
    own = sorted((one for one in tables.tables().values() if one.thesis == thesis), key=thesis_order)
    values = [table.values[place] for table, place, _ in headlines(own)]
    return [(value.printed, value.name) for value in values]


def test_errors_in_a_unit_of_their_own_are_not_drawn_as_shares(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_run(tmp_path, "valence_arousal/vgg16", seed, make_scores("values", seed), kind="values",
                  outputs=["valence", "arousal"], scale=[-1, 1], history={"val/ccc": [0.1, 0.2]})  # fmt: skip
    page = build([f"paths.results={tmp_path}"]).index.read_text()
    row = next(row for row in re.split(r"<tr[ >]", page) if "best RMSE" in row)
    assert "<circle" not in row
    assert re.search(r"measured.*\d\.\d{3}", row)
