"""Numbers that others have published, with which part chose the epoch, beside what such a choice was worth here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from fer_lab.claims.published import published
from fer_lab.report.site.kept_claims import Said, claims_block
from fer_lab.report.site.page import Page, reference_path

FOLDER = "fer2013_corrected"
"""The experiments that measure what a correction is worth."""


def leaderboard_page(said: Sequence[Said]) -> Page:
    """By data set; ``said`` are the committed verdicts, of which those on real data say what a choice is worth."""
    groups = [(data, list(own)) for data, own in groupby(published(), key=lambda one: one.data)]
    own = [(claim, kept) for claim, kept in said if claim.thesis == FOLDER and kept.stamp["source"] == "real"]
    values = {
        "groups": groups,
        "claims": claims_block(own),
        "target": reference_path(FOLDER) if own else None,
        "counts": {data: (sum(one.is_chosen_by_itself for one in found), len(found)) for data, found in groups},
    }
    heading, above = "Published numbers, and what chose their epoch", [("Overview", "index.html")]
    return Page("leaderboard.html", "leaderboard.html.j2", heading, values, above)
