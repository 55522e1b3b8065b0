"""Times, and machines, beside what is printed: without a verdict, and with what one must know to read them."""

from __future__ import annotations

from typing import Any

import pytest

from fer_lab import tables
from fer_lab.errors import ConfigError
from fer_lab.ledger.timings import Times, Timing, write_timing
from fer_lab.tables import Comparison
from fer_lab.tables.comparison import COMPARED_WITH_NOTHING, OTHER_MACHINE
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.reading import read_measure
from tests.tables.conftest import MakeRun

CELL = "universal/vgg16"
SPEED = {"images_per_second": 40.0, "quartiles": [30.0, 50.0], "steps": 90, "first_epoch": 0}
OWN: dict[str, Any] = {"minutes": 2.0, "iterations": 27960, "parameters": 5, "speed": SPEED, "stored_blocks": 4}


def compared(make_run: MakeRun, number: str, *facts: dict[str, Any], **changes: Any) -> Comparison:
    """A table of Rosa Ramos 2018 beside runs of one cell, a seed each; without ``facts`` one with ``OWN``."""
    basic = make_run(CELL, 0, profile="paper", **changes).facts
    runs = [
        make_run(CELL, i, facts={**basic, **one}, profile="paper", **changes) for i, one in enumerate(facts or [OWN])
    ]
    table = tables.find_table(f"rosa_ramos_2018-{number}")
    return tables.compare(table, {(CELL, run.seed): run for run in runs}, {}, {"source": "embedded"})


def row(comparison: Comparison, label: str) -> dict[str, tuple[object, str]]:
    """Column -> what is stated today, and the verdict, of a row."""
    values, found = iter(comparison.values), {}
    for line in comparison.table.rows:
        of_line = {value.column: next(values) for value in line.values}
        if line.labels[0] == label:
            found = {column: (value.stated, value.verdict) for column, value in of_line.items()}
    return found


def test_a_time_has_no_verdict_and_a_count_of_steps_has(make_run: MakeRun) -> None:
    comparison = compared(make_run, "8.5", OWN, OWN | {"speed": SPEED | {"images_per_second": 60.0}, "minutes": 4.0})
    assert row(comparison, "VGG16") == {
        "Time training": (3.0, OTHER_MACHINE),
        "Iterations for 30 epochs": (27960, "as printed"),
        "Learned parameters": (5, "differs"),
        "Solver perfomance": (50.0, OTHER_MACHINE),
    }
    said = " ".join(footnotes(comparison))
    assert "30 to 50 over 90" in said
    assert f"4 frozen blocks ({CELL} seed 0, {CELL} seed 1)" in said
    assert "resumed" not in said


def test_a_resumed_run_is_named(make_run: MakeRun) -> None:
    comparison = compared(make_run, "8.5", OWN | {"speed": SPEED | {"first_epoch": 7}})
    assert f"epoch 8 ({CELL} seed 0)" in " ".join(footnotes(comparison))


def test_what_nothing_stands_beside_says_why(make_run: MakeRun) -> None:
    comparison = compared(make_run, "8.1")
    assert row(comparison, "VGG")["K80"] == (None, COMPARED_WITH_NOTHING)
    assert row(comparison, "VGG")["P100"] == (2.0, OTHER_MACHINE)
    (line,) = [line for line in footnotes(comparison) if line.startswith("Compared with nothing")]
    assert "VGG, K80; Alexnet, K80; Resnet, K80: no K80" in line
    assert row(compared(make_run, "text-8.6"), "P100 price") == {"Value": (None, COMPARED_WITH_NOTHING)}


def test_machines_stand_side_by_side_in_words(make_run: MakeRun) -> None:
    machine = {"cores": 2, "cpu": "EPYC", "versions": {"torch": "2.15.0"}}
    comparison = compared(make_run, "8.3", environment=machine)
    assert row(comparison, "versions")["Caffe"] == ("torch 2.15.0", OTHER_MACHINE)
    both = {**comparison.runs, (CELL, 1): make_run(CELL, 1, environment=machine | {"cpu": "Xeon"}, profile="paper")}
    texts = tables.compare(tables.find_table("rosa_ramos_2018-text-9.1"), both)
    assert row(texts, "instance")["Value"][0] == "EPYC, Xeon"
    assert row(texts, "vCPUs")["Value"] == (2, OTHER_MACHINE)


def test_a_timing_is_scaled_to_the_pictures_asked_for_and_says_of_how_many_it_is(make_run: MakeRun) -> None:
    run = make_run(cell := "overfitting/vgg16", 0, profile="paper")
    seconds = {way: Times((2.0, 4.0, 3.0)) for way in ("network", "direct", "service")}
    write_timing(run, Timing("cpu", 106, 1, seconds, {"threads": 2, "precision": "32-true"}, {"cpu": "EPYC"}, 0.0))
    comparison = tables.compare(tables.find_table("rosa_ramos_2018-9.3"), {(cell, 0): run})
    assert row(comparison, "VGG") == {"P100": (None, "not measured"), "CPU": (21.0, OTHER_MACHINE)}
    (line,) = [line for line in footnotes(comparison) if "106 pictures" in line]
    assert "2 to 4 s" in line
    assert "EPYC" in line


@pytest.mark.parametrize(("value", "message"), [
    ({"timing": "cpu.telepathy", "of": "742", "cell": CELL}, "timing 'cpu.telepathy'"),
    ({"timing": "cpu.direct", "cell": CELL}, "how many pictures"),
    ({"nothing": "why", "metric": "accuracy"}, "metric and nothing"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(value: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_measure(value, "here", [CELL])
