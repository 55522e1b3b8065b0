"""Read ``experiments/<thesis>/claims.yaml``. Everything is checked: a table, row, column or cell that is not there is
an error with the nearest names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from fer_lab.claims.schema import LEVELS, OPERATORS, Claim, Operand, Relation
from fer_lab.errors import ConfigError, nearest
from fer_lab.resources import resource_folder
from fer_lab.tables import Catalogue, Printed, read_catalogue
from fer_lab.tables.catalogue import CLAIMS, read_measure
from fer_lab.tables.pages import check_keys, load

KEYS = ("id", "where", "statement", "level")
OPTIONAL = ("relations", "open", "note")


def claims(thesis: str | None = None, root: Path | None = None) -> list[Claim]:
    """The claims of a thesis, or of all below ``root`` (``experiments/``), in the order of their files.

    Raises:
        ConfigError: no such thesis has claims; or a file is not as it should be.
    """
    known = _claims(root or resource_folder("experiments"))
    if thesis is not None and thesis not in (theses := {claim.thesis for claim in known}):
        raise ConfigError(f"no claims of a thesis {thesis!r}", expected=f"nearest: {nearest(thesis, theses)}")
    return [claim for claim in known if thesis in (None, claim.thesis)]


@lru_cache(maxsize=8)
def _claims(root: Path) -> tuple[Claim, ...]:
    known = read_catalogue(root)
    found = [claim for path in sorted(root.glob(f"*/{CLAIMS}")) for claim in _page(path, known)]
    _refuse_twice(claim.id for claim in found)
    return tuple(found)


def _refuse_twice(ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise ConfigError(f"two claims are called {id}", do="give one of them another id")
        seen.add(id)


def _page(path: Path, known: Catalogue) -> list[Claim]:
    page = load(path)
    check_keys(page, ("claims",), (), str(path))
    if not isinstance(page["claims"], list) or not all(isinstance(item, dict) for item in page["claims"]):
        raise ConfigError(
            f"{path}: claims is no list of claims", expected="- id: ..., where: ..., statement: ..., level: ..."
        )
    return [_claim(item, path, known) for item in page["claims"]]


def _claim(item: dict[str, Any], path: Path, known: Catalogue) -> Claim:
    where = f"{path}: claim {item.get('id')}"
    check_keys(item, KEYS, OPTIONAL, where)
    if item["level"] not in LEVELS:
        raise ConfigError(f"{where}: level {item['level']!r}", expected=f"one of {', '.join(LEVELS)}")
    if ("open" in item) == bool(item.get("relations")):
        raise ConfigError(
            f"{where}: needs either relations or open", do="say which relations must hold, or why none do"
        )
    thesis = path.parent.name
    if not isinstance(item.get("relations", []), list):
        raise ConfigError(f"{where}: relations is no list", expected="- [a, op, b]")
    relations = tuple(_relation(relation, thesis, where, known) for relation in item.get("relations", []))
    text = {key: str(item[key]) for key in (*KEYS, "note") if key in item}
    return Claim(thesis=thesis, relations=relations, open=item.get("open"), **text)


def _relation(item: Any, thesis: str, where: str, known: Catalogue) -> Relation:
    if not isinstance(item, list) or len(item) != 3 or item[1] not in OPERATORS:
        raise ConfigError(f"{where}: {item!r} is no relation", expected=f"[a, op, b], op one of {' '.join(OPERATORS)}")
    a, op, b = item
    tables = [side[0] for side in (a, b) if isinstance(side, list)]
    return Relation(
        _operand(a, thesis, where, known), op, _operand(b, thesis, where, known), tables[0] if tables else ""
    )


def _operand(item: Any, thesis: str, where: str, known: Catalogue) -> Operand:
    """A number; ``[table, row, column]``; or what is read of a cell, as in a table."""
    if isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item):
        return float(item)
    if isinstance(item, list) and len(item) == 3:
        number, row, column = map(str, item)
        return _printed(number, row, column, thesis, where, known)
    if isinstance(item, dict):
        return read_measure(item, where, known.cells)
    raise ConfigError(f"{where}: {item!r}", expected="a number, [table, row, column], or a cell and its metric")


def _printed(number: str, row: str, column: str, thesis: str, where: str, known: Catalogue) -> Printed:
    slug = f"{thesis}-{number}"
    if slug not in known.tables:
        raise ConfigError(f"{where}: no table {slug!r}", expected=f"nearest: {nearest(slug, known.tables)}")
    found = {
        (" | ".join(line.labels), value.column): value for line in known.tables[slug].rows for value in line.values
    }
    if (row, column) not in found:
        names = [f"{own_row} :: {own_column}" for own_row, own_column in found]
        raise ConfigError(f"{where}: Table {number} has no {row} :: {column}",
                          expected=f"nearest: {nearest(f'{row} :: {column}', names)}")  # fmt: skip
    return found[row, column]
