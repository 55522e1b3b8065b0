"""Classes of unlike size in tables: expected costs, what losses found, and tested differences of cells."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest

from fer_lab import evaluation, tables
from fer_lab.errors import ConfigError
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.rendering import documents
from tests.tables.conftest import FACTS, facts_of, make_scores

SECOND, FOURTH = "ck_mug/second", "ck_mug/fourth"
COUNTS = np.array([10, 20, 30, 40, 50, 60])
WEIGHTS = COUNTS.sum() / (6 * COUNTS)


@pytest.fixture
def runs(make_run: Any) -> dict[tuple[str, int], Any]:
    """Two cells, of which one is right far more often."""
    skills = {SECOND: 0.2, FOURTH: 0.7}
    return {(c, s): make_run(c, s, make_scores(c, s, skill)) for c, skill in skills.items() for s in (0, 1)}


def of(comparison: Any, row: str) -> list[Any]:
    """The values of the row of a cell."""
    labels = [table_row.labels[1] for table_row in comparison.table.rows for _ in table_row.values]
    return [value for label, value in zip(labels, comparison.values, strict=True) if label == row]


def test_the_ways_against_unlike_classes_are_all_compared_with_the_second_implementation() -> None:
    table = tables.find_table("athanasiadis_2022-own-losses")
    assert set(table.cells) == {SECOND, FOURTH} | {
        f"ck_mug/{name}"
        for name in ("oversampled", "undersampled", "effective", "expected_cost", "focal", "logit_adjusted")
    }
    differences = [value for value in table.values if value.minus is not None]
    assert {value.minus for value in differences} == {SECOND}
    assert len(differences) == 7 * len(table.columns)
    assert all(v.subset == "second_half" and v.vote == "mean" for v in table.values)


def test_the_expected_cost_is_of_what_it_costs_to_miss_each_class_in_training(runs: Any) -> None:
    table = tables.find_table("athanasiadis_2022-own-losses")
    (found,) = (v for v in of(tables.compare(table, runs), "second") if v.printed.name == "expected_cost")
    expected = []
    for seed in (0, 1):
        scores = evaluation.vote(evaluation.late(runs[SECOND, seed].scores("test"), "second_half"), "mean")
        wrong = evaluation.predictions(scores) != scores["label"]
        expected.append((wrong * WEIGHTS[scores["label"]]).mean())
    assert found.measured.mean == pytest.approx(np.mean(expected))


def test_an_expected_cost_needs_the_numbers_of_training_items(runs: Any, make_run: Any) -> None:
    table = tables.find_table("athanasiadis_2022-own-losses")
    old = {(SECOND, 0): make_run(SECOND, 0, facts=FACTS)}
    with pytest.raises(ConfigError, match="expected_cost of a run that does not say how many training items"):
        tables.compare(table, old)


def test_differences_of_our_own_tables_are_tested_and_corrected_for_all_of_them(runs: Any) -> None:
    table = tables.find_table("athanasiadis_2022-own-losses")
    comparison = tables.compare(table, runs)
    differences = of(comparison, "fourth minus second")
    raw = []
    for value in differences:
        metric = tables.measures.metric_of(value.printed, runs[FOURTH, 0])
        cells = [[tables.measures.scores_of([runs[c, s]], value.printed) for s in (0, 1)] for c in (FOURTH, SECOND)]
        raw.append(evaluation.paired_test(*cells, metric))
    assert [value.p for value in differences] == pytest.approx(evaluation.holm(raw))
    assert differences[0].p < 0.05
    assert all(value.p is None for value in of(comparison, "second"))
    texts = documents(comparison)
    assert f", p {differences[0].p:.3f} |" in texts["table.md"] or ", p < 0.001 |" in texts["table.md"]
    lines = list(csv.DictReader(texts["table.csv"].splitlines()))
    assert [float(line["p_holm"]) for line in lines if line["p_holm"]] == pytest.approx([v.p for v in differences])
    assert f"by Holm for {len(differences)} of them" in "".join(footnotes(comparison))


def test_differences_beside_what_is_printed_get_a_verdict_and_no_test(make_run: Any) -> None:
    table = tables.find_table("garcia_zapata_2018-text-7.2")
    runs = {(cell, seed): make_run(cell, seed) for cell in table.cells for seed in (0, 1)}
    comparison = tables.compare(table, runs)
    assert any(value.printed.minus and value.measured for value in comparison.values)
    assert all(value.p is None for value in comparison.values)
    assert "p_holm" not in documents(comparison)["table.csv"]


@pytest.mark.parametrize(("loss", "words"), [
    ({"what": "weight", "of_class": WEIGHTS.tolist()},
     "weight: anger 3.50, disgust 1.75, fear 1.17, happiness 0.88, sadness 0.70, surprise 0.58"),
    ({"what": "cost of missing it", "of_class": (WEIGHTS[:, None] * (1 - np.eye(6))).tolist()},
     "cost of missing it: anger 3.50, disgust 1.75, fear 1.17, happiness 0.88, sadness 0.70, surprise 0.58"),
    ({"what": "cost of missing it", "of_class": (np.arange(36.0).reshape(6, 6) * (1 - np.eye(6))).tolist()},
     "cost of missing it: anger 1.00 / 2.00 / 3.00 / 4.00 / 5.00, disgust 6.00 / 8.00"),
])  # fmt: skip
def test_what_a_loss_found_of_each_class_stands_in_the_foot(make_run: Any, loss: Any, words: str) -> None:
    table = tables.find_table("athanasiadis_2022-figure-4.14")
    runs = {(FOURTH, seed): make_run(FOURTH, seed, facts=facts_of(FOURTH) | {"loss": loss}) for seed in (0, 1)}
    (line,) = (line for line in footnotes(tables.compare(table, runs)) if line.startswith("Loss by class"))
    assert line.startswith(f"Loss by class of {FOURTH}; {words}")
    assert "training items: anger 10, disgust 20, fear 30, happiness 40, sadness 50, surprise 60." in line


def test_nothing_is_said_of_a_loss_that_looks_at_no_class(make_run: Any) -> None:
    table = tables.find_table("athanasiadis_2022-figure-4.8")
    notes = footnotes(tables.compare(table, {(SECOND, 0): make_run(SECOND, 0)}))
    assert not any(line.startswith(("Loss by class", "Expected cost")) for line in notes)


def test_frames_and_rules_of_a_vote_are_read_from_the_same_stored_scores(make_run: Any) -> None:
    table = tables.find_table("athanasiadis_2022-own-votes")
    runs = {(cell, seed): make_run(cell, seed) for cell in table.cells for seed in (0, 1)}
    assert len(table.cells) == 4
    for value in tables.compare(table, runs).values:
        own, expected = value.printed, []
        for seed in (0, 1):
            scores = runs[own.cell, seed].scores("test")
            scores = evaluation.late(scores, own.subset) if own.subset else scores
            expected.append(float(evaluation.uar(evaluation.total(evaluation.vote(scores, str(own.vote))))))
        assert value.measured is not None
        assert value.measured.mean == pytest.approx(np.mean(expected))
    asked = {(value.subset, value.vote) for value in table.values}
    assert asked == {(s, v) for s in (None, "second_half", "peak") for v in ("majority", "mean", "max", "odds")}
