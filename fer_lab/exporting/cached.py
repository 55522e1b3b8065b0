"""The exported file of a run, made once: by a process of its own, so that whoever serves it never loads torch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.ledger import Run
from fer_lab.storage import cache_root, digest, locked, make_folder

VERSION = 3
"""Of what is written; raised whenever the same run would give another file."""
LAST = 600
"""Characters of what a process said at its end."""


def exported(run: Run, told: Callable[[str], None] = lambda line: None) -> Path:
    """The file of a finished run; written if it is not there. Whoever asks meanwhile waits for it.

    Args:
        run: as ``export`` takes it.
        told: is called with a line where it has to be written, as that takes a while.

    Raises:
        StoreError: it could not be written; with the last words of the process that tried.
    """
    folder = make_folder(cache_root() / "exports")
    path = folder / f"{run.id}-{digest([VERSION, dict(run.files)])}.onnx"
    with locked(path):
        if not path.is_file():
            told(f"exporting run {run.id} of {run.cell}, once")
            _write(run, path)
    return path


def _write(run: Run, path: Path) -> None:
    """The file appears whole or not at all, whenever this process or that one is killed."""
    command = [sys.executable, "-m", "fer_lab.exporting", str(run.folder.absolute()), str(path), str(os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or "no word"
        raise StoreError(f"run {run.id} of {run.cell} could not be exported: {said[-LAST:]}",
                         do=f"fer-lab export {run.id}, to see all of it")  # fmt: skip
