"""`fer-lab` in the process of the tests: to import what a command imports takes longer than most commands."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from fer_lab.cli import main


def called(*words: str | Path) -> tuple[int, str]:
    """Exit status and output of ``fer-lab`` with these words; what processes that it starts say is not in it."""
    said, status = io.StringIO(), 0
    argv = mock.patch.object(sys, "argv", ["fer-lab", *map(str, words)])
    with argv, redirect_stdout(said), redirect_stderr(said):
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
    return status, said.getvalue()
