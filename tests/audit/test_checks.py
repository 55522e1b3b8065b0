"""Every kind of check, on numbers that agree and on numbers that do not."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lab.audit import WHOLE
from fer_lab.audit.possible import is_mean_of_rates
from fer_lab.audit.spans import Span
from tests.audit.conftest import Audit, outcome, page

SIZES = page(
    "text-1", {"items": "100", "people": "50", "images": "1,000", "epochs": "30", "batch": "100"}, "composition"
)
CLASSES = ("A", "B")


def matrix(number: str, rows: dict[str, list[str]], **facts: Any) -> dict[str, Any]:
    return page(number, rows, "matrix", CLASSES, **facts)


def test_a_matrix_that_agrees(audit: Audit) -> None:
    accuracy = page("2", {"net": "0.700"})
    one = matrix("3", {"A": ["40", "10"], "B": ["20", "30"]}, items=["text-1", "items"], accuracy=["2", "net"])
    other = matrix("4", {"A": ["50", "0"], "B": ["0", "50"]}, same_test_set=["3"])
    found = audit(SIZES, accuracy, one, other)
    assert [finding.agrees for finding in found] == [True] * 4
    assert "(40 + 30) / 100 = 70 / 100 = 0.700000" in found[1].arithmetic


def test_a_matrix_that_does_not(audit: Audit) -> None:
    accuracy = page("2", {"net": "0.71"})
    one = matrix("3", {"A": ["40", "10"], "B": ["20", "31"]}, items=["text-1", "items"], accuracy=["2", "net"])
    other = matrix("4", {"A": ["50", "0"], "B": ["0", "50"]}, same_test_set=["3"])
    found = audit(SIZES, accuracy, one, other)
    assert [(finding.place, finding.agrees) for finding in found] == [
        (WHOLE, False), (WHOLE, False), ("A", True), ("B", False)
    ]  # fmt: skip
    assert "50 + 51 = 101" in found[0].arithmetic


METRICS = ("precision", "recall", "f1", "support")
REPORT = {
    "a": ["0.80", "0.67", "0.73", "60"],
    "b": ["0.60", "0.75", "0.67", "40"],
    "macro": ["0.70", "0.71", "0.70", "100"],
    "weighted": ["0.72", "0.70", "0.70", "100"],
}


def report(rows: dict[str, list[str]], **facts: Any) -> dict[str, Any]:
    one = page("5", rows, "report", METRICS, **facts)
    del one["not_built"]
    one["columns"] = {name: {"metric": name, "cell": "e/one"} for name in METRICS}
    for row in one["rows"]:
        row["of"] = row["labels"][0]
    return one


def test_a_report_that_agrees(audit: Audit) -> None:
    found = audit(page("2", {"net": "70%"}), report(REPORT, accuracy=["2", "net"]))
    assert len(found) == 2 + 2 * 4 + 1 + 1 + 2  # F1, averages, answers, accuracy, recall of so many
    assert {finding.agrees for finding in found} == {True}


@pytest.mark.parametrize(
    ("row", "column", "printed", "places"),
    [
        ("a", 2, "0.80", {"a, f1", "macro, f1", "weighted, f1"}),
        ("macro", 0, "0.75", {"macro, precision"}),
        ("weighted", 3, "99", {"weighted, support"}),
        ("a", 0, "0.40", {"a, f1", "macro, precision", "weighted, precision", WHOLE}),
        ("b", 1, "0.76", {"b, recall"}),  # of 40: 30 are 0.75, 31 are 0.78
    ],
)
def test_a_report_that_does_not(audit: Audit, row: str, column: int, printed: str, places: set[str]) -> None:
    changed = {name: list(values) for name, values in REPORT.items()}
    changed[row][column] = printed
    assert {finding.place for finding in audit(report(changed)) if not finding.agrees} == places


COUNTS = {"TP": ["6", "3"], "FP": ["4", "2"], "TN": ["70", "72"], "FN": ["20", "23"]}
ROWS = {"tp": "TP", "fp": "FP", "tn": "TN", "fn": "FN", "images": ["text-1", "people"], "labels": 2, "table": "6"}
MEASURES = {
    "Acc": ["0.76", "0.750"],
    "P": ["0.6", "0.600"],
    "R": ["0.2308", "0.1154"],
    "F": ["0.3333", "0.1935"],
    "AUC": ["0.588", "0.544"],
}
NAMES = dict(zip(MEASURES, ("accuracy", "precision", "recall", "f1", "auc"), strict=True))


def counts(rows: dict[str, list[str]], measures: dict[str, list[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    return page("6", measures, columns=CLASSES), page("7", rows, columns=CLASSES, counts={**ROWS, "measures": NAMES})


def test_counts_that_agree(audit: Audit) -> None:
    found = audit(SIZES, *counts(COUNTS, MEASURES))
    assert len(found) == 2 + 2 + 10
    assert {finding.agrees for finding in found} == {True}


def test_counts_that_do_not(audit: Audit) -> None:
    found = audit(SIZES, *counts({**COUNTS, "TN": ["70", "73"]}, {**MEASURES, "P": ["0.6", "0.61"]}))
    against = {(finding.table, finding.place) for finding in found if not finding.agrees}
    assert against == {("7", "B"), ("6", "P, B")} | {("6", f"{row}, B") for row in ("Acc",)}


def test_no_positive_answer_has_no_precision(audit: Audit) -> None:
    rows = {"TP": ["0"] * 2, "FP": ["0"] * 2, "TN": ["90"] * 2, "FN": ["10"] * 2}
    found = audit(SIZES, *counts(rows, {**MEASURES, "P": ["0", "0.5"]}))
    values = {finding.place: finding for finding in found if finding.place.startswith("P,")}
    assert (values["P, A"].agrees, values["P, B"].agrees) == (True, False)
    assert "not defined" in values["P, A"].arithmetic


def test_totals(audit: Audit) -> None:
    rows = {"x": ["1", "2", "3"], "y": ["4", "5", "8"], "SUM": ["5", "7", "12"]}
    facts = {"total_row": "SUM", "total_column": "Sum", "total": ["text-1", "items"]}
    found = audit(SIZES, page("8", rows, "composition", ("p", "q", "Sum"), **facts))
    assert [(finding.place, finding.agrees) for finding in found] == [
        ("SUM, p", True), ("SUM, q", True), ("SUM, Sum", False),
        ("x, Sum", True), ("y, Sum", False), ("SUM, Sum", True), ("Sum", False),
    ]  # fmt: skip
    assert "4 + 5 = 9; printed: 8" in found[4].arithmetic


def test_shares_and_parts(audit: Audit) -> None:
    rows = {"men and women": "59% and 41%", "towns": "30 and 20", "right": "58%", "wrong": "59%"}
    shares = [{"of": ["text-1", "people"], "rows": ["right", "wrong"]}]
    parts = [{"of": ["text-1", "people"], "rows": ["men and women", "towns"]}]
    found = outcome(audit(SIZES, page("9", rows, shares_of=shares, parts_of=parts)), "possible")
    assert found["9", "towns"]
    assert not found["9", "wrong"]
    assert found["9", "right"]
    (first, second, together) = (
        finding for finding in audit(SIZES, page("9", rows, parts_of=parts)) if finding.place == "men and women"
    )
    assert (first.agrees, second.agrees, together.agrees) == (False, False, True)


def test_a_share_too_coarse_to_fail_is_no_finding(audit: Audit) -> None:
    rows = {"accuracy": "57%"}
    assert audit(SIZES, page("9", rows, shares_of=[{"of": ["text-1", "images"]}])) == []


def test_an_average_may_be_of_classes(audit: Audit) -> None:
    """2/3, 1/2 and 1 have the mean 0.7222, which is no share of ten, but one of 18."""
    rows = {"average": "0.7222", "none": "0.7223", "coarse": "0.7"}
    entry = {"of": 10, "mean_over": [3, 2, 5]}
    found = outcome(audit(page("9", rows, shares_of=[entry])), "possible")
    assert found == {("9", "average"): True, ("9", "none"): False}
    text = audit(page("9", rows, shares_of=[entry]))[0].arithmetic
    assert text.startswith("as a share, printed 0.7222")
    assert text.endswith("possible as the mean of the rates of classes of 3, 2, 5")


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 1000), st.integers(0, 20))
def test_a_mean_of_rates_is_found_where_trying_all_finds_it(sizes: list[int], low: int, width: int) -> None:
    share = Span(low / 1000 - 1e-7, (low + width) / 1000 + 1e-7)
    rates = [[k / n for k in range(n + 1)] for n in sizes]
    means = [sum(each) / len(sizes) for each in product(*rates)]
    assert is_mean_of_rates(share, sizes) == any(share.low <= mean <= share.high for mean in means)


def test_shares_of_one_test_set(audit: Audit) -> None:
    agreeing = {str(k): f"{k / 137:.6f}" for k in (11, 50, 90)}
    found = audit(page("9", agreeing, one_test_set=200), page("10", {**agreeing, "x": "0.123456"}, one_test_set=200))
    assert [finding.agrees for finding in found] == [True, False]
    assert "n = 137" in found[0].arithmetic
    assert found[0].premise == "every row is a share of the same items"


def test_the_same_printed_twice(audit: Audit) -> None:
    rows = {"a": "0.594999", "b": "0.5949", "c": "0.594", "d": "around 0.6", "e": "0.58", "f": "0.594998"}
    same = [[["1", row] for row in rows]]
    found = outcome(audit(page("1", rows, same=same)), "twice")
    assert found == {("1", row): row in "bcd" for row in "bcdef"}


def built(number: str, rows: dict[str, dict[str, str]]) -> dict[str, Any]:
    one = page(number, {name: row["printed"] for name, row in rows.items()})
    del one["not_built"]
    one["columns"] = {"Value": {"metric": "accuracy"}}
    for row, read in zip(one["rows"], rows.values(), strict=True):
        row |= {key: value for key, value in read.items() if key != "printed"}
    return one


def test_what_is_read_of_the_same_cell_is_the_same(audit: Audit) -> None:
    table = built("1", {"One": {"cell": "e/one", "printed": "0.500"}, "Two": {"cell": "e/two", "printed": "0.432"}})
    text = built(
        "2",
        {
            "again": {"cell": "e/one", "printed": "0.52"},
            "validation": {"cell": "e/one", "part": "val", "printed": "0.6"},
            "gain": {"cell": "e/one", "minus": "e/two", "printed": "0.07"},
        },
    )
    found = audit(table, text)
    assert outcome(found, "twice") == {("2", "again"): False, ("2", "gain"): True}
    assert "0.500 - 0.432 = 0.068" in found[1].arithmetic


def test_a_difference_that_prints_its_terms_is_not_compared_with_itself(audit: Audit) -> None:
    rows = {
        "one": {"cell": "e/one", "printed": "0.53"},
        "two": {"cell": "e/two", "printed": "0.57"},
        "gain": {"cell": "e/two", "minus": "e/one", "printed": "0.53 to 0.57"},
    }
    table = built("1", rows)
    table["rows"][2]["printed"] = {"Value": {"printed": "from 0.53 to 0.57", "value": 0.04}}
    assert audit(table) == []


def test_what_others_printed_is_not_the_same(audit: Audit) -> None:
    table = built("1", {"One": {"cell": "e/one", "printed": "0.5"}})
    theirs = built("2", {"They": {"cell": "e/one", "printed": "0.9"}})
    theirs["facts"] = {"quoted": True}
    assert audit(table, theirs) == []


def test_a_row_of_one_of_several(audit: Audit) -> None:
    others = page("1", {"x": ["0.914", "0.966"], "y": ["0.952", "0.955"]}, columns=CLASSES)
    same = {"rows": [["1", "x"], ["1", "y"]], "columns": {"A": "A", "B": "B"}}
    found = audit(
        others,
        page("2", {"r": ["0.95", "0.96"], "s": ["0.95", "0.97"]}, columns=CLASSES, same_row={"r": same, "s": same}),
    )
    assert outcome(found, "twice") == {("2", "r"): True, ("2", "s"): False}


@pytest.mark.parametrize(
    ("relation", "agrees"),
    [
        ({"of": ["1", "b"], "is": {"sum": [["1", "a"], 3]}}, True),
        ({"of": ["1", "b"], "is": {"product": [["1", "a"], 2, 2]}}, False),
        ({"of": ["1", "c"], "is": {"quotient": [["1", "a"], ["1", "b"]]}}, True),
        ({"of": ["1", "b"], "at_most": {"difference": [["1", "b"], 1]}}, False),
        ({"of": ["1", "a"], "at_most": ["1", "b"]}, True),
        ({"of": ["1", "b"], "multiple_of": 5}, True),
        ({"of": ["1", "b"], "multiple_of": 3}, False),
        ({"of": 49, "square": ["1", "a"]}, True),
        ({"of": ["1", "b"], "square": ["1", "a"]}, False),
        ({"of": ["1", "b"], "at_least": ["1", "a"]}, True),
        ({"of": {"difference": [["1", "b"], 7, 3]}, "at_least": 1}, False),
        ({"of": ["1", "a"], "is": {"number": 2, "in": ["1", "d"]}}, True),
        ({"of": ["1", "a"], "is": {"number": 1, "in": ["1", "d"]}}, False),
        ({"of": ["1", "b"], "is": {"stated": "10", "in": "sec. 2"}}, True),
        ({"of": {"stated": "eleven", "value": 11, "in": "sec. 2"}, "is": ["1", "b"]}, False),
        ({"of": {"stated": "around 11", "in": "sec. 2"}, "is": ["1", "b"]}, True),
        ({"of": ["1", "d"], "same_words_as": {"stated": "3 OF  7", "in": "sec. 2"}}, True),
        ({"of": ["1", "d"], "same_words_as": ["1", "a"]}, False),
        ({"of": ["1", "e"], "is": ["1", "f"]}, False),
    ],
)
def test_relations(audit: Audit, relation: dict[str, Any], agrees: bool) -> None:
    rows = {"a": "7", "b": "10", "c": "70%", "d": "3 of 7", "e": "0.005", "f": "0.004"}
    (finding,) = audit(page("1", rows, relations=[relation]))
    assert finding.agrees is agrees
    assert (finding.place, finding.premise) == (relation["of"][1] if isinstance(relation["of"], list) else WHOLE, "")


def test_a_relation_says_what_it_is_about_and_takes_for_granted(audit: Audit) -> None:
    relation = {
        "about": "people left",
        "of": {"difference": [["1", "a"], 7]},
        "at_least": 1,
        "premise": "all are named",
    }
    (finding,) = audit(page("1", {"a": "7"}, relations=[relation]))
    assert finding.arithmetic == "people left: 7 - 7 = 0 is less than 1"
    assert finding.premise == "all are named"


def training(iterations: str, minutes: str = "10 mins", speed: str = "100 img/sec", **more: Any) -> dict[str, Any]:
    rows = {"iterations": iterations, "minutes": minutes, "speed": speed}
    sizes = {key: ["text-1", key] for key in ("images", "epochs", "batch")}
    said = {**sizes, **{key: ["1", key] for key in rows}, **more}
    return page("1", rows, "timing", trainings=[said])


def test_trainings(audit: Audit) -> None:
    agreeing = outcome(audit(SIZES, training("300")), "timing")
    assert agreeing == {("1", "iterations"): True, ("1", "minutes"): True}
    against = outcome(audit(SIZES, training("350", minutes="4 mins")), "timing")
    assert against == {("1", "iterations"): False, ("1", "minutes"): False}


def test_a_last_batch_may_be_smaller_or_left_out(audit: Audit) -> None:
    for iterations, agrees in (("330", True), ("300", True), ("360", False)):
        found = outcome(audit(SIZES, training(iterations, batch=95)), "timing")
        assert found["1", "iterations"] is agrees


def test_the_pace_of_two_trainings(audit: Audit) -> None:
    one = training("300", network="n")
    one["facts"]["trainings"].append({"iterations": 900, "minutes": 30, "network": "n"})
    one["facts"]["trainings"].append({"iterations": 900, "minutes": 90, "network": "n"})
    assert [finding.agrees for finding in audit(SIZES, one)[2:]] == [True, False]
