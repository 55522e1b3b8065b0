"""The claims of theses, and the verdicts that the results of a crate give on them, as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from fer_lab.claims import Claim, claims, judge
from fer_lab.claims.kept import KEPT, NUMBERS, Kept, kept_text, parse_kept
from fer_lab.crates.records import refuse
from fer_lab.ledger import STAMP, by_stamp, readable
from fer_lab.runs import stated_values
from fer_lab.sources import blocked_cells
from fer_lab.tables import under_every_name

COLUMNS = ("id", "where", "level", "statement", *STAMP, "verdict", *NUMBERS, "seeds")
NONE = "not judged in these results"


def reference_verdicts(root: Path, theses: Iterable[str]) -> dict[str, list[Kept]]:
    """Thesis -> the committed verdicts on its claims; nothing of one that has none.

    Raises:
        StoreError: some are not as they were written.
    """
    found, wrong = dict[str, list[Kept]](), list[str]()
    for path in (root / thesis / KEPT for thesis in theses):
        try:
            if path.is_file():
                found[path.parent.name] = parse_kept(path.read_text())
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            wrong.append(f"{path}: {error!r}")
    refuse(wrong, "list of verdicts")
    return found


def ledger_verdicts(
    runs: Path, theses: Iterable[str], stamps: Collection[tuple[str, ...]], overrides: Sequence[str]
) -> dict[str, list[Kept]]:
    """Thesis -> the verdicts on its claims that the finished runs of some stamps give today.

    Args:
        runs: ``results/runs``.
        theses: whose claims are judged.
        stamps: source, profile and protocol each, as the tables have them.
        overrides: where data lie, which decides what is blocked.
    """
    ledgers, places = by_stamp(*readable(runs)), [word for word in overrides if word.startswith("paths.")]
    found: dict[str, list[Kept]] = {}
    for stamp in sorted(stamps, reverse=True):
        stamped = dict(zip(STAMP, stamp, strict=True))
        own = under_every_name(ledgers[stamp].runs) if stamp in ledgers else {}
        words = [*(f"{key}={value}" for key, value in stamped.items()), *places]
        for thesis, known in _by_thesis(theses):
            values = [value for claim in known for relation in claim.relations for value in relation.values]
            open_cells = {value.cell for value in values if value.cell} - {cell for cell, _ in own}
            blocked = blocked_cells(open_cells, words)
            asked = [value for value in values if value.cell and value.cell not in blocked]
            stated = stated_values(asked, words, make=False)
            judged = judge(known, own, stamped["source"], stated, blocked)
            found.setdefault(thesis, []).extend(parse_kept(kept_text(judged, stamped)))
    return found


def _by_thesis(theses: Iterable[str]) -> Iterator[tuple[str, list[Claim]]]:
    known = claims()
    for thesis in theses:
        if own := [claim for claim in known if claim.thesis == thesis]:
            yield thesis, own


def verdict_tables(theses: Iterable[str], found: Mapping[str, Sequence[Kept]]) -> dict[str, bytes]:
    """File name -> a table of the claims of a thesis, a line a claim and stamp; those without a verdict say so."""
    return {
        f"claims/{thesis}.csv": _text(known, found.get(thesis, ())).encode() for thesis, known in _by_thesis(theses)
    }


def _text(known: Sequence[Claim], found: Sequence[Kept]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for claim in known:
        about = {key: getattr(claim, key) for key in ("id", "where", "level", "statement")}
        own = [one for one in found if one.id == claim.id]
        writer.writerows([{**about, **_line(one)} for one in own] or [{**about, "verdict": NONE}])
    return text.getvalue()


def _line(one: Kept) -> dict[str, object]:
    numbers = {name: getattr(one, name) for name in NUMBERS}
    shown = {name: "" if value != value else f"{value:.6g}" for name, value in numbers.items()}  # NaN: there is none
    return {**one.stamp, "verdict": one.verdict, **shown, "seeds": " ".join(map(str, one.seeds))}
