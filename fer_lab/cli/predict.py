"""The command that lets a model answer files: pictures, videos, folders of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_lab.cli.app import app, console, say
from fer_lab.cli.models import ModelName, OfACell, check_extra, model_file

if TYPE_CHECKING:
    from fer_lab.phases import Phase

SHOWN = 10
"""Files that could not be read are named up to here; all of them stand in the folder."""


class Table(StrEnum):
    """What the table is written as."""

    CSV = "csv"
    PARQUET = "parquet"


@app.command()
def predict(
    model: ModelName,
    files: Annotated[list[str], typer.Argument(help="Pictures, videos, folders or archives of them.")],
    to: Annotated[Path, typer.Option(help="The folder that is written.")] = Path("answers"),
    table: Annotated[Table, typer.Option(help="What the table is written as.")] = Table.CSV,
    annotated: Annotated[bool, typer.Option("--annotated", help="Draw the answers into copies, too.")] = False,
    error: Annotated[float | None, typer.Option(help="Answer only where no more than this share is wrong.")] = None,
    above: Annotated[float | None, typer.Option(help="Answer only above this probability.")] = None,
    smooth: Annotated[float, typer.Option(help="Smooth over so many seconds of a video.")] = 0.0,
    neutral: Annotated[list[str] | None, typer.Option(help="found, first:SECONDS or FILE:FROM-TO.")] = None,
    every: Annotated[int, typer.Option(help="Of a video every so manieth frame.")] = 1,
    faces: Annotated[int, typer.Option(help="So many of a picture are looked for.")] = 16,
    landmarks: Annotated[bool, typer.Option("--landmarks", help="Tell the 68 points, too.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Make the folder anew.")] = False,
    seed: OfACell = None,
    stamp: Annotated[
        list[str] | None, typer.Option(help="Of a cell's runs: source=, profile=, protocol=, paths.results=.")
    ] = None,
) -> None:
    """Faces of pictures and videos, and what a model answers of each: a table a row a face, and what is known of it.

    The same command goes on where it was interrupted. Exit status 0: all files were read; 1: some were not; 2: none.
    """
    check_extra("export", "onnxruntime")
    from fer_lab.inference.asked import Asked
    from fer_lab.inference.options import Options
    from fer_lab.inference.predictor import Predictor
    from fer_lab.inference.work import Work

    options = Options(faces, every, error, above, smooth, tuple(neutral or ()), landmarks)
    asked = Asked(to, table.value, options, annotated, again)
    with _shown(), closing(Predictor(model_file(model, seed, stamp or []))) as predictor:
        about = Work(predictor, files, asked).do()
    _tell(about, to)
    raise typer.Exit(_status(about["counts"]))


def _status(counts: dict[str, int]) -> int:
    """2 where no picture could be looked at, 1 where some could not, else 0."""
    return 2 if not counts["pictures"] else 1 if counts["skipped"] else 0


def _tell(about: dict[str, Any], folder: Path) -> None:
    """What was done, with which model, and what was left out."""
    import pandas as pd

    from fer_lab.inference.written import one_line
    from fer_lab.labels import several

    model, counts, run = about["model"], about["counts"], about["model"]["run"]
    say(f"model {model['file']} ({model['version']}): run {run['id']} of {run['cell']}, trained on {run['title']}")
    if model["stamp"]:
        say(f"it was {model['stamp']}")
    for one in model["measured"][:1]:
        spread = "" if one["low"] is None else f" [{one['low']:.3f}, {one['high']:.3f}]"
        say(f"measured on its test part: {one['name']} {one['value']:.3f}{spread}, {one['items']} items")
    found = f"{several(counts['faces'], 'face')} in {several(counts['pictures'], 'picture')}"
    say(f"{found} of {several(counts['files'], 'file')}, {counts['answered']} answered: {folder / about['table']}")
    if counts["skipped"]:
        skipped = pd.read_csv(folder / "skipped.csv", dtype={"file": str, "reason": str}, keep_default_na=False)
        say(f"{several(counts['skipped'], 'file')} could not be read, or not to their end ({folder / 'skipped.csv'}):")
        for file, reason in zip(one_line(skipped["file"][:SHOWN].tolist()), skipped["reason"], strict=False):
            say(f"  {file}: {reason}")


@contextmanager
def _shown() -> Iterator[None]:
    """A bar where there is a terminal; nothing where there is none."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from fer_lab.phases import heard

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)

        def hear(phase: Phase) -> None:
            bar.update(task, description=f"{phase.name} {phase.what}", completed=phase.done, total=phase.total or None)

        with heard(hear):
            yield
