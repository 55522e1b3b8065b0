"""Simulated cells whose truth is known, a few of each; ``make benchmark-statistics`` makes a thousand."""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from fer_lab.evaluation.metrics import OVERALL

ROOT = Path(__file__).parents[2]
DRAWS = 120


@pytest.fixture(scope="module")
def simulated() -> ModuleType:
    """The benchmark's own module."""
    spec = importlib.util.spec_from_file_location("simulated", ROOT / "benchmarks" / "simulated_statistics.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["simulated"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("subjects", "seeds", "least"), [(8, 1, 0.86), (8, 3, 0.86), (50, 1, 0.88), (50, 3, 0.88)])
def test_the_interval_holds_the_truth(simulated, subjects, seeds, least):
    """In 95 of 100 cells; bounds are four standard deviations of so few draws away from what is wanted."""
    found = simulated.coverage(subjects, seeds, simulated.cover(subjects, seeds, DRAWS, 0))
    assert all(found[name] >= least for name in OVERALL), found
    assert found["equivalent_at_the_margin"] <= 0.12


def test_cells_that_are_equally_good_are_rarely_told_apart(simulated):
    lines = pd.DataFrame(simulated.tell_apart(20, False, DRAWS, 0))
    assert (lines.mean() <= 0.05 + 4 * (0.05 * 0.95 / DRAWS) ** 0.5).all(), lines.mean()


def test_simulated_networks_reach_what_they_are_said_to(simulated):
    """Confusion matrices of very many people are those of the population."""
    rng = simulated.np.random.default_rng(0)
    seeds = simulated.draw_seeds(rng, 1)
    frame = simulated.answers(rng, simulated.draw_people(rng, 5000), seeds)[0]
    found, wanted = simulated.evaluation.confusion(frame), simulated.population(seeds)[0]
    assert found / found.sum(axis=1, keepdims=True) == pytest.approx(wanted, abs=0.03)


@pytest.fixture(scope="module")
def measured() -> dict:
    return json.loads((ROOT / "results" / "benchmarks" / "statistics.json").read_text())


def test_the_page_shows_what_was_measured(simulated, measured):
    page = (ROOT / "docs" / "statistics.md").read_text()
    assert simulated.tables(measured) in page


def test_what_was_measured_is_what_is_wanted(simulated, measured):
    """Of the committed measurement: 93 to 97 % with 50 subjects or more, at least 88 % with eight."""
    assert min(measured["draws"][part] for part in simulated.MEASURED) >= 1000
    for one in measured["coverage"]:
        least, most = (0.93, 0.97) if one["subjects"] >= 50 else (0.88, 1) if one["subjects"] >= 8 else (0.8, 1)
        assert all(least <= one[name] <= most for name in OVERALL), one
        assert one["equivalent_at_the_margin"] <= 0.065
    equal = [one for one in measured["false_positives"] if one["equal"] == "these networks"]
    assert equal
    assert all(max(one["accuracy"], one["macro_f1"]) <= 0.065 for one in equal)


def test_an_exact_value_is_never_reproduced_with_few_people_and_the_page_says_so(simulated, measured):
    power = {(one["units"], one["of"]): one for one in measured["power"]}
    assert set(power) == {(5, "people"), (8, "people"), (15, "people"), (118, "people"), (3589, "images")}
    assert all(power[few, "people"]["equivalent"] <= 0.005 for few in (5, 8, 15))
    assert all(power[few, "people"]["few"] >= 0.99 for few in (5, 8, 15))
    assert power[3589, "images"]["equivalent"] > power[118, "people"]["equivalent"]
    assert all(one["above"] + one["below"] <= 0.065 for one in power.values())


def test_few_people_are_said_to_be_too_few(simulated):
    few, many = (
        simulated.power(n, named, simulated.reproduce(n, named, 12, 0)) for n, named in ((8, True), (900, False))
    )
    assert (few["equivalent"], few["few"]) == (0, 1)
    assert few["margin"] > 2 * many["margin"]


def test_a_page_is_written_between_its_marks(simulated, measured, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- end -->\nafter\n")
    write = partial(simulated.write_page, page, measured)
    write()
    once = page.read_text()
    write()
    assert page.read_text() == once
    assert once.startswith("before\n<!-- measured -->\n| subjects")
    assert once.endswith("<!-- end -->\nafter\n")
    assert "\nold\n" not in once  # "told apart" is on the page
