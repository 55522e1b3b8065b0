"""Read ``experiments/<thesis>/claims.yaml``. Everything is checked: a table, row, column or cell that is not there is
an error with the nearest names, and so is a claim whose relations test less than its words say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from fer_lab.claims.relations import read_relations
from fer_lab.claims.schema import LEVELS, Claim
from fer_lab.claims.words import untested
from fer_lab.errors import ConfigError, nearest
from fer_lab.resources import resource_folder
from fer_lab.tables import Catalogue, read_catalogue
from fer_lab.tables.catalogue import CLAIMS
from fer_lab.tables.pages import check_keys, load

KEYS = ("id", "where", "statement", "level")
OPTIONAL = ("relations", "open", "note", "narrow", "asks", "differs", "fair")


def claims(thesis: str | None = None, root: Path | None = None) -> list[Claim]:
    """The claims of a thesis, or of all below ``root`` (``experiments/``), in the order of their files.

    Raises:
        ConfigError: no such thesis has claims; or a file is not as it should be.
    """
    root = root or resource_folder("experiments")
    known = _claims(root, read_catalogue(root))
    if thesis is not None and thesis not in (theses := {claim.thesis for claim in known}):
        raise ConfigError(f"no claims of a thesis {thesis!r}", expected=f"nearest: {nearest(thesis, theses)}")
    return [claim for claim in known if thesis in (None, claim.thesis)]


@lru_cache(maxsize=8)
def _claims(root: Path, known: Catalogue) -> tuple[Claim, ...]:
    """Once a catalogue: the claims hold its very values, by which the audit finds where they stand."""
    found = [claim for path in sorted(root.glob(f"*/{CLAIMS}")) for claim in _page(path, known)]
    _refuse_twice(claim.id for claim in found)
    _check_asked(found)
    return tuple(found)


def _check_asked(found: Iterable[Claim]) -> None:
    known = {claim.id: claim for claim in found}
    for claim in known.values():
        for asked in claim.asks:
            if asked not in known:
                raise ConfigError(f"{claim.id} asks {asked!r}", expected=f"a claim: {nearest(asked, known)}")


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
    relations = [pair for one in item.get("relations", []) for pair in read_relations(one, thesis, where, known)]
    text = {key: str(item[key]) for key in (*KEYS, "note", "narrow", "differs", "fair") if key in item}
    asks = tuple(map(str, item.get("asks", ())))
    claim = Claim(thesis=thesis, relations=tuple(relations), open=item.get("open"), asks=asks, **text)
    if said := untested(claim):
        raise ConfigError(f"{where} says {said}", do="test what it says, or say in narrow why its relations do not")
    return claim
