"""The command that writes results as others can cite them, and checks them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_lab.cli.app import Words, app, say
from fer_lab.labels import several

Folder = Annotated[Path, typer.Argument(help="where the crate goes, or lies")]
SHOWN = 10


@app.command()
def crate(
    folder: Folder,
    words: Words = None,
    check: Annotated[bool, typer.Option("--check", help="look at a crate that is there; writes nothing")] = False,
    pack: Annotated[bool, typer.Option("--zip", help="write it as one file beside the folder, too")] = False,
    author: Annotated[str, typer.Option(help="whose results they are")] = "",
) -> None:
    """Write results as an RO-Crate that others can cite: tables, claims, runs, splits (Croissant), environment.

    Those that are committed with the code; with paths.results=... those of a folder. It is checked by roc-validator
    and mlcroissant. Exit status 1: it is not valid, or not as it was written.
    """
    from fer_lab.crates.write import write_crate, write_crate_zip
    from fer_lab.errors import ConfigError

    given = words or []
    if check and (given or pack or author):
        raise ConfigError("--check looks at a crate as it is", do="leave out everything but the folder")
    if not check:
        content = write_crate(folder, [w for w in given if "=" not in w], [w for w in given if "=" in w], author)
        say(f"{several(len(content.tables), 'table')}, {several(len(content.records), 'run')}, "
            f"{several(len(content.splits), 'split')}, {several(len(content.files), 'file')}; stamps: "
            f"{'; '.join(content.stamps)}")  # fmt: skip
        for line in content.told:
            say(f"not in it: {line}")
    valid = _checked(folder)
    if pack:
        say(f"written {write_crate_zip(folder)}")
    say(f"{'checked' if check else 'written'} {folder}: {'valid' if valid else 'NOT VALID'}")
    if not valid:
        raise typer.Exit(1)


def _checked(folder: Path) -> bool:
    """Say what checksums and validators say, of names that somebody else may have chosen; whether all holds."""
    from fer_lab.crates.check import compare_files
    from fer_lab.crates.validators import validate
    from fer_lab.linting.told import plain

    found = compare_files(folder)
    for kind in ("missing", "changed", "added", "other"):
        for line in getattr(found, kind):
            say(plain(f"{kind}: {line}" if kind != "other" else line))
    say(f"checksums: {found.files} files, {len(found.missing)} missing, {len(found.changed)} changed, "
        f"{len(found.added)} added")  # fmt: skip
    valid = found.whole
    for said in validate(folder):
        outcome = f"{several(len(said.errors), 'error')}" if said.errors else "valid"
        say(plain(f"{said.what}: {outcome} ({said.by}{f', {said.note}' if said.note else ''})"))
        for error in said.errors[:SHOWN]:
            say(plain(f"  {error}"))
        if len(said.errors) > SHOWN:
            say(f"  ... {len(said.errors) - SHOWN} more")
        for advice, number in said.advice.items():
            say(f"  recommended and not so, {number} times: {advice}")
        valid = valid and not said.errors
    return valid
