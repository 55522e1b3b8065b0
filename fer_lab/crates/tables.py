"""Rendered tables as they lie in a folder: their stamp, what they are read from, and the files that a crate takes."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.evaluation import KINDS, RULES
from fer_lab.labels import several
from fer_lab.ledger import STAMP
from fer_lab.tables.grid import INFLATIONS
from fer_lab.tables.rendering import MEASURED, WHICH

TABLE = "table.csv"
FILES = re.compile(r"table\.(csv|md|tex|html)|confusion-[\w.-]+\.png")
"""What a rendered table is made of: pages, and pictures of counts. Nothing else leaves its folder."""
NEEDED = ("row", "column", "thesis", "table", *STAMP, "cell", "printed", "mean", "low", "high", "seeds", "verdict")
SHOWN = 5


@dataclass(frozen=True)
class Rendered:
    """A table as it was rendered.

    Attributes:
        folder: where it lies.
        thesis, number: which table it is.
        stamp: source, profile and protocol of its runs.
        lines: of its ``table.csv``, one a value.
        files: what it is made of, names sorted.
        other: names in its folder that are no files of a table, and are left there.
    """

    folder: Path
    thesis: str
    number: str
    stamp: Mapping[str, str]
    lines: Sequence[Mapping[str, str]]
    files: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its place in a crate: ``tables/moravcik_2021/6.1``."""
        return f"tables/{self.thesis}/{self.folder.name}"

    @property
    def runs(self) -> frozenset[tuple[str, int]]:
        """Cell and seed of the runs that its values were read from."""
        named = ("cell", "ensemble", "minus")
        cells = ((line, cell) for line in self.lines for key in named for cell in line.get(key, "").split())
        return frozenset((cell, int(seed)) for line, cell in cells for seed in line["seeds"].split())


def known_columns() -> frozenset[str]:
    """Every column that a ``table.csv`` of this version can have."""
    kinds = KINDS.values()
    votes = {f"vote_{rule}" for kind in RULES for rule in RULES[kind]}
    added = {f"{name}_{key}" for name in INFLATIONS.values() for key in ("mean", "low", "high")}
    beside = {"kind", "name", "value", "stated", "p_holm", "n_items", "n_videos", "chance", "most_frequent", "constant"}
    others = {"missing", "seed_lowest", "seed_highest", *WHICH, *MEASURED, *(name for k in kinds for name in k.overall)}
    return frozenset({*NEEDED, "ensemble", *votes, *added, *beside, *others})


def read_tables(root: Path, theses: Collection[str], stamp: Mapping[str, Collection[str]]) -> list[Rendered]:
    """The tables below ``<root>/<thesis>/<number>/``.

    Args:
        root: ``results/tables`` or ``results/reference``.
        theses: those asked for; empty: all.
        stamp: key of the stamp -> the values asked for; a key that is missing: all.

    Raises:
        StoreError: there are none, or some are not as this version writes them: all are counted, the first are named.
    """
    found, wrong = list[Rendered](), list[str]()
    for path in sorted(root.glob(f"*/*/{TABLE}")):
        if theses and path.parents[1].name not in theses:
            continue
        try:
            table = _read(path)
        except (OSError, ValueError, csv.Error) as error:
            wrong.append(f"{path}: {error}")
            continue
        if all(table.stamp[key] in stamp.get(key, [table.stamp[key]]) for key in STAMP):
            found.append(table)
    if wrong:
        raise StoreError(
            f"{several(len(wrong), 'table')} cannot be taken, so nothing is written: {'; '.join(wrong[:SHOWN])}"
            f"{'; ...' if len(wrong) > SHOWN else ''}",
            expected="tables as this version of fer_lab renders them",
            do="render them again (fer-lab tables), or use the version that wrote them",
        )
    if not found:
        asked = "".join(f", {key} {', '.join(values)}" for key, values in stamp.items())
        raise StoreError(f"{root} has no table{asked and f' of{asked[1:]}'}", expected=f"<thesis>/<number>/{TABLE}",
                         do="render some: fer-lab tables, with the same paths.results=")  # fmt: skip
    return found


def _read(path: Path) -> Rendered:
    """A table.

    Raises:
        ValueError: it has other columns, says several tables or stamps, or is not where it belongs.
    """
    if any(one.is_symlink() for one in (path, path.parent, path.parents[1])):
        raise ValueError("is reached by a link")
    reader = csv.DictReader(path.read_text().splitlines(), strict=True)
    lines, columns = list(reader), [str(name) for name in reader.fieldnames or ()]
    if missing := sorted({*NEEDED} - {*columns}):
        raise ValueError(f"has no column {', '.join(missing)}")
    if unknown := sorted({*columns} - known_columns()):
        raise ValueError(f"has a column that this version does not know: {', '.join(unknown)}")
    if not lines or any(None in line or None in line.values() for line in lines):
        raise ValueError("has lines of another length" if lines else "has no line")
    said = {tuple(line[key] for key in ("thesis", "table", *STAMP)) for line in lines}
    if len(said) > 1:
        raise ValueError(f"says several tables or stamps: {sorted(said)[:2]}")
    thesis, number, *stamp = said.pop()
    if thesis != path.parents[1].name or not path.parent.name.startswith(number):
        raise ValueError(f"says that it is table {number} of {thesis}")
    files = sorted(one for one in path.parent.iterdir() if one.is_file() and not one.is_symlink())
    taken = tuple(one.name for one in files if FILES.fullmatch(one.name))
    other = tuple(sorted(one.name for one in path.parent.iterdir() if one.name not in taken))
    table = Rendered(path.parent, thesis, number, dict(zip(STAMP, stamp, strict=True)), lines, taken, other)
    _ = table.runs  # seeds are numbers
    return table
