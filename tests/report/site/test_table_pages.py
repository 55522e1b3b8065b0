"""The pages of tables: their scale, what their plots say, and tables of our own, in which nothing is printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_lab.report.site import Site, build
from tests.evaluation.kinds import make_scores
from tests.report.site.conftest import write_run

TWIN = "embedded-laptop-clean"


def test_a_table_of_ours_has_nothing_printed(pages: Mapping[str, Any]) -> None:
    text = pages[f"{TWIN}/table/own-kinds.html"].text.split("What one must know")[0]
    assert "One line a value" in text
    for absent in ("diamond", "Difference", "Printed and measured"):
        assert absent not in text
    printed = pages[f"{TWIN}/table/garcia_zapata_2018-7.6.html"].text
    assert "The diamond is printed, the dot measured, the bar its interval, the tick guessing." in printed


def test_negative_correlations_are_drawn(tmp_path: Path) -> None:
    against = make_scores("values").assign(v0=lambda frame: -frame["v0"], v1=lambda frame: -frame["v1"])
    write_run(tmp_path, "valence_arousal/vgg16", 0, against, kind="values", outputs=["valence", "arousal"],
              scale=[-1, 1], history={"val/ccc": [0.1, 0.2]})  # fmt: skip
    site = build([f"paths.results={tmp_path}"])
    for path in ("table/bartissol_2017-own-valence-arousal", "thesis/bartissol_2017", "cell/valence_arousal-vgg16"):
        text = (site.folder / TWIN / f"{path}.html").read_text()
        assert re.search(r'aria-label="measured -0\.\d+ \[[^"]*"', text), path
    assert "from -1 to 1" in re.sub(r"<[^>]+>", "", (site.folder / TWIN / "thesis" / "bartissol_2017.html").read_text())


def test_cells_stand_by_their_main_metric(site: Site, pages: Mapping[str, Any]) -> None:
    text = pages[f"{TWIN}/thesis/own.html"].text
    for metric in ("Macro-F1", "CCC"):
        assert f"What was trained for this thesis: {metric} on the test part." in text
