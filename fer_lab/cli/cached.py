"""The command about the cache."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import app, console, show_table

if TYPE_CHECKING:
    from fer_lab.cache import Cached


@app.command()
def cache(
    evict: Annotated[str | None, typer.Option(metavar="KIND[/KEY]", help="Remove one entry, or all of a kind.")] = None,
) -> None:
    """What lies in the cache (all of it can be made again), or, with --evict, remove some of it."""
    from fer_lab.cache import entries
    from fer_lab.storage import cache_root

    if evict is not None:
        _evict(evict)
        return
    found = entries()
    headings = ("kind/key", "MB", "last use", "what")
    show_table(str(cache_root()), headings, map(_row, found))
    for kind in dict.fromkeys(entry.kind for entry in found):
        _total(kind, [entry for entry in found if entry.kind == kind])
    _total("all", found)


def _row(entry: Cached) -> tuple[str, ...]:
    used = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used)) if entry.used else ""
    return f"{entry.kind}/{entry.key}", f"{entry.size / 1e6:.1f}", used, _what(entry)


def _what(entry: Cached) -> str:
    return f"{entry.what} (and what a writer left)" if entry.unfinished and entry.place.exists() else entry.what


def _total(name: str, found: Iterable[Cached]) -> None:
    sizes = [entry.size for entry in found]
    console.print(f"{name}: {len(sizes)} entries, {sum(sizes) / 1e6:.1f} MB", highlight=False)


def _evict(what: str) -> None:
    from fer_lab.cache import evict

    removed, kept = evict(what)
    for entry in removed:
        console.print(f"removed {entry.kind}/{entry.key}", markup=False, soft_wrap=True)
    _total("removed", removed)
    for entry in kept:
        text = f"kept {entry.kind}/{entry.key}: it is locked by a process that is making it"
        console.print(text, markup=False, soft_wrap=True)
    raise typer.Exit(1 if kept else 0)
