"""Claims as data: what is read, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fer_lab import claims as known
from fer_lab import tables
from fer_lab.claims import Claim
from fer_lab.claims.words import untested
from fer_lab.errors import ConfigError
from fer_lab.tables import Printed, catalogue

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
  three: { title: Three }
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
  - { labels: [Two, Frontal], cell: first/three, printed: { Accuracy: "0.30" } }
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


ALL = """
claims:
  - id: A-1
    where: sec. 7
    statement: One is the best of all
    level: stated
    relations:
      - [["7.1", One | Faces, Accuracy], ">", ["7.1", others, Accuracy], { by: 0.02 }]
      - [["7.1", every, Accuracy], ">=", { print: ["7.1", Two | Frontal, Accuracy] }]
      - [{ all: [0.9, { cell: first/two, metric: recall, of: { all: [fear, anger] } }] }, "<", 1]
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


def test_a_relation_of_several_values_stands_for_all_their_pairs(tmp_path: Path) -> None:
    (claim,) = known.claims("a_2020", write(tmp_path, ALL))
    best, lowest, rest = claim.relations[:2], claim.relations[2:5], claim.relations[5:]
    assert [(r.a.value, r.op, r.b.value, r.by) for r in best] == [(0.5, ">", 0.4, 0.02), (0.5, ">", 0.3, 0.02)]  # type: ignore[union-attr]
    assert [(r.a.value, r.b) for r in lowest] == [(0.5, 0.3), (0.4, 0.3), (0.3, 0.3)]  # type: ignore[union-attr]
    assert [getattr(relation.a, "of", relation.a) for relation in rest] == [0.9, "fear", "anger"]


@pytest.mark.parametrize(("old", "new", "message"), [
    ('["7.1", others, Accuracy]', "0.3", "'best', but compares 1 values"),
    ("One | Faces, Accuracy", "others, Accuracy", "others than nothing"),
    ('">", ["7.1", others, Accuracy]', '">", ["7.2", others, Accuracy]', "no table 'a_2020-7.2'"),
    ("by: 0.02", "times: 2", "times of a metric"), ("by: 0.02", "by: -1", "by -1"), ("by: 0.02", "buy: 1", "'buy'"),
    ('">="', '">=", 0.2, {by: 0.1}] #', "by how much, of >="),
    ("{ by: 0.02 }", "3", r"3\n.*\{by: a number\}"), ("by: 0.02", "by: .nan", "by nan"),
    ('["7.1", others, Accuracy]', "{all: []}", "stands for no pair of values"),
    ('["7.1", others, Accuracy]', '["7.1", One | Faces, Accuracy]', "against itself"),
])  # fmt: skip
def test_a_mistake_in_a_relation_of_several_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        known.claims(root=write(tmp_path, ALL.replace(old, new, 1)))


TWO = '      - [["7.1", One | Faces, Accuracy], ">", ["7.1", Two | Faces, Accuracy]]\n'


@pytest.mark.parametrize("words", [
    "One is the best", "One is the worst of them", "One beats all others", "One beats every other model",
    "One is far better", "One is better by a huge margin", "One beats both", "Neither is better than one",
])  # fmt: skip
def test_a_claim_of_more_than_its_relations_test_is_refused(tmp_path: Path, words: str) -> None:
    page = ALL.replace("One is the best of all", words)
    pair = page[: page.index('      - [["7.1", One')] + TWO
    with pytest.raises(ConfigError, match="narrow"):
        known.claims(root=write(tmp_path / "refused", pair))
    reason = pair.replace("    level: stated", "    level: stated\n    narrow: of the others nothing is printed")
    assert known.claims(root=write(tmp_path / "reasoned", reason))[0].narrow == "of the others nothing is printed"


@pytest.mark.parametrize("id", ["G-C22", "G-C26", "M-C12", "M-C15"])
def test_a_claim_of_the_theses_reduced_to_two_values_is_refused(id: str) -> None:
    (whole,) = (claim for claim in EVERY if claim.id == id)
    worded = replace(whole, statement=whole.statement + ", the weakest class" if id == "M-C12" else whole.statement)
    assert untested(replace(worded, relations=worded.relations[:1])) is not None
    assert untested(whole) is None


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
    assert untested(claim) is None
    assert claim.statement
    assert claim.where


def test_the_words_of_a_relation_tell_its_values_apart() -> None:
    (voting,) = [claim for claim in known.claims("garcia_zapata_2018") if claim.id == "G-C31"]
    for relation in voting.relations:
        first, second = relation.words.split(f" {relation.op} ")
        assert first != second
        assert "vote" in relation.words


def test_claims_go_with_the_catalogue_that_they_were_read_from() -> None:
    """The audit finds where a claim's values stand by what they are: those of another reading stand nowhere."""
    known.claims("moravcik_2021")
    catalogue._catalogue.cache_clear()
    own = {id(value) for table in tables.tables().values() for value in table.values}
    read = [
        value for claim in known.claims("moravcik_2021") for relation in claim.relations for value in relation.values
    ]
    assert any(id(value) in own for value in read)
