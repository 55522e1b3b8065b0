from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.errors import ConfigError
from fer_lab.tables import catalogue
from fer_lab.tables.catalogue import read_catalogue

EXPERIMENT = """
name: {name}
title: An experiment
thesis: {thesis}
section: "1"
seeds: [0, 1]
groups: {{ data: fer2013, optimizer: adam }}
cells:
  one: {{ title: One, groups: {{ model: vgg_face }}, values: {{ optimizer: {{ lr: 1e-3 }} }} }}
  two: {{ title: Two, groups: {{ model: lstm }}, parents: [one] }}
"""
TABLE = """
thesis: {thesis}
number: "7.10"
title: A table
section: "1"
header: [Model]
columns: {{ A: {{ metric: accuracy }} }}
rows:
  - {{ labels: [One], cell: {name}/one, printed: {{ A: "0.10" }} }}
  - {{ labels: [Two], cell: {name}/two, printed: {{ A: {{ printed: "12 %", value: 0.12, part: val }} }} }}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for thesis, name in (("a_2020", "first"), ("b_2021", "second")):
        (tmp_path / thesis / "tables").mkdir(parents=True)
        (tmp_path / thesis / f"{name}.yaml").write_text(EXPERIMENT.format(name=name, thesis=thesis))
        (tmp_path / thesis / "tables" / "7.10.yaml").write_text(TABLE.format(name=name, thesis=thesis))
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_what_the_repository_holds():
    garcia = {"sase_emotion", "sase_hidden", "oulu_casia"}
    moravcik = {f"fer2013_{name}" for name in ("final", "single", "sampling", "tree", "strong")} | {
        "ck_direct",
        "ck_transfer",
    }
    assert set(tables.experiments()) == garcia | moravcik | {
        "ck_mug",
        "databases",
        "rare",
        "script",
        "emotionet",
        "emotionet_studies",
        "valence_arousal",
        "kinds",
        "universal",
        "overfitting",
        "universal_studies",
        "fer2013_faults",
        "asked_fer2013",
        "asked_wild",
        "cross_data",
        *(f"on_{name}" for name in ("fer2013", "wild", "universal", "ck_mug", "overfitting")),
    }
    sase = tables.find_experiment("sase_hidden")
    assert len(sase.cells) == len(tables.find_experiment("oulu_casia").cells) == 10
    assert tables.find_cell("oulu_casia/cnn_gru_image").parents == ("oulu_casia/cnn_frontal",)
    assert tables.find_cell("oulu_casia/c3d").groups["data"] == "oulu_casia"
    printed = [table.number for table in tables.tables_of("garcia_zapata_2018")]
    assert printed[-15:] == ["4.1", "4.2", "4.3", "5.1", "5.2", *(f"7.{i}" for i in range(1, 10)), "7.10"]
    other = [table.number for table in tables.tables_of("moravcik_2021")]
    assert other[-14:] == [
        *(f"4.{i}" for i in (1, 2, 3)),
        *(f"5.{i}" for i in (1, 2, 3)),
        *(f"6.{i}" for i in range(1, 9)),
    ]
    assert len(tables.find_table("7.8").cells) == 12


def test_a_cell_as_trained_is_the_same_network_with_the_cell_for_its_parent() -> None:
    trained, tested = tables.find_experiment("universal"), tables.find_experiment("overfitting")
    assert [cell.name for cell in tested.cells.values()] == [cell.name for cell in trained.cells.values()]
    own = tables.find_cell("overfitting/vgg16_augmented")
    other = tables.find_cell("universal/vgg16_augmented")
    assert own.parents == ("universal/vgg16_augmented",)
    assert own.values == {**other.values, "epochs": 0}
    assert {**own.groups, "data": "universal", "stored_augmentation": "four_actions"} == other.groups
    assert "stored_augmentation" not in own.groups, "nothing is trained"


def test_every_cell_of_tables_7_4_to_7_7_is_trained_by_its_experiment():
    printed = {cell for number in ("7.4", "7.5", "7.6", "7.7") for cell in tables.find_table(number).cells}
    trained = {cell for name in ("sase_hidden", "oulu_casia") for cell in tables.find_experiment(name).cells}
    assert trained - printed == {"sase_hidden/geometry", "oulu_casia/geometry"}, "ours, not printed"
    assert printed <= trained
    assert set(tables.find_table("7.8").cells) <= printed


def test_table_7_8_repeats_what_the_others_print():
    others = {v.cell: v.printed for n in ("7.4", "7.5", "7.6", "7.7") for v in tables.find_table(n).values}
    assert all(others[value.cell] == value.printed for value in tables.find_table("7.8").values)


def test_of_athanasiadis_every_printed_number_is_read_from_something() -> None:
    pages = tables.tables_of("athanasiadis_2022")
    assert [table.number for table in pages if table.not_built is not None] == []
    assert sum(bool(value.printed) for table in pages for value in table.values) == 118


def test_numbers_equal_the_strings_printed():
    for table in tables.tables().values():
        if table.number[0].isdigit() and table.not_built is None:
            said = any("%" in word for word in table.rows[0].labels)
            shares = {name for name in table.columns if said or "%" in name}
            plain = {1, 100} if table.slug == "rosa_ramos_2018-9.2" else {1}  # in its text alone
            counts = [value for value in table.values if value.name != "share" and value.value is not None]
            for value in (value for value in counts if value.printed.replace(".", "").isdigit()):  # no words, no dash
                factors = {100} if value.column in shares else plain
                assert any(float(value.printed) == pytest.approx(factor * value.value) for factor in factors)


def test_shares_of_a_printed_confusion_matrix_are_those_of_its_rows():
    for number, total in (("7.9", 449), ("7.10", 456)):
        rows = tables.find_table(number).rows
        counts = [[int(value.printed) for value in row.values] for row in rows]
        assert sum(map(sum, counts)) == total
        for row, own in zip(rows, counts, strict=True):
            assert [value.value for value in row.values] == pytest.approx([n / sum(own) for n in own], abs=1e-6)


def test_supports_of_table_6_1_sum_to_its_test_set():
    counts = {v.of: v.value for v in tables.find_table("moravcik_2021-6.1").values if v.name == "support"}
    assert counts.pop("macro") == counts.pop("weighted") == sum(counts.values()) == 3589


def test_numbers_and_parents_are_read_as_meant(root):
    cells = tables.cells(root)
    assert cells["first/one"].values["optimizer"]["lr"] == 0.001
    assert cells["first/two"].parents == ("first/one",)
    value = tables.find_table("a_2020-7.10", root).values[1]
    assert (value.printed, value.value, value.part) == ("12 %", 0.12, "val")


def test_a_number_of_two_theses_is_refused_with_the_names_to_use(root):
    with pytest.raises(ConfigError, match=r"'a_2020-7\.10', 'b_2021-7\.10'"):
        tables.find_table("7.10", root)
    assert tables.find_table("b_2021-7.10", root).thesis == "b_2021"


@pytest.mark.parametrize(
    ("find", "wrong", "right"),
    [
        (tables.find_table, "garcia_zapata_2018-78", "garcia_zapata_2018-7.8"),
        (tables.find_table, "7.88", "7.8"),
        (tables.find_cell, "sase_hidden/cnn_fronta", "sase_hidden/cnn_frontal"),
        (tables.find_experiment, "sase_hiden", "sase_hidden"),
        (tables.tables_of, "garcia", "garcia_zapata_2018"),
    ],
)
def test_unknown_names_offer_the_nearest(find, wrong, right):
    with pytest.raises(ConfigError, match=right):
        find(wrong)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("first.yaml", "title: An", "titel: An", r"first\.yaml: unknown key 'titel'.*\n.*'title'"),
        ("first.yaml", "groups: { model: lstm }", "groups: { modl: lstm }", r"two\.groups: unknown key 'modl'"),
        ("first.yaml", "parents: [one]", "parents: [oen]", "'first/oen' does not exist"),
        ("first.yaml", "thesis: a_2020", "thesis: b_2021", "its folder, 'a_2020'"),
        ("first.yaml", "name: first", "name: second", "used twice"),
        ("first.yaml", "seeds: [0, 1]", "seeds: [0, 1", "cannot be read"),
        ("first.yaml", "cells:", "cells_of: secnd\ncells:", "no experiment 'secnd'"),
        ("first.yaml", "cells:", "as_trained: true\ncells:", "as_trained without cells_of"),
        ("first.yaml", "cells:", "only: [a]\ncells:", "only without cells_of"),
        ("tables/7.10.yaml", "part: val", 'above: "1.5"', "above 1.5"),
        ("tables/7.10.yaml", "part: val", 'above: "0.5", vote: mean', "above beside vote"),
        ("tables/7.10.yaml", "metric: accuracy", "metric: coverage", "metric 'coverage'"),
        ("tables/7.10.yaml", 'number: "7.10"', "number: 7.10", "number: 7.1 is not text"),
        ("tables/7.10.yaml", '"0.10"', "0.10", "row 1.A: 0.1 is not text"),
        ("tables/7.10.yaml", "first/one", "first/oen", r"no cell 'first/oen'.*\n.*'first/one'"),
        ("tables/7.10.yaml", "metric: accuracy", "metric: acuracy", "metric 'acuracy'"),
        ("tables/7.10.yaml", "labels: [One]", "labels: [One, Two]", "row 1: 2 labels"),
        ("tables/7.10.yaml", "part: val", "part: tain", "part 'tain'"),
        ("tables/7.10.yaml", ", value: 0.12", "", "'12 %' is not a number"),
        ("tables/7.10.yaml", "title: A table", "", "'title' is missing"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_place(root, file, old, new, message):
    change(root / "a_2020" / file, old, new)
    catalogue._catalogue.cache_clear()
    with pytest.raises(ConfigError, match=message):
        read_catalogue(root)


NOT_BUILT = """
thesis: a_2020
number: text-3
title: Later
section: "3"
kind: composition
facts: { people: 8 }
not_built: the data set MUG
header: [Emotion]
columns: { Images: {} }
rows:
  - { labels: [Anger], printed: { Images: "12" } }
  - { labels: [Fear], printed: { Images: "a dozen" } }
