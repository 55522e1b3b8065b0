"""The audit of all theses: its form, and facts that follow from the tables themselves."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.audit import CHECKS, WHOLE, Finding, findings
from fer_lab.audit.facts import VOCABULARY
from fer_lab.errors import ConfigError

ROOT = Path(__file__).parents[2]
CONTRADICTIONS = Path(__file__).with_name("contradictions.csv")
"""Every contradiction that the audit finds, in the order of the pages; of those of a claim its id, as claims.yaml says
the rest."""
CONFIRMED = {
    "athanasiadis_2022": 17,
    "bartissol_2017": 54,
    "garcia_zapata_2018": 43,
    "moravcik_2021": 114,
    "rosa_ramos_2018": 92,
}
"""How many checks of numbers against numbers agree."""
THESES = set(CONFIRMED)


@pytest.fixture(scope="module")
def found() -> list[Finding]:
    return findings()


def values(slug: str) -> dict[tuple[str, str], float]:
    """What a table prints, as numbers, by row (labels joined by " | ") and column."""
    rows = tables.tables()[slug].rows
    return {(" | ".join(row.labels), one.column): float(one.value or 0) for row in rows for one in row.values}


def line(one: Finding) -> dict[str, str]:
    """A finding as ``contradictions.csv`` has it."""
    said = one.arithmetic.partition(",")[0] if one.check == "stated" else one.arithmetic
    names = {"thesis": one.thesis, "table": one.table, "place": one.place, "check": one.check}
    return {**names, "arithmetic": said, "premise": one.premise}


@pytest.mark.parametrize("thesis", sorted(THESES))
def test_the_contradictions_of_a_thesis_are_these(found: list[Finding], thesis: str) -> None:
    with CONTRADICTIONS.open(newline="", encoding="utf-8") as file:
        known = [row for row in csv.DictReader(file) if row["thesis"] == thesis]
    assert [line(one) for one in found if one.thesis == thesis and not one.agrees] == known


def test_so_many_checks_of_numbers_agree(found: list[Finding]) -> None:
    assert Counter(one.thesis for one in found if one.agrees and one.check != "stated") == CONFIRMED


def of(found: list[Finding], slug: str, place: str, check: str) -> list[Finding]:
    return [one for one in found if (f"{one.thesis}-{one.table}", one.place, one.check) == (slug, place, check)]


def test_every_finding_has_its_arithmetic_and_a_place_that_exists(found: list[Finding]) -> None:
    for one in found:
        table = tables.tables()[f"{one.thesis}-{one.table}"]
        rows = [" | ".join(row.labels) for row in table.rows]
        places = {WHOLE, *rows, *table.columns} | {f"{row}, {column}" for row in rows for column in table.columns}
        assert one.place in places
        assert any(sign in one.arithmetic for sign in ("=", "printed", "more than"))
        assert any(letter.isdigit() for letter in one.arithmetic)


def test_every_thesis_and_every_kind_of_check_has_both(found: list[Finding]) -> None:
    by_thesis, by_check = defaultdict(set), defaultdict(set)
    for one in found:
        by_thesis[one.thesis].add(one.agrees)
        by_check[one.check].add(one.agrees)
    assert by_thesis == {thesis: {True, False} for thesis in THESES}
    assert by_check == {check.__name__.rpartition(".")[2]: {True, False} for check in CHECKS}


def test_every_fact_of_the_vocabulary_is_used() -> None:
    assert {key for table in tables.tables().values() for key in table.facts} == set(VOCABULARY)


def test_one_thesis_alone_has_the_findings_it_has_among_all(found: list[Finding]) -> None:
    assert findings("moravcik_2021") == [one for one in found if one.thesis == "moravcik_2021"]
    with pytest.raises(ConfigError, match="'moravcik_2021'"):
        findings("moravcik")


def test_the_classes_of_fer2013_against_its_parts(found: list[Finding]) -> None:
    parts = ("FER2013, Training", "FER2013, Private Test (validation)", "FER2013, Public Test (test)")
    stated = sum(values("moravcik_2021-text-4.2")[part, "Value"] for part in parts)
    counted = sum(values("moravcik_2021-4.1").values())
    (one,) = of(found, "moravcik_2021-4.1", "No. of images", "composition")
    assert one.agrees == (counted == stated)
    assert f"{counted:.0f}" in one.arithmetic
    assert f"{stated:.0f}" in one.arithmetic


@pytest.mark.parametrize(("number", "row"), [("7.9", 1), ("7.10", 3)])
def test_the_matrices_of_oulu_casia_against_their_accuracies(found: list[Finding], number: str, row: int) -> None:
    counts = [[int(value.printed) for value in row.values] for row in tables.find_table(number).rows]
    share = sum(counts[i][i] for i in range(6)) / sum(map(sum, counts))
    printed = tables.tables()["garcia_zapata_2018-7.6"].rows[row].values[0].value
    size, accuracy = of(found, f"garcia_zapata_2018-{number}", WHOLE, "matrix")
    assert size.agrees == (sum(map(sum, counts)) == 449)
    assert accuracy.agrees == (round(share, 6) == printed)
    assert f"{share:.6f}" in accuracy.arithmetic


def test_the_counts_of_bartissol_against_images_and_labels(found: list[Finding]) -> None:
    for number, cells in (("4", 6400 * 60), ("6", 4424 * 11)):
        counts = values(f"bartissol_2017-{number}")
        for column in ("VGG 16", "Inception V2"):
            n = sum(value for (_, name), value in counts.items() if name == column)
            size = of(found, f"bartissol_2017-{number}", column, "counts")[0]
            assert size.agrees == (n == cells)


def test_a_column_of_rosa_ramos_against_its_sum(found: list[Finding]) -> None:
    table = values("rosa_ramos_2018-6.1")
    for column in {column for _, column in table}:
        n = sum(value for (row, name), value in table.items() if name == column and row != "SUM")
        (one,) = [
            x for x in of(found, "rosa_ramos_2018-6.1", f"SUM, {column}", "composition") if f"{n:.0f}" in x.arithmetic
        ]
        assert one.agrees == (n == table["SUM", column])


def test_class_accuracies_of_athanasiadis_against_their_videos(found: list[Finding]) -> None:
    videos = values("athanasiadis_2022-3.2")
    for number in ("text-4.5", "text-4.6"):
        for (row, _), value in values(f"athanasiadis_2022-{number}").items():
            n = videos["Testing set", row.split(", ")[1]]
            possible = any(abs(k / n - value) < 0.5e-4 for k in range(int(n) + 1))
            (one,) = of(found, f"athanasiadis_2022-{number}", row, "possible")
            assert one.agrees == possible


def test_the_audit_needs_no_torch() -> None:
    code = (
        "import sys; sys.argv = ['fer-lab', 'audit', 'moravcik_2021', '--all']\n"
        "from fer_lab.cli import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "confirmed" in done.stdout
