"""``python -m fer_lab.exporting FOLDER FILE PARENT``: the finished run in a folder, exported; for ``exporting.cached``.

It ends with the process PARENT: nobody waits for the file any more, and the lock of it is free.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fer_lab.errors import FerLabError
from fer_lab.ledger import read_run
from fer_lab.processes import exit_with_parent

if __name__ == "__main__":
    folder, path, parent = sys.argv[1:]
    exit_with_parent(int(parent))
    from fer_lab.exporting.export import export  # takes seconds, in which the parent may be killed

    try:
        export(read_run(Path(folder)), Path(path))
    except FerLabError as error:
        sys.exit(str(error))
