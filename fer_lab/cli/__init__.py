"""What people call: `fer-lab list`, `status`, `runs`, `reproduce`, `tables`, `doctor`, `leaks`, ... No torch."""

from __future__ import annotations

import sys

from fer_lab.cli import (
    cached,
    claims,
    compare,
    dashboard,
    data,
    evidence,
    leaks,
    listing,
    new,
    recheck,
    report,
    reproduce,
    runs,
    status,
)
from fer_lab.cli.app import app, console
from fer_lab.errors import FerLabError
from fer_lab.processes import INTERRUPTED, Interrupted, ended_by_signals

__all__ = [
    "cached",
    "claims",
    "compare",
    "dashboard",
    "data",
    "evidence",
    "leaks",
    "listing",
    "main",
    "new",
    "recheck",
    "report",
    "reproduce",
    "runs",
    "status",
]


def main() -> None:
    """Run the command line; an error that a user can act on is one message, not a traceback."""
    try:
        with ended_by_signals():
            app()
    except Interrupted as end:
        console.show_cursor()  # a display of a child's had hidden it
        console.print(INTERRUPTED)
        sys.exit(end.status)
    except FerLabError as error:
        console.print(f"error: {error}", markup=False, soft_wrap=True)
        sys.exit(2)
