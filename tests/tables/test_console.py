"""A table in a terminal of 80 columns, and in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fer_lab import tables
from fer_lab.tables.console import grid_lines, lines_of
from fer_lab.tables.grid import Grid

SLUGS = ["garcia_zapata_2018-7.8", "garcia_zapata_2018-7.4", "moravcik_2021-6.1", "rosa_ramos_2018-6.2"]
Given = Callable[..., Any]


def words_of(lines: list[str]) -> set[str]:
    return {word.strip(",;") for line in lines for word in line.split()}


@pytest.mark.parametrize("slug", SLUGS)
def test_no_word_is_broken_at_80_columns(slug: str, runs_of: Given) -> None:
    table = tables.find_table(slug)
    comparison = tables.compare(table, runs_of(table) if table.cells else {})
    narrow, wide = lines_of(comparison, 80), lines_of(comparison, None)
    title, foot = narrow[0], narrow[-3:]
    assert all(len(line) <= 80 for line in narrow if line not in (title, *foot))
    labels = words_of([", ".join(row.labels) for row in table.rows])
    assert labels <= words_of(narrow)
    assert words_of([value.printed for value in table.values]) <= words_of(narrow)
    assert words_of([value.printed for value in table.values]) <= words_of(wide)


def test_a_file_has_a_line_a_row_however_long(runs_of: Given) -> None:
    table = tables.find_table("7.8")
    lines = lines_of(tables.compare(table, runs_of(table)), None)
    shown = [line for line in lines if line.startswith(("SASE-FE, ", "OULU-CASIA, "))]
    assert len(shown) == len(table.rows)
    assert all(row.values[0].printed in line and "[" in line for row, line in zip(table.rows, shown, strict=True))


def test_values_that_do_not_fit_beside_each_other_stand_below_their_label(runs_of: Given) -> None:
    table = tables.find_table("7.8")
    lines = lines_of(tables.compare(table, runs_of(table)), 80)
    at = lines.index("SASE-FE, CNN+Geometry, Frontalization + Geometry")
    assert lines[at + 1].startswith("    Test Accuracy, printed 0.299450, measured 0.")


def test_the_foot_has_three_lines_and_says_that_there_is_more(runs_of: Given) -> None:
    table = tables.find_table("7.8")
    lines = lines_of(tables.compare(table, runs_of(table)), 80)
    foot = lines[len(lines) - lines[::-1].index("") :]
    assert foot[0].startswith("source embedded · profile laptop · protocol clean · seeds 0, 1")
    assert foot[1].startswith(("Not run: ", "[95 % interval]"))
    assert foot[2].endswith("are in the files.")
    assert len(foot) == 3


def test_a_column_of_the_table_itself_stays_whatever_it_is_called(runs_of: Given) -> None:
    table = tables.find_table("own-kinds")
    rows = tuple(replace(row, values=tuple(replace(one, column="UAR") for one in row.values[:1])) for row in table.rows)
    table = replace(table, columns=("UAR",), rows=rows)
    assert "UAR" in words_of(lines_of(tables.compare(table, runs_of(table)), None))


def test_columns_are_aligned_words_left_numbers_right() -> None:
    grid = Grid(("cell", "measured", "verdict"), (("a/b", "0.5", "above"), ("longer/name", "0.25", "x")), 1)
    assert grid_lines(grid, 80) == [
        "cell         measured  verdict",
        "a/b               0.5  above",
        "longer/name      0.25  x",
    ]
    assert grid_lines(grid, 20) == [
        "a/b", "    measured 0.5", "    verdict above", "longer/name", "    measured 0.25", "    verdict x"
    ]  # fmt: skip
