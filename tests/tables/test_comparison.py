import numpy as np
import pytest

from fer_lab import evaluation, tables
from fer_lab.errors import ConfigError, StoreError
from fer_lab.evaluation import Interval
from fer_lab.tables.comparison import MARGIN, Compared, verdict
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.grid import table_grid, verdict_text
from fer_lab.tables.rendering import documents
from tests.tables.conftest import FACTS, make_scores

pytestmark = pytest.mark.slow

REAL = {"source": "real", "profile": "paper", "protocol": "as_printed"}


@pytest.fixture
def table():
    return tables.find_table("7.4")


def test_measured_is_the_mean_over_seeds(table, runs_of):
    runs = runs_of(table)
    comparison = tables.compare(table, runs)
    for value in comparison.values:
        scores = [runs[value.printed.cell, seed].scores("test") for seed in (0, 1, 2)]
        right = [(evaluation.predictions(s) == s["label"]).mean() for s in scores]
        assert value.measured.mean == pytest.approx(np.mean(right))
    summary = comparison.summaries["sase_hidden/cnn_face", "test"]
    assert (summary.seeds, summary.missing, summary.n_items, summary.n_subjects) == ((0, 1, 2), (), 192, 8)
    assert summary.sums.sum() == 3 * 192
    assert summary.main.few_subjects


def test_the_report_of_table_6_1_is_read_class_by_class(runs_of):
    table = tables.find_table("moravcik_2021-6.1")
    comparison = tables.compare(table, runs_of(table))
    supports = [v.measured.mean for v in comparison.values if v.printed.name == "support"]
    assert supports == [28] * 6 + [24, 192, 192]


def test_runs_of_other_cells_do_not_count(table, runs_of, make_run):
    runs = {**runs_of(table), ("oulu_casia/c3d", 0): make_run("oulu_casia/c3d", 0, profile="smoke")}
    assert tables.compare(table, runs).stamp["profile"] == "laptop"


def test_missing_seeds_and_cells_are_named(table, runs_of):
    runs = runs_of(table)
    del runs["sase_hidden/cnn_face", 1]
    runs = {key: run for key, run in runs.items() if key[0] != "sase_hidden/two_stream"}
    comparison = tables.compare(table, runs)
    assert comparison.summaries["sase_hidden/cnn_face", "test"].missing == (1,)
    assert [value.verdict for value in comparison.values if value.measured is None] == ["not run"]


def test_runs_that_differ_in_a_stamp_are_refused(table, runs_of, make_run):
    runs = runs_of(table)
    runs["sase_hidden/cnn_face", 1] = make_run("sase_hidden/cnn_face", 1, profile="paper")
    with pytest.raises(ConfigError, match="profile: laptop, paper"):
        tables.compare(table, runs)


def test_damaged_scores_are_refused(table, runs_of):
    runs = runs_of(table)
    run = runs["sase_hidden/cnn_face", 1]
    (run.folder / "scores" / "epoch-001.parquet").write_bytes(b"no parquet")
    with pytest.raises(StoreError, match="damaged"):
        tables.compare(table, runs)


@pytest.mark.parametrize(
    ("shift", "width", "inner", "wanted"),
    [
        (0.0, 0.9 * MARGIN, 0.8 * MARGIN, "reproduced"),
        (0.0, 1.1 * MARGIN, 0.9 * MARGIN, "reproduced"),  # two one-sided tests: the 90 % interval decides
        (2.5 * MARGIN, MARGIN, 0.8 * MARGIN, "above"),
        (-2.5 * MARGIN, MARGIN, 0.8 * MARGIN, "below"),
        (2.0 * MARGIN, 1.1 * MARGIN, 0.9 * MARGIN, "undecided"),
        (0.0, 2 * MARGIN, 1.7 * MARGIN, "cannot be decided with 20 people"),
        (3.0 * MARGIN, 1.5 * MARGIN, 1.2 * MARGIN, "above"),  # what lies beyond the margin is decided all the same
        (0.0, np.nan, np.nan, "cannot be decided with 20 people"),
    ],
)
def test_verdicts(table, shift, width, inner, wanted):
    printed = table.values[0]
    mean = printed.value + shift
    measured = Interval(mean, mean - width, mean + width, 20, mean - inner, mean + inner)
    assert verdict(printed, measured, (), REAL) == wanted
    assert verdict(printed, measured, (2,), REAL) == "not comparable: seed 2 missing"
    assert verdict(printed, measured, (), REAL | {"profile": "laptop"}) == "not comparable: profile laptop"
    assert verdict(printed, measured, (), REAL | {"source": "embedded"}) == "not comparable: embedded twin"
    assert verdict(printed, measured, (), REAL | {"source": "mixed"}).startswith("not comparable: twins stand for")
    assert verdict(printed, measured, (), REAL, "protocol clean") == "not comparable: protocol clean"
    assert verdict(printed, measured, (), REAL, "", "weights w have seen it") == "no verdict: weights w have seen it"


