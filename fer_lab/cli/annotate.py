"""The command that lets people say how pleasant and how excited a face looks, and compares what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import app, say, show_table
from fer_lab.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from fer_lab.annotation import Items

SHOWN = 20
"""How many files that are left out are listed on the screen."""


class Form(StrEnum):
    """What annotations are written as."""

    CSV = "csv"
    LABEL_STUDIO = "label-studio"


@app.command()
def annotate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of pictures and videos.")],
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who annotates; else the page asks.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of this machine's loopback; 0: a free one.")] = 8765,
    export: Annotated[Form | None, typer.Option(help="Write what was said (by --as only) instead.")] = None,
    agreement: Annotated[bool, typer.Option("--agreement", help="Compare the annotators instead.")] = False,
) -> None:
    """Annotate valence and arousal of pictures and videos, on a page of this machine only (Bartissol 2017, sec. 3.4).

    All that is said lies in FOLDER/annotations, a file an annotator; the same command goes on where it was ended.
    """
    from fer_lab.annotation import annotators, checked_name, find_items

    own = None if name is None else checked_name(name)
    items = find_items(folder)
    names = [known for known in annotators(folder) if own in (None, known)]
    if not (export or agreement):
        _serve(items, own, port)
    elif not names:
        raise DataError(f"nothing is annotated in {folder}" + (f" by {own}" if own else ""), expected="annotations")
    if export:
        _export(items, names, export)
    if agreement:
        _compare(items, names)


def _serve(items: Items, name: str | None, port: int) -> None:
    from fer_lab.annotation.server import Service, serve

    videos = sum(item.is_video for item in items.listed)
    say(f"{items.root}: {len(items.listed) - videos} pictures, {videos} videos, {len(items.skipped)} files left out")
    _list(items.skipped)
    asyncio.run(serve(Service(items, name), port, lambda page: say(f"open {page} in a browser; Ctrl-C ends it")))


def _export(items: Items, names: Sequence[str], form: Form) -> None:
    from fer_lab.annotation.table import label_studio, table, unfinished
    from fer_lab.storage import write_json

    rows = table(items, names)
    if form == Form.CSV:
        _write(rows, items.root, "annotations.csv")
    else:
        write_json(path := _place(items.root, "label_studio.json"), label_studio(rows, items))
        say(f"{path}: {rows['path'].nunique()} files by {', '.join(names)}")
    if lacking := unfinished(items, names):
        say(f"not whole: {len(lacking)}")
        _list(lacking)


def _compare(items: Items, names: Sequence[str]) -> None:
    from fer_lab.annotation.comparison import Compared

    if len(names) < 2:
        raise DataError(f"only {names[0]} has annotated {items.root}", expected="two annotators or more")
    compared = Compared(items, names)
    found = compared.agreements()
    rows = [(one.of, one.dimension, f"{one.n}", f"{one.icc:.3f}", f"{one.ccc:.3f}") for one in found]
    show_table(f"agreement of {', '.join(names)}", ("of", "dimension", "rated by all", "ICC(2,1)", "CCC"), rows, 2)
    if any(one.of != "pictures" for one in found):
        late = [(name, *(_signed(by[i]) for by in compared.late.values())) for i, name in enumerate(names)]
        show_table("seconds later than all on average", ("annotator", *compared.late), late, 1)
    _write(compared.gold(), items.root, "gold.csv")


def _write(rows: pd.DataFrame, root: Path, name: str) -> None:
    from fer_lab.storage import write_bytes

    data = rows.to_csv(index=False, lineterminator="\n", float_format="%.4f")
    write_bytes(path := _place(root, name), data.encode())
    say(f"{path}: {len(rows)} rows of {rows['path'].nunique()} files by {', '.join(rows['annotator'].unique())}")


def _signed(seconds: float) -> str:
    return "not known" if seconds != seconds else f"{seconds:+.2f}"


def _place(root: Path, name: str) -> Path:
    from fer_lab.annotation import FOLDER

    return root / FOLDER / name


def _list(left_out: Sequence[tuple[str, str]]) -> None:
    for path, reason in left_out[:SHOWN]:
        say(f"  {path}: {reason}")
    if len(left_out) > SHOWN:
        say(f"  and {len(left_out) - SHOWN} more")
