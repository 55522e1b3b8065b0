"""What a thesis says of its numbers, against the numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.audit.conftest import Audit, page


def claim(*relations: list[Any], id: str = "T-1", level: str = "stated") -> dict[str, Any]:
    said = {"id": id, "where": "sec. 1", "statement": "It is so", "level": level}
    return {**said, "relations": list(relations)}


@pytest.mark.parametrize(
    ("relations", "agrees"),
    [
        ([[["1", "a", "Value"], ">", ["1", "b", "Value"]]], True),
        ([[["1", "a", "Value"], "<", ["1", "b", "Value"]]], False),
        ([[["1", "a", "Value"], ">", ["1", "b", "Value"]], [["2", "c", "Value"], ">=", 0.66]], False),
        ([[["2", "c", "Value"], ">", ["1", "a", "Value"]]], True),  # 0.6 can be 0.64
        ([[["1", "a", "Value"], "<=", ["2", "c", "Value"]]], True),
    ],
)
def test_a_claim_that_the_printed_numbers_refute(audit: Audit, relations: list[list[Any]], agrees: bool) -> None:
    pages = page("1", {"a": "0.62", "b": "0.50"}), page("2", {"c": "0.6"})
    (finding,) = audit(*pages, claims=[claim(*relations)])
    assert (finding.check, finding.agrees) == ("stated", agrees)
    assert 'T-1, "It is so" (sec. 1): ' in finding.arithmetic
    failing = relations[-1][0]
    assert agrees or (finding.table, finding.place) == (failing[0], failing[1])


def test_a_claim_is_not_refuted_by_what_is_not_printed(audit: Audit) -> None:
    table = page("1", {"a": "0.62", "b": "0.50", "c": "high"})
    similar = claim([["1", "a", "Value"], "~", ["1", "b", "Value"]], id="T-1")
    implied = claim([["1", "a", "Value"], "<", ["1", "b", "Value"]], id="T-2", level="implied")
    unread = claim([["1", "a", "Value"], "<", {"cell": "e/one", "metric": "accuracy"}], id="T-3")
    words = claim([["1", "c", "Value"], "<", ["1", "b", "Value"]], id="T-4")
    assert audit(table, claims=[similar, implied, unread, words]) == []
