"""What the tables say is printed, against a second transcription of the theses, made apart from them (printed.csv)."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.audit.spans import numbers
from fer_lab.tables import Printed, Row, Table

SECOND = Path(__file__).with_name("printed.csv")
Place = tuple[str, str, str, str]  # thesis, table, row, column
IN_WORDS = {
    "half of the video duration": 0.5,
    "an hour": 60,
    "two hundred and thirteen": 213,
    "five of the six": 5,
    "1.2 million": 1_200_000,
    "around 11 thousand": 11_000,
    "about 2 days": 2 * 24 * 60 * 60,
    "224x224": 224,
    "0 to 1": 1,
    "10^{-3}": 1e-3,
    "10e^6": 1e7,
    "-": 0,
    "20 minutes": 20 * 60,
    "around 53% to around 57%": 0.57 - 0.53,
    "6 basic emotions(BE) + contempt": 6 + 1,
    "n1-standard-4 (4 vCPUs, 15 GB)": 4,
    "p2.xlarge 4 vCPUs, 61 GB": 4,
}
"""What is compared where the string alone does not say it."""


def values() -> Iterator[tuple[Table, Row, Printed]]:
    """Every printed value of the five theses."""
    for table in tables.tables().values():
        for row in table.rows:
            yield from ((table, row, value) for value in row.values if value.printed)


@pytest.fixture(scope="module")
def first() -> dict[Place, str]:
    return {(t.thesis, t.number, " | ".join(row.labels), v.column): v.printed for t, row, v in values()}


@pytest.fixture(scope="module")
def second() -> dict[Place, str]:
    with SECOND.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))[1:]
    found = {(thesis, table, row, column): printed for thesis, table, row, column, printed in lines}
    assert len(found) == len(lines), "a place stands in it twice"
    return found


def differences(one: Mapping[Place, str], other: Mapping[Place, str]) -> set[Place]:
    """The places that only one of them has, or that read otherwise in the other."""
    return {place for place, _ in one.items() ^ other.items()}


def slips(printed: str) -> Iterator[str]:
    """The string with one digit after the other taken for the next one."""
    for match in re.finditer(r"\d", printed):
        yield printed[: match.start()] + str((int(match[0]) + 1) % 10) + printed[match.end() :]


def test_two_transcriptions_agree_value_by_value(first: dict[Place, str], second: dict[Place, str]) -> None:
    assert len(second) > 990
    assert differences(first, second) == set()


def test_every_slip_of_one_digit_is_seen(first: dict[Place, str], second: dict[Place, str]) -> None:
    made = [(place, slip) for place, printed in first.items() for slip in slips(printed)]
    assert len(made) > 3000
    assert [place for place, slip in made if differences({**first, place: slip}, second) != {place}] == []


def test_a_value_that_is_left_out_is_seen(first: dict[Place, str], second: dict[Place, str]) -> None:
    for place in list(first)[::50]:
        rest = {other: printed for other, printed in first.items() if other != place}
        assert differences(rest, second) == differences(second, rest) == {place}


def test_the_number_that_is_compared_is_the_one_printed() -> None:
    wrong = [(t.slug, row.labels, v) for t, row, v in values() if v.value is not None and not _said(v, row, t)]
    assert wrong == []


def _said(value: Printed, row: Row, table: Table) -> bool:
    """A number as printed, or as a share where per cents or counts of a matrix are printed, or a duration."""
    assert value.value is not None
    if table.kind == "matrix":
        share = float(value.printed) / sum(float(other.printed) for other in row.values)
        return math.isclose(value.value, share, abs_tol=5e-7)
    if value.printed in IN_WORDS:
        return math.isclose(value.value, IN_WORDS[value.printed])
    if duration := re.search(r"(\d+) ?[hm]\D*(\d+)", value.printed):  # hours and minutes, or minutes and seconds
        return value.value == 60 * int(duration[1]) + int(duration[2])
    (number,) = numbers(value.printed)
    if row.labels[-1].endswith("rotation right"):  # compared are turns to the left
        number = -number
    return any(math.isclose(value.value, said) for said in (number, number / 100))
