"""Committed verdicts have a page; beside published numbers stand those that are of real data alone."""

from __future__ import annotations

import pytest

from fer_lab.claims import claims
from fer_lab.claims.kept import Kept
from fer_lab.report.site.kept_claims import Said
from fer_lab.report.site.leaderboard import FOLDER, leaderboard_page
from fer_lab.report.site.reference import reference_pages


def said(thesis: str, source: str) -> list[Said]:
    stamp = {"source": source, "profile": "laptop", "protocol": "clean"}
    numbers = {"effect": 0.04, "low": 0.01, "high": 0.07, "smallest_effect": 0.043, "p": 0.01}
    return [(claim, Kept(claim.id, stamp, "holds", seeds=(0, 1), **numbers)) for claim in claims(thesis)]


def test_verdicts_have_a_page_where_no_table_was_committed() -> None:
    own = said("counterparts", "real")
    (page,) = reference_pages([], own)
    assert page.path == "reference/counterparts.html"
    assert len(page.values["claims"]["lines"]) == len(own) > 20
    first = page.values["claims"]["lines"][0]
    assert (first["effect"], first["smallest_effect"]) == ("+0.040 [+0.010, +0.070]", "0.043")
    assert page.values["groups"] == []


@pytest.mark.parametrize(("source", "shown"), [("real", 10), ("embedded", 0)])
def test_what_twins_say_is_not_set_beside_published_numbers(source: str, shown: int) -> None:
    page = leaderboard_page(said(FOLDER, source))
    assert len(page.values["claims"]["lines"]) == shown
    assert (page.values["target"] is None) is (shown == 0)


def test_numbers_of_a_part_that_chose_its_own_epoch_are_counted() -> None:
    counts = leaderboard_page([]).values["counts"]
    groups = dict(leaderboard_page([]).values["groups"])
    for data, (own, total) in counts.items():
        assert total == len(groups[data])
        assert own == sum("the tested part" in one.said for one in groups[data])
