"""Facts and tables that say nothing, or nothing that can be calculated with, are refused by file and key."""

from __future__ import annotations

from typing import Any

import pytest

from fer_lab.errors import ConfigError
from tests.audit.conftest import Audit, page
from tests.audit.test_checks import REPORT, matrix, report


@pytest.mark.parametrize("key", ["iterations", "batch", "images", "epochs", "minutes", "speed"])
def test_a_training_of_nothing_is_refused_by_file_and_key(audit: Audit, key: str) -> None:
    said = {"iterations": 300, "batch": 10, "images": 100, "epochs": 30, "minutes": 10, "speed": 5}
    with pytest.raises(ConfigError, match=rf"t_2020/tables/1\.yaml: facts\.trainings\.{key}: 0\n.*above 0"):
        audit(page("1", {"a": "1"}, "timing", trainings=[{**said, key: 0}]))


def test_tables_that_count_nothing_are_refused(audit: Audit) -> None:
    with pytest.raises(ConfigError, match=r"tables/3\.yaml: the sum of its counts is 0"):
        audit(page("2", {"net": "0.7"}), matrix("3", {"A": ["0", "0"], "B": ["0", "0"]}, accuracy=["2", "net"]))
    empty = {name: [*values[:3], "0"] for name, values in REPORT.items()}
    with pytest.raises(ConfigError, match=r"tables/5\.yaml: the sum of its examples is 0"):
        audit(report(empty))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (
            {"relations": [{"of": ["1", "a"], "is": ["1", "a"]}]},
            r"facts\.relations: \['1', 'a'\] is compared with itself",
        ),
        ({"same": [[["1", "a"], ["1", "a"]]]}, r"facts\.same: \['1', 'a'\] is compared with itself"),
        (
            {"relations": [{"of": 1, "is": {"quotient": [3, {"difference": [2, 2]}]}}]},
            r"facts\.relations: 2 - 2\n.*above 0",
        ),
        ({"relations": [{"of": 1, "multiple_of": 0}]}, r"facts\.relations: 0\n.*above 0"),
        ({"shares_of": [{"of": 0}]}, r"facts\.shares_of: 0\n.*above 0"),
        ({"parts_of": [{"of": 0}]}, r"facts\.parts_of: 0\n.*above 0"),
        ({"one_test_set": 0}, r"facts\.one_test_set: 0\n.*above 0"),
        ({"relations": [{"of": 1, "is": {"number": 2, "in": ["1", "a"]}}]}, r"number 2 of '0.5'\n.*1 to 1"),
        ({"relations": [{"of": 1, "is": {"stated": "many", "in": "sec. 1"}}]}, r"'many' is not one number"),
        ({"relations": [{"of": 1, "is": {"stated": "many"}}]}, r"no quantity"),
        ({"relations": [{"of": ["1", "a"], "same_words_as": {"stated": "many"}}]}, r"are no words"),
        ({"relations": [{"of": 1, "is": {"sum": []}}]}, r"sum of \[\]\n.*list of quantities"),
        ({"itmes": 3}, "unknown 'itmes'"),
        ({"items": 3}, "kind 'result'"),
        ({"relations": [{"of": 1, "is_": 2}]}, r"unknown 'is_'.*\n.*'is'"),
        ({"relations": [{"of": 1, "is": 2, "at_most": 3}]}, "of, and one of is"),
        ({"counts": {"tp": "a"}}, "tp, fp, tn, fn"),
        ({"relations": [{"of": ["1", "a"], "is": ["2", "a"]}]}, "no table '2'"),
        ({"relations": [{"of": ["1", "aa"], "is": 2}]}, r"no row 'aa'.*\n.*'a'"),
        ({"relations": [{"of": ["1", "a", "Valeu"], "is": 2}]}, r"no column 'Valeu'.*\n.*'Value'"),
        ({"relations": [{"of": ["1", "b"], "is": 2}]}, "'in words' is not a number"),
        ({"relations": [{"of": "a", "is": 2}]}, "'a' is no place"),
        ({"relations": [{"of": [["1", "a"], ["1", "b"]], "is": 2}]}, "is no place"),
        ({"relations": [{"of": 2, "is": {"some": [1, 1]}}]}, "is no quantity"),
        ({"shares_of": [{"of": 10, "rows": ["aa"]}]}, "unknown 'aa'"),
    ],
)
def test_a_mistake_in_the_facts_is_named(audit: Audit, facts: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        audit(page("1", {"a": "0.5", "b": "in words"}, **facts))
