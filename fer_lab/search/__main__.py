"""`python -m fer_lab.search cell=... space=...`: what `fer-lab search` starts, in a process of its own."""

from __future__ import annotations

import sys

from fer_lab.errors import FerLabError
from fer_lab.processes import INTERRUPTED, Interrupted, ended_by_signals


def main() -> int:
    """Search; returns the exit status."""
    try:
        with ended_by_signals():
            from fer_lab.search.workers import run  # takes seconds, in which a Ctrl-C is heard

            return run(sys.argv[1:])
    except Interrupted as end:
        print(INTERRUPTED, file=sys.stderr)
        return end.status
    except FerLabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
