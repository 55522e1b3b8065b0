"""Small theses, written as files and audited as the real ones are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from fer_lab.audit import Finding, findings
from fer_lab.audit.spans import numbers

Audit = Callable[..., list[Finding]]
EXPERIMENT = """
name: e
title: An experiment
thesis: t_2020
section: "1"
seeds: [0]
groups: {}
cells: { one: { title: One }, two: { title: Two } }
"""


def page(
    number: str, rows: dict[str, Any], kind: str = "result", columns: tuple[str, ...] = ("Value",), **facts: Any
) -> dict[str, Any]:
    """A table that is not built: ``rows`` maps a label to its printed string, or strings, one a column."""
    cells = [strings if isinstance(strings, list) else [strings] for strings in rows.values()]
    return {
        "thesis": "t_2020", "number": number, "title": "A table", "section": "1", "kind": kind,
        "not_built": "all of it", "header": ["Row"], "columns": {column: {} for column in columns},
        "rows": [
            {"labels": [name], "printed": dict(zip(columns, map(valued, strings), strict=True))}
            for name, strings in zip(rows, cells, strict=True)
        ],
        "facts": facts,
    }  # fmt: skip


def valued(printed: Any) -> Any:
    """A string with one number in it, with that number as its value; others as they are."""
    found = numbers(printed) if isinstance(printed, str) else []
    if len(found) != 1 or printed.replace(".", "").isdigit():
        return printed
    return {"printed": printed, "value": found[0] / (100 if "%" in printed else 1)}


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """A function: the findings of a thesis that has these tables, and makes these claims."""

    def run(*pages: dict[str, Any], claims: Sequence[dict[str, Any]] = ()) -> list[Finding]:
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        (root / "t_2020" / "tables").mkdir(parents=True)
        (root / "t_2020" / "e.yaml").write_text(EXPERIMENT)
        (root / "t_2020" / "claims.yaml").write_text(yaml.safe_dump({"claims": list(claims)}))
        for one in pages:
            (root / "t_2020" / "tables" / f"{one['number']}.yaml").write_text(yaml.safe_dump(one, sort_keys=False))
        return findings(root=root)

    return run


def outcome(found: list[Finding], check: str) -> dict[tuple[str, str], bool]:
    """Whether the findings of a check agree, by table and place."""
    return {(one.table, one.place): one.agrees for one in found if one.check == check}
