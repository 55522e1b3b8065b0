"""The exported file of a run, made once: by a process of its own, so that whoever serves it never loads torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.ledger import Run
from fer_lab.storage import cache_root, digest, locked, make_folder

VERSION = 1
"""Of what is written; raised whenever the same run would give another file."""


def exported(run: Run) -> Path:
    """The file of a finished run; written if it is not there.

    Raises:
        StoreError: it could not be written; with the last words of the process that tried.
    """
    folder = make_folder(cache_root() / "exports")
    path = folder / f"{run.id}-{digest([VERSION, dict(run.files)])}.onnx"
    with locked(path.with_suffix(".lock")):
        if not path.is_file():
            _write(run, path)
    return path


def _write(run: Run, path: Path) -> None:
    command = [sys.executable, "-m", "fer_lab.exporting", str(run.folder), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no word"]
        raise StoreError(f"run {run.id} of {run.cell} could not be exported: {said[-1]}")
