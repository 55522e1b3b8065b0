"""``python -m fer_lab.exporting FOLDER FILE``: the finished run in a folder, exported; for ``exporting.cached``."""

from __future__ import annotations

import sys
from pathlib import Path

from fer_lab.errors import FerLabError
from fer_lab.exporting.export import export
from fer_lab.ledger import read_run

if __name__ == "__main__":
    folder, path = map(Path, sys.argv[1:])
    try:
        export(read_run(folder), path)
    except FerLabError as error:
        sys.exit(str(error))