def test_where_nobody_is_named_the_items_that_are_too_few_are_counted(table):
    value = table.values[0]
    few = Interval(value.value, 0.2, 0.4, 0, value.value - 0.04, value.value + 0.02, n_units=120)
    assert verdict(value, few, (), REAL) == "cannot be decided with 120 videos or images"
    one = Interval(value.value, np.nan, np.nan, 1)
    assert verdict(value, one, (), REAL) == "cannot be decided with 1 person"


def test_the_smallest_margin_is_the_one_within_which_an_exact_value_is_equivalent():
    measured = Interval(0.5, 0.4, 0.6, 20, 0.46, 0.525)
    assert measured.smallest_margin == pytest.approx(0.04)
    assert evaluation.equivalence(measured, 0.5, measured.smallest_margin + 1e-9) == "equivalent"
    assert evaluation.equivalence(measured, 0.5, measured.smallest_margin - 1e-9) == "undecided"


def test_the_smallest_margin_stands_beside_every_verdict_in_every_format(table, runs_of):
    comparison = tables.compare(table, runs_of(table))
    texts = documents(comparison)
    for value in comparison.values:
        for name in ("table.md", "table.html", "table.tex"):
            assert f"{value.measured.smallest_margin:.3f}" in texts[name]
        assert str(value.measured.smallest_margin) in texts["table.csv"]
    assert table_grid(comparison).headings[-2:] == ("smallest margin", "verdict")
    assert "Smallest margin:" in "".join(footnotes(comparison))


@pytest.mark.parametrize(("facts", "protocol", "wanted"), [
    ({}, "clean", "not comparable: protocol clean"),
    ({"subjects": {"train": 34}, "printed_people": 40, "as_printed": False}, "clean",
     "not comparable: protocol clean, 34 training people of 40 as printed"),
    ({"subjects": {"train": 71}, "printed_people": None}, "thesis",
     "not comparable: protocol thesis, 71 training people"),
    ({"as_printed": True}, "clean", "cannot be decided with 8 people"),
    ({"settings": {"backbone": "faceres", "epochs": 2}}, "as_printed",
     "not comparable: runs with settings of their own: backbone=faceres, epochs=2"),
    ({}, "as_printed", "cannot be decided with 8 people"),
])  # fmt: skip
def test_only_runs_with_the_parts_as_printed_get_a_verdict(table, make_run, facts, protocol, wanted):
    of = {"source": "real", "profile": "paper", "protocol": protocol, "facts": FACTS | facts}
    frame = make_scores("sase_hidden/cnn_face", 0, 0.25)
    runs = {("sase_hidden/cnn_face", seed): make_run("sase_hidden/cnn_face", seed, frame, **of) for seed in (0, 1, 2)}
    (value,) = (v for v in tables.compare(table, runs).values if v.printed.cell == "sase_hidden/cnn_face")
    assert value.verdict == wanted


def test_the_interval_that_decides_stands_beside_the_verdict(table):
    measured = Interval(0.5, 0.46, 0.54, 20, 0.475, 0.525)
    words = ("reproduced", "above", "cannot be decided with 8 people")
    texts = [verdict_text(Compared(table.values[0], measured, None, word)) for word in words]
    inner = " (90 %: [0.475, 0.525])"
    assert texts == [f"reproduced{inner}", "above", f"cannot be decided with 8 people{inner}"]


def test_of_mixed_data_the_foot_says_which_are_twins(table, runs_of):
    runs = runs_of(table, source="mixed", facts={**FACTS, "twins": ["jaffe", "ck_plus"]})
    comparison = tables.compare(table, runs)
    assert "Mixed: procedural twins stand for ck_plus, jaffe; all other data are real." in footnotes(comparison)
    assert {value.verdict for value in comparison.values} == {"not comparable: twins stand for data that are not here"}


def test_values_of_cells_without_data_are_blocked_and_the_foot_says_why(table, runs_of):
    cell = table.values[0].cell
    runs = {key: run for key, run in runs_of(table).items() if key[0] != cell}
    comparison = tables.compare(table, runs, blocked={cell: "SASE-FE: the real data are not at: here"})
    assert [value.verdict == "blocked by data" for value in comparison.values] == [
        value.printed.cell == cell for value in comparison.values
    ]
    said = "\n".join(footnotes(comparison))
    assert "Blocked by data: SASE-FE: the real data are not at: here." in said
    assert "Not run" not in said
