"""Claims as a forest plot that can be filtered, and confusion matrices beside the printed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab import tables
from fer_lab.claims import Relation
from fer_lab.evaluation import Interval
from fer_lab.report.site import Site, build
from fer_lab.report.site.claim_pages import _limits
from fer_lab.report.site.matrices import printed_matrix, printed_of
from fer_lab.report.site.strips import effect_scale, strip
from fer_lab.report.site.words import whole
from tests.report.site.conftest import EMOTIONS, scores_of, write_run

Pages = Mapping[str, Any]
TWIN = "embedded-laptop-clean"


def test_every_claim_is_a_line_that_can_be_filtered(site: Site, pages: Pages) -> None:
    page = pages[f"{TWIN}/claims.html"]
    lines = [row for row in page.all("tr") if "data-said" in row]
    assert len({row["id"] for row in lines}) == len(lines) > 100
    options = {attributes["data-said"] for attributes in lines}
    text = (site.folder / TWIN / "claims.html").read_text()
    assert set(re.findall(r"<option>([^<]+)</option>", text)) == options
    assert re.search(r'<form class="filter" hidden', text), "without its script nothing is offered that does nothing"
    assert [script["src"] for script in page.all("script")] == ["../theme.js", "../filter.js"]


def test_claims_that_are_measured_are_drawn_and_the_others_folded(tmp_path: Path) -> None:
    for cell, good in (("oulu_casia/cnn_frontal", 0), ("oulu_casia/cnn_geometry", 9)):
        for seed in (0, 1):
            write_run(tmp_path, cell, seed, scores_of(seed + good))
    site = build([f"paths.results={tmp_path}"])
    text = (site.folder / TWIN / "claims.html").read_text()
    drawn, folded = text.split("<tbody>", 1)[1].split("<details><summary>", 1)
    rows = [row for row in drawn.split("<tr ") if "<circle" in row]
    assert rows
    assert [row for row in rows if 'class="strip plain"' not in row] == [], "no verdict on twins"
    assert [row for row in rows if 'class="guess"' not in row] == []
    assert re.match(r"\d+ claims not measured", folded)
    assert "<circle" not in folded


@pytest.mark.parametrize(
    ("op", "by", "limits"),
    [(">", 0.1, (0.1,)), ("<", 0.1, (-0.1,)), (">=", 0.0, (-0.03,)), ("<=", 0.0, (0.03,)), ("~", 0.0, (-0.03, 0.03))],
)
def test_the_tick_is_what_an_effect_must_be_beyond(op: str, by: float, limits: tuple[float, ...]) -> None:
    assert _limits(Relation(0.5, op, 0.4, by=by)) == limits


def test_only_a_number_and_its_interval_are_held_together() -> None:
    assert whole("+0.089 [+0.066, +0.114] without 3 videos") == (
        '<span class="n">+0.089</span> <span class="n">[+0.066, +0.114]</span> without 3 videos'
    )
    assert whole("0.500 [one subject] †") == '<span class="n">0.500</span> <span class="n">[one subject] †</span>'
    assert whole("not known") == "not known"


def test_zero_is_in_the_middle_of_effects() -> None:
    scale = effect_scale([-0.13, 0.31, float("nan")])
    found = strip(Interval(0.0, -0.13, 0.31, 0), lines=(0.1,), verdict="holds", scale=scale)
    assert found is not None
    assert found.mean == 50
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < 50 < found.lines[0] < found.high <= 100
    assert found.tone == "good"


def test_a_confusion_matrix_is_in_per_cent_beside_the_printed_one(site: Site, pages: Pages) -> None:
    runs = [scores_of(seed + 10) for seed in (0, 1)]
    frames = pd.concat([frame[(frame["part"] == "test") & (frame["label"] == 0)] for frame in runs])
    answers = frames[[f"p{i}" for i in range(6)]].to_numpy(float).argmax(axis=1)
    share = 100 * float(np.mean(answers == 0))
    for path in (f"{TWIN}/cell/oulu_casia-cnn_frontal.html", f"{TWIN}/table/garcia_zapata_2018-7.9.html"):
        text = pages[path].text
        assert re.search(rf"Measured, per cent truth, answer {' '.join(EMOTIONS)} anger {share:.0f} ", text)
        assert f"Printed in table 7.9, per cent truth, answer {' '.join(EMOTIONS)} anger 54 0 12 0 27 7 disgust" in text
    page = (site.folder / TWIN / "cell" / "oulu_casia-cnn_frontal.html").read_text()
    assert f'title="{int(np.sum(answers == 0))} of {len(answers)}"' in page


def test_a_printed_matrix_belongs_to_its_cell_and_its_classes() -> None:
    found = printed_of({"oulu_casia/cnn_geometry"}, EMOTIONS)
    assert found is not None
    assert found[0].number == "7.10"
    assert printed_of({"oulu_casia/c3d"}, EMOTIONS) is None
    assert printed_matrix(tables.tables()["garcia_zapata_2018-7.9"], EMOTIONS[:5]) is None