"""


def test_a_table_that_is_not_built_has_its_printed_values_only(root: Path) -> None:
    (root / "a_2020" / "tables" / "text-3.yaml").write_text(NOT_BUILT)
    table = tables.tables(root)["a_2020-text-3"]
    assert [(value.value, value.cell, value.kind) for value in table.values] == [
        (12, "", "nothing"),
        (None, "", "nothing"),
    ]
    assert (table.cells, table.seeds, table.kind, table.facts) == ((), (), "composition", {"people": 8})
    comparison = tables.compare(table, {}, {}, {"source": "real", "profile": "paper", "protocol": "clean"})
    assert {value.verdict for value in comparison.values} == {"not built"}


@pytest.mark.parametrize(("change", "message"), [
    (("columns: { Images: {} }", "columns: { Images: { metric: accuracy } }"), "unknown key 'metric'"),
    (("kind: composition", "kind: list"), "kind 'list'"),
])  # fmt: skip
def test_a_table_that_is_not_built_reads_nothing(root: Path, change: tuple[str, str], message: str) -> None:
    (root / "a_2020" / "tables" / "text-3.yaml").write_text(NOT_BUILT.replace(*change))
    with pytest.raises(ConfigError, match=message):
        read_catalogue(root)


def test_the_number_alone_names_the_table_that_is_built(root: Path) -> None:
    (root / "b_2021" / "tables" / "7.10.yaml").write_text(
        NOT_BUILT.replace("a_2020", "b_2021").replace("text-3", '"7.10"')
    )
    catalogue._catalogue.cache_clear()
    assert tables.find_table("7.10", root).thesis == "a_2020"


def test_claims_are_no_experiment(root: Path) -> None:
    (root / "a_2020" / "claims.yaml").write_text("claims: []")
    assert set(tables.experiments(root)) == {"first", "second"}


def test_runs_of_cells_that_are_configured_alike_stand_under_each_name(root: Path) -> None:
    twin = (
        EXPERIMENT.format(name="third", thesis="a_2020").replace("one:", "same:").replace("title: One", "title: Same")
    )
    (root / "a_2020" / "third.yaml").write_text(twin.replace("[one]", "[same]"))
    found = tables.under_every_name({("first/one", 0): "a", ("first/two", 1): "b", ("third/same", 1): "c"}, root)
    assert found[("third/same", 0)] == found[("first/one", 0)] == found[("second/one", 0)] == "a"
    assert found[("first/one", 1)] == found[("third/same", 1)] == "c"
    assert ("third/two", 1) not in found
    assert found[("first/two", 1)] == "b"
