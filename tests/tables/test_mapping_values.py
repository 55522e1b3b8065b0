"""Values of the kind mapping: how they are read and judged."""

from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.errors import ConfigError
from fer_lab.tables import catalogue
from fer_lab.tables.catalogue import read_catalogue
from fer_lab.tables.schema import Table

EXPERIMENT = """
name: direct
title: An experiment
thesis: a_2020
section: "1"
seeds: [0]
groups: { data: fer2013 }
cells:
  parent: { title: Parent }
  final: { title: Final, parents: [parent] }
"""
TABLE = """
thesis: a_2020
number: "1"
title: A table
section: "1"
header: [Difference]
columns: { Share: { cell: direct/final } }
rows:
  - labels: [histograms]
    mapping: "histogram, cropped"
    of: contempt as happiness
    printed: { Share: { printed: almost 50%, value: 0.5 } }
  - labels: [pixels]
    mapping: absolute
    of: contempt as fear
    printed: { Share: Mostly }
"""
REAL = {"source": "real", "profile": "paper", "protocol": "thesis"}


def written(root: Path, page: str = TABLE) -> Table:
    (root / "a_2020" / "tables").mkdir(parents=True)
    (root / "a_2020" / "direct.yaml").write_text(EXPERIMENT)
    (root / "a_2020" / "tables" / "1.yaml").write_text(page)
    catalogue._catalogue.cache_clear()
    return read_catalogue(root).tables["a_2020-1"]


def test_a_mapping_is_read_and_needs_no_run(tmp_path: Path) -> None:
    first, second = written(tmp_path).values
    assert (first.kind, first.name, first.of) == ("mapping", "histogram, cropped", "contempt as happiness")
    assert (first.printed, first.value) == ("almost 50%", 0.5)
    assert (second.name, second.value) == ("absolute", None)
    assert read_catalogue(tmp_path).tables["a_2020-1"].cells == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("mapping: absolute", "mapping: absolut", "absolute"), ("of: contempt as fear", "of: contempt", "<label> as")],
)
def test_a_mapping_of_nothing_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        written(tmp_path, TABLE.replace(old, new))


@pytest.mark.parametrize(
    ("share", "stamp", "verdict"),
    [
        (0.48, REAL, "as printed"),  # printed as "almost 50%"
        (0.42, REAL, "differs"),
        (0.42, {**REAL, "source": "mixed"}, "not comparable: twins stand for data that are not here"),
        (0.48, {**REAL, "source": "embedded"}, "not comparable: embedded twin"),
        (None, REAL, "not known"),
    ],
)
def test_a_share_is_compared_roughly(tmp_path: Path, share: float | None, stamp: dict[str, str], verdict: str) -> None:
    table = written(tmp_path)
    stated = {} if share is None else {table.values[0]: share}
    compared = tables.compare(table, {}, stated, stamp).values[0]
    assert (compared.stated, compared.verdict) == (share, verdict)
