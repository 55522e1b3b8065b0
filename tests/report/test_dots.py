"""Tables as dots: what was measured is drawn, at its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation import Interval
from fer_lab.report import dots, figures
from fer_lab.tables import find_table

TABLE = find_table("athanasiadis_2022-own-votes")
FOUND = {value: Interval(0.3 + 0.005 * n, 0.25, 0.7, 12) for n, value in enumerate(TABLE.values)}


def drawn(found: Any, chance: float | None = 1 / 6) -> bytes:
    return dots.dots_png(TABLE, found, chance, "Figure 1", "source embedded")


def test_a_table_is_drawn_with_all_its_values(picture: Any) -> None:
    whole = picture(drawn(FOUND))
    value = TABLE.values[5]
    moved = picture(drawn({**FOUND, value: replace(FOUND[value], mean=0.6)}))
    assert whole.shape == moved.shape
    assert (whole != moved).any()
    assert drawn(FOUND, None) != drawn(FOUND)


def test_what_was_not_measured_has_no_dot_and_the_others_have(picture: Any) -> None:
    some = {value: interval for value, interval in FOUND.items() if value.cell != "ck_mug/first"}
    assert (picture(drawn(some)) != picture(drawn(FOUND))).any()
    alone = replace(FOUND[TABLE.values[0]], low=float("nan"), high=float("nan"))  # one subject: no interval
    picture(drawn({**FOUND, TABLE.values[0]: alone}))


def test_values_stand_at_the_place_of_their_row_and_aside_by_column() -> None:
    places: list[tuple[float, float]] = []

    class Axes:
        def errorbar(self, x: Any, y: Any, arms: Any, **_: Any) -> None:
            places.extend(zip(x, y, strict=True))

    dots._column(Axes(), [Interval(0.2, 0.1, 0.3, 9), None], 0.25, "Majority", "k")
    assert places[0] == pytest.approx((0.25, 0.2))
    assert places[1][0] == pytest.approx(1.25)
    assert places[1][1] != places[1][1]  # NaN: nothing there


def test_a_figure_of_a_table_needs_a_run_and_a_table(material: Any) -> None:
    with pytest.raises(ConfigError, match="no finished run"):
        dots.dots(material(), TABLE.slug)
    with pytest.raises(ConfigError, match="own-vote"):
        dots.dots(material(), "athanasiadis_2022-own-vote")


def test_the_curves_and_the_votes_of_athanasiadis_are_figures() -> None:
    own = {figure.number: figure for figure in figures() if figure.thesis == "athanasiadis_2022"}
    curves = ("4.3", "4.4", "4.6", "4.7", "4.9", "4.10", "4.12", "4.13")
    assert {*curves, "own-votes", "text-3.4"} <= set(own)
    cells = ("first", "second", "third", "fourth")
    assert [own[number].cell for number in curves] == [f"ck_mug/{name}" for name in cells for _ in range(2)]
    assert [own[number].draw["stopped"] for number in curves] == [170] * 4 + [260] * 2 + [180] * 2
    assert [own[number].draw["panels"] for number in curves] == [["loss"], ["accuracy"]] * 4
