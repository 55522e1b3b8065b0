import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fer_lab.audit.possible import count_of
from fer_lab.audit.spans import Span, cut, exactly, numbers, span, total, unit

DIGITS = st.integers(1, 5)
VALUES = st.floats(0.001, 900, allow_nan=False)


@given(VALUES, DIGITS)
def test_a_rounded_number_can_stand_for_what_was_rounded(value: float, decimals: int) -> None:
    printed = f"{value:.{decimals}f}"
    assert span(printed, float(printed)).meets(exactly(value))


@given(VALUES, DIGITS)
def test_a_cut_number_can_stand_for_what_was_cut(value: float, decimals: int) -> None:
    scale = 10**decimals
    shown = math.floor(value * scale) / scale
    assume(value * scale % 1 < 1 - 1e-5)  # so near to the next digit, nobody cuts
    assert cut(f"{shown:.{decimals}f}", shown).meets(exactly(value))


@given(VALUES, DIGITS, st.sampled_from([-1, 1]))
def test_a_number_a_whole_digit_away_cannot_stand_there(value: float, decimals: int, side: int) -> None:
    printed = f"{value:.{decimals}f}"
    shown, away = float(printed), 1.01 * max(10.0**-decimals, 1e-5 * value)
    assert not span(printed, shown).meets(exactly(shown + side * away))


@given(st.integers(1, 60), st.data(), DIGITS)
def test_a_share_is_possible_where_some_count_gives_it(n: int, data: st.DataObject, decimals: int) -> None:
    shown = data.draw(st.integers(0, 10**decimals)) / 10**decimals
    share = Span(shown - 0.5 * 10**-decimals, shown + 0.5 * 10**-decimals)
    counts = [k for k in range(n + 1) if share.low - 1e-12 <= k / n <= share.high + 1e-12]
    found = count_of(share, n)
    assert (found is not None) == bool(counts)
    assert found is None or found in counts


@given(st.integers(1, 5000), st.data(), st.integers(2, 6))
def test_what_was_a_share_is_possible(n: int, data: st.DataObject, decimals: int) -> None:
    printed = f"{data.draw(st.integers(0, n)) / n:.{decimals}f}"
    assert count_of(span(printed, float(printed)), n) is not None


@pytest.mark.parametrize(
    ("printed", "value", "low", "high"),
    [
        ("0.55", 0.55, 0.545, 0.555),
        ("0.550", 0.55, 0.5495, 0.5505),
        ("449", 449, 449, 449),
        ("37,752,832", 37752832, 37752832, 37752832),
        ("0,45$", 0.45, 0.445, 0.455),
        ("88.9%", 0.889, 0.8885, 0.8895),
        ("95.24", 0.9524, 0.95235, 0.95245),
        ("7 mins", 7, 6.5, 7.5),
        ("1 h 32 mins", 92, 91.5, 92.5),
        ("an hour", 60, 55, 65),
        ("10^{-3}", 0.001, 0.0005, 0.0015),
        ("around 11 thousand", 11000, 9900, 12100),
        ("almost 15%", 0.15, 0.145, 0.15),
        ("over 34000", 34000, 34000, math.inf),
        ("less than 15", 15, -math.inf, 15),
        ("0.97710687", 0.97710687, 0.97710637, 0.97710737),
    ],
)
def test_what_a_string_can_stand_for(printed: str, value: float, low: float, high: float) -> None:
    found = span(printed, value)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_numbers_are_read_as_printed() -> None:
    assert numbers("77.8% caucasian, 14.8% asian") == [77.8, 14.8]
    assert numbers("1,094 of 0,45 and 1.2 million, 4e-3") == [1094, 0.45, 1.2, 0.004]
    assert unit("1.2 million", 1.2e6) == pytest.approx(1e5)


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)).map(sorted), min_size=1, max_size=5), st.data())
def test_sums_and_products_hold_what_their_parts_can_be(pairs: list[list[float]], data: st.DataObject) -> None:
    spans = [Span(low, high) for low, high in pairs]
    chosen = [data.draw(st.floats(one.low, one.high)) for one in spans]
    assert total(spans).meets(exactly(sum(chosen)))
    product, exact = spans[0], chosen[0]
    for one, value in zip(spans[1:], chosen[1:], strict=True):
        product, exact = product * one, exact * value
    assert product.meets(exactly(exact))
