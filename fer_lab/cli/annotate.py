"""The command that lets people say how pleasant and how excited a face looks, and compares what they say."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from fer_lab.cli.app import app, say

SHOWN = 20
"""How many files that are left out are listed on the screen."""


@app.command()
def annotate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of pictures and videos.")],
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who annotates; else the page asks.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of this machine's loopback; 0: a free one.")] = 8765,
) -> None:
    """Annotate valence and arousal of pictures and videos, on a page of this machine only (Bartissol 2017, sec. 3.4).

    All that is said lies in FOLDER/annotations, a file an annotator; the same command goes on where it was ended.
    """
    from fer_lab.annotation import checked_name, find_items
    from fer_lab.annotation.server import Service, serve

    items = find_items(folder)
    videos = sum(item.is_video for item in items.listed)
    say(f"{folder}: {len(items.listed) - videos} pictures, {videos} videos, {len(items.skipped)} files left out")
    for path, reason in items.skipped[:SHOWN]:
        say(f"  {path}: {reason}")
    service = Service(items, None if name is None else checked_name(name))
    asyncio.run(serve(service, port, lambda address: say(f"open {address} in a browser; Ctrl-C ends it")))
