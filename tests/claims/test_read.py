"""Claims as data: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab import claims as known
from fer_lab import tables
from fer_lab.claims import Claim
from fer_lab.errors import ConfigError
from fer_lab.tables import Printed

EXPERIMENT = """
name: first
title: An experiment
thesis: a_2020
section: "1"
seeds: [0, 1]
groups: { data: fer2013 }
cells:
  one: { title: One }
  two: { title: Two }
"""
TABLE = """
thesis: a_2020
number: "7.1"
title: A table
section: "1"
header: [Model, Data]
columns: { Accuracy: { metric: accuracy } }
rows:
  - { labels: [One, Faces], cell: first/one, printed: { Accuracy: "0.50" } }
  - { labels: [Two, Faces], cell: first/two, printed: { Accuracy: "0.40" } }
"""
CLAIMS = """
claims:
  - id: A-1
    where: sec. 7
    statement: One is better than two
    level: stated
    relations:
      - [["7.1", One | Faces, Accuracy], ">", ["7.1", Two | Faces, Accuracy]]
      - [{ cell: first/one, metric: recall, of: fear, part: val }, ">=", 0.25]
  - { id: A-2, where: sec. 8, statement: It is beautiful, level: implied, open: nothing to measure }
"""


def write(root: Path, claims: str = CLAIMS) -> Path:
    (root / "a_2020" / "tables").mkdir(parents=True)
    (root / "a_2020" / "first.yaml").write_text(EXPERIMENT)
    (root / "a_2020" / "tables" / "7.1.yaml").write_text(TABLE)
    (root / "a_2020" / "claims.yaml").write_text(claims)
    return root


def test_a_relation_is_tied_to_printed_values_cells_and_numbers(tmp_path: Path) -> None:
    first, second = known.claims("a_2020", write(tmp_path))
    assert (first.id, first.thesis, first.level, first.open) == ("A-1", "a_2020", "stated", None)
    printed, measured = first.relations
    assert [(value.cell, value.value) for value in printed.values] == [("first/one", 0.5), ("first/two", 0.4)]
    assert (printed.op, printed.table) == (">", "7.1")
    assert isinstance(measured.a, Printed)
    assert (measured.a.name, measured.a.of, measured.a.part, measured.a.printed) == ("recall", "fear", "val", "")
    assert (measured.b, measured.table) == (0.25, "")
    assert (second.open, second.relations) == ("nothing to measure", ())


@pytest.mark.parametrize(("old", "new", "message"), [
    ("One | Faces", "One", "no One :: Accuracy(.|\n)*One | Faces :: Accuracy"),
    ('[["7.1", One', '[["7.2", One', "no table 'a_2020-7.2'(.|\n)*a_2020-7.1"),
    ("cell: first/one", "cell: first/on", "no cell 'first/on'(.|\n)*first/one"),
    ("metric: recall", "metric: recal", "recal"),
    ('">="', '"=>"', "no relation"),
    (", 0.25]", "]", "no relation"),
    ("level: stated", "level: said", "level 'said'"),
    ("id: A-2", "id: A-1", "two claims are called A-1"),
    (", open: nothing to measure", "", "relations or open"),
    ("where: sec. 7", "place: sec. 7", "unknown key 'place'"),
    ("0.25]", "many]", "'many'"),
])  # fmt: skip
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    root = write(tmp_path, CLAIMS.replace(old, new, 1))
    with pytest.raises(ConfigError, match=message):
        known.claims(root=root)


def test_an_unknown_thesis_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a_2020"):
        known.claims("a_2021", write(tmp_path))


EVERY = known.claims()


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.id)
def test_every_claim_of_the_theses_reads_what_its_thesis_has(claim: Claim) -> None:
    cells = {value.cell for relation in claim.relations for value in relation.values if value.cell}
    theses = {tables.find_experiment(cell.split("/")[0]).thesis for cell in cells}
    assert theses <= {claim.thesis}
    assert claim.relations or claim.open
    assert claim.statement
    assert claim.where
