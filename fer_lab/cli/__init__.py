"""What people call: `fer-lab list`, `status`, `runs`, `reproduce`, `tables`, `doctor`, `leaks`, ... No torch."""

from __future__ import annotations

import sys

from fer_lab.errors import FerLabError
from fer_lab.processes import INTERRUPTED, Interrupted, ended_by_signals

SHOW_CURSOR = "\x1b[?25h"
"""What a terminal is told after a child whose display had hidden it was ended."""


def main() -> None:
    """Run the command line; an error that a user can act on is one message, not a traceback."""
    try:
        with ended_by_signals():
            from fer_lab.cli.commands import app  # takes a second or more, in which a Ctrl-C is heard

            app()
    except Interrupted as end:
        print(f"{SHOW_CURSOR if sys.stdout.isatty() else ''}{INTERRUPTED}")
        sys.exit(end.status)
    except FerLabError as error:
        from fer_lab.cli.app import say

        say(f"error: {error}")
        sys.exit(2)
