"""The command that fetches the images of a data set that is given as a list of URLs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import app, console, say, show_table
from fer_lab.errors import ConfigError

if TYPE_CHECKING:
    from fer_lab.fetching.account import Account
    from fer_lab.phases import Phase

THESIS = "bartissol_2017"
REPEAT = 30.0
"""Seconds between two lines of progress where there is no terminal."""
SHOWN = 20
"""How many rows that were left out are listed on the screen."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
fetch = typer.Typer(no_args_is_help=True, help="Fetch the images of a data set that is a list of URLs.")
app.add_typer(fetch, name="fetch")


@fetch.command()
def emotionet(
    listed: Annotated[Path, typer.Argument(metavar="LIST", help="The list: .xlsx or CSV.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where images, journal and account go.")],
    connections: Annotated[int, typer.Option(min=1, max=512, help="Requests at a time.")] = 32,
    per_host: Annotated[int, typer.Option(min=1, max=512, help="Of these, to one host.")] = 4,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between two requests to one host.")] = 0.1,
    retries: Annotated[int, typer.Option(min=0, max=10, help="Of a failure that may pass.")] = 3,
    whole: Annotated[float, typer.Option(min=1, help="Seconds that each try may take.")] = 120.0,
    megabytes: Annotated[float, typer.Option(min=0.001, max=1e6, help="That an answer may have.")] = 20.0,
    robots: Annotated[bool, typer.Option("--robots", help="Ask robots.txt first, and keep to it.")] = False,
    private: Annotated[list[str] | None, typer.Option(metavar="NETWORK", help="Not public, but allowed.")] = None,
    delete_commas: Annotated[bool, typer.Option("--delete-commas", help="Of URLs, as the thesis does.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Try those again that have failed.")] = False,
) -> None:
    """Fetch EmotioNet's images from its list of URLs, and account for each (Bartissol 2017, sec. 3.1.2).

    The same command goes on where it was stopped. --private 127.0.0.1/32 lets a local server be fetched from.
    """
    from fer_lab.datasets.emotionet_list import read_list
    from fer_lab.fetching.account import account
    from fer_lab.fetching.download import download
    from fer_lab.fetching.limits import Limits
    from fer_lab.phases import heard

    limits = Limits(
        connections=connections, per_host=per_host, pause=pause, retries=retries, whole=whole, robots=robots,
        max_bytes=int(megabytes * 1e6), private=tuple(map(_network, private or [])),
    )  # fmt: skip
    table = read_list(listed, delete_commas)
    left_out = table.attrs["skipped"]
    say(f"{listed}: {table.attrs['rows']} rows, {len(table)} URLs to fetch, {len(left_out)} rows left out")
    if proxies := [name for name in PROXIES if os.environ.get(name)]:
        say(f"{', '.join(proxies)}: not used, as a proxy would hide which addresses are connected to")
    display = console.status("fetching") if console.is_terminal else nullcontext()
    with display as status, heard(_telling(status.update if status else say, 0.0 if status else REPEAT)):
        entries = download(list(table["url"]), folder, limits, again)
    _tell(account(entries.values(), left_out), left_out, folder)


@fetch.command()
def pack(
    listed: Annotated[Path, typer.Argument(metavar="LIST", help="The list: .xlsx or CSV.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the images were fetched to.")],
    per_shard: Annotated[int, typer.Option(min=1, help="Images in a shard.")] = 1000,
    delete_commas: Annotated[bool, typer.Option("--delete-commas", help="As they were fetched.")] = False,
) -> None:
    """Pack EmotioNet's fetched images and their labels into WebDataset shards with an index (FOLDER/shards)."""
    from fer_lab.datasets.emotionet_list import read_list
    from fer_lab.datasets.emotionet_shards import SHARDS, write_shards

    table = read_list(listed, delete_commas)
    index = write_shards(folder, table, per_shard)
    say(f"{folder / SHARDS}: {len(index)} of {len(table)} images in {-(-len(index) // per_shard)} shards, and an index")


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ConfigError(f"--private {text}: {error}", expected="a network, such as 127.0.0.1/32") from error


def _telling(tell: Callable[[str], None], every: float) -> Callable[[Phase], None]:
    """Tell how far it is, at once and then as often as that."""
    last = 0.0

    def listen(phase: Phase) -> None:
        nonlocal last
        now = time.time()
        if now - last >= every:
            last = now
            tell(phase.words(now))

    return listen


def _tell(counted: Account, left_out: Sequence[Mapping[str, str]], folder: Path) -> None:
    """Print the account, and write it."""
    from fer_lab.fetching.account import ACCOUNT, write_account

    printed = _printed()
    lines = counted.lines(printed)
    show_table("what became of each row", ("class", "rows", "printed"), lines, labels=1)
    kinds = ", ".join(f"{number} {form}" for form, number in counted.forms.items())
    say(f"saved: {kinds or 'nothing'}; {counted.converted} made JPEG; redirected: {counted.redirected}")
    listed = [(row["id"], row["reason"]) for row in left_out]
    if listed:
        show_table(f"rows left out: {len(listed)}", ("row", "reason"), listed[:SHOWN])
    write_account(folder, counted, left_out, printed)
    say(f"{folder / ACCOUNT} holds the account, {folder / 'journal.jsonl'} what became of every URL")


def _printed() -> dict[str, str]:
    """What the thesis prints of its own download, by class and total."""
    from fer_lab.fetching.account import ALL, LOST
    from fer_lab.fetching.outcomes import Outcome
    from fer_lab.tables import tables

    known = tables()
    errors, sizes = (
        {row.labels[0]: row.values[0].printed for row in known[f"{THESIS}-{name}"].rows}
        for name in ("text-3.1.2", "text-2.3")
    )
    totals = {Outcome.SAVED: "images downloaded, to annotate", LOST: "images not downloaded",
              ALL: "manually annotated subset"}  # fmt: skip
    return {**errors, **{str(name): sizes[label] for name, label in totals.items()}}
