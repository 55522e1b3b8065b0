"""Judged claims as a table that is committed: what finished runs said, to be shown where the runs are not."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_lab.claims.judge import Judged, effect_words, p_words
from fer_lab.evaluation import Interval
from fer_lab.storage import write_bytes

KEPT = "claims.csv"
"""Beside the committed tables of a thesis."""
NUMBERS = ("effect", "low", "high", "smallest_effect", "p")


@dataclass(frozen=True)
class Kept:
    """A judged claim, of the relation that decides.

    Attributes:
        id: of the claim.
        stamp: source, profile and protocol of its runs.
        verdict: as it was judged.
        effect, low, high: a - b with its 95 % interval; NaN where there is none.
        smallest_effect: the difference that the runs would have told from none (``Interval.smallest_effect``).
        p: after Holm's correction; NaN where there is no test.
        seeds: those that all its cells have run.
    """

    id: str
    stamp: Mapping[str, str]
    verdict: str
    effect: float
    low: float
    high: float
    smallest_effect: float
    p: float
    seeds: tuple[int, ...]

    @property
    def texts(self) -> Mapping[str, str]:
        """``effect`` with its interval, ``p`` and ``smallest_effect`` as they are shown; '' where there is none."""
        effect = "" if math.isnan(self.effect) else effect_words(self.effect, self.low, self.high)
        return {"effect": effect, "p": p_words(self.p), "smallest_effect": _shown(self.smallest_effect)}


def _shown(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def write_kept(path: Path, judged: Sequence[Judged], stamp: Mapping[str, str]) -> None:
    """Write what was judged, a line a claim; those that nothing was measured of, with their verdict alone.

    Raises:
        StoreError: the file cannot be written.
    """
    write_bytes(path, kept_text(judged, stamp).encode())


def kept_text(judged: Sequence[Judged], stamp: Mapping[str, str]) -> str:
    """What ``write_kept`` writes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ("id", *stamp, "verdict", *NUMBERS, "seeds"), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_line(one, stamp) for one in judged)
    return text.getvalue()


def _line(one: Judged, stamp: Mapping[str, str]) -> dict[str, object]:
    found = (one.decisive.effect if one.decisive else None) or Interval(math.nan, math.nan, math.nan, 0)
    p = math.nan if one.p is None else one.p
    values = zip(NUMBERS, (found.mean, found.low, found.high, found.smallest_effect, p), strict=True)
    shown = {name: "" if math.isnan(value) else f"{value:.6g}" for name, value in values}
    seeds = " ".join(map(str, one.seeds))
    return {"id": one.claim.id, **stamp, "verdict": one.verdict, **shown, "seeds": seeds}


def read_kept(path: Path) -> list[Kept]:
    """What was written; nothing where there is no such file."""
    if not path.is_file():
        return []
    return parse_kept(path.read_text())


def parse_kept(text: str) -> list[Kept]:
    """What ``kept_text`` gave."""
    return [_kept(line) for line in csv.DictReader(text.splitlines())]


def _kept(line: Mapping[str, str]) -> Kept:
    stamp = {key: line[key] for key in ("source", "profile", "protocol")}
    numbers = {name: float(line[name] or math.nan) for name in NUMBERS}
    return Kept(line["id"], stamp, line["verdict"], seeds=tuple(map(int, line["seeds"].split())), **numbers)
