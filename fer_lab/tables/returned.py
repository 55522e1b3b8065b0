"""Which runs of a table were trained by a holder of the data: what came back, and what was checked of it here."""

from __future__ import annotations

from collections.abc import Iterable

from fer_lab.ledger import Run

CHECKED = (
    "scores and parts came back, without names, pictures and weights; metrics are computed from them here, and nothing "
    "was trained again"
)


def run_by(run: Run) -> str:
    """Who has trained a returned run, when, and by which parcel; '' for a run of our own."""
    if not (about := run.returned):
        return ""
    return f"{about['holder'] or 'a holder of the data'} on {about['on']} (parcel {about['parcel']})"


def returned(runs: Iterable[Run]) -> list[str]:
    """A footnote a parcel and day, with its cells, and one of data that were not as published; [] for our own runs."""
    users: dict[str, dict[str, None]] = {}
    data: dict[str, None] = {}
    for run in runs:
        if who := run_by(run):
            users.setdefault(f"Run by {who}", {})[run.cell] = None
            data |= dict.fromkeys(run.returned["data"])
    lines = [f"{who}: {', '.join(cells)}; {CHECKED}." for who, cells in users.items()]
    return [*lines, *([f"The holder's data are not as published: {'; '.join(data)}."] if data else [])]
