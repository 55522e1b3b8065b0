"""Committed verdicts on claims, and what stands beside them where a claim is one of ours, asked on open data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fer_lab.claims import Claim, claims
from fer_lab.claims.kept import KEPT, Kept, read_kept
from fer_lab.evaluation import Interval
from fer_lab.report.site.strips import root_scale, strip

Said = tuple[Claim, Kept]


def read_kept_claims(root: Path | None) -> list[Said]:
    """The committed verdicts below ``results/reference`` on claims that are still among the experiments."""
    known = {claim.id: claim for claim in claims()}
    paths = [] if root is None else sorted(root.glob(f"*/{KEPT}"))
    return [(known[one.id], one) for path in paths for one in read_kept(path) if one.id in known]


def claims_block(said: Sequence[Said]) -> dict[str, Any]:
    """What a page is given of the verdicts of one folder of experiments: a scale, and a line each."""
    scale = root_scale(bound for _, one in said for bound in (one.effect, one.low, one.high))
    lines = []
    for claim, one in said:
        found = Interval(one.effect, one.low, one.high, 0)
        lines.append({
            "claim": claim,
            "kept": one,
            "strip": None if math.isnan(one.effect) else strip(found, verdict=one.verdict, scale=scale),
            **one.texts,
            "stamp": ", ".join(one.stamp.values()),
            "seeds": len(one.seeds),
        })  # fmt: skip
    return {"scale": scale, "lines": lines}
