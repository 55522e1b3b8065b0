"""The command that writes a finished run as a file that others use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.models import FILE, check_extra, found_run
from fer_lab.cli.recheck import Name, Seed


@app.command()
def export(
    run: Name,
    overrides: Overrides = None,
    seed: Seed = 0,
    to: Annotated[Path, typer.Option(help="The folder to write into.")] = Path("exports"),
) -> None:
    """Write a finished run as one ONNX file, with all that is known of it inside.

    Of several runs of a cell source=, profile= and protocol= say which; paths.results= where they lie.
    """
    found = found_run(run, seed, overrides or [])
    check_extra("export", "onnx", "onnxruntime", "onnxscript")
    from fer_lab.exporting.export import export as write

    path = to / f"{found.cell.replace('/', '.')}-{found.id}{FILE}"
    done = write(found, path)
    say(f"{done.path}: {done.path.stat().st_size} bytes, {done.parity:.1e} from torch's own answers")
