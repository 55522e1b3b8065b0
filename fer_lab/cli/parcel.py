"""The commands about data that somebody else holds: pack what to run, run it there, take in what comes back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fer_lab.cli.app import Overrides, app, say
from fer_lab.labels import several

Place = Annotated[Path, typer.Argument(help="the folder that a parcel was unpacked into")]
VERDICT = ("paper", "as_printed")
SWEPT = ("table", "experiment", "cell", "seed")
SWEEP = (sys.executable, "-m", "fer_lab.run", "-m")


@app.command()
def parcel(
    overrides: Overrides = None,
    to: Annotated[Path | None, typer.Option(help="where the file is put, too")] = None,
    with_changes: Annotated[bool, typer.Option(help="pack code that is not committed, and say so")] = False,
) -> None:
    """Pack a table, an experiment or cells (table=..., experiment=..., cell=...) into one file for whoever holds the
    data: configurations, code, versions, and the one command to run them. It holds no data.
    """
    from fer_lab.parcels.pack import pack
    from fer_lab.parcels.parcel import read_parcel

    path = pack(overrides or [], with_changes, to)
    about = read_parcel(path).about
    data = ", ".join(one["title"] for one in about["data"])
    say(f"parcel {about['id']}: {about['title']}")
    say(
        f"{several(len(about['runs']), 'run')}, {' '.join(f'{k}={v}' for k, v in about['stamp'].items())}; data: {data}"
    )
    if (about["stamp"]["profile"], about["stamp"]["protocol"]) != VERDICT:
        say("printed numbers get a verdict at profile=paper protocol=as_printed alone")
    for line in (f"not committed: {name}" for name in about["code"]["changes"]):
        say(line)
    say(f"written {path}; send it with these words: unpack it, and read README.md")


@app.command("run-parcel")
def run_parcel(
    folder: Place,
    data: Annotated[Path, typer.Option(help="the folder of data")],
    overrides: Overrides = None,
    work: Annotated[Path, typer.Option(help="a folder for runs, and the file to send")] = Path("work"),
    holder: Annotated[str, typer.Option(help="what the tables may call you")] = "",
) -> None:
    """Run a parcel on the data, and write the file to send back; `python run_parcel.py` of the parcel calls it."""
    from fer_lab.errors import ConfigError
    from fer_lab.parcels.parcel import read_parcel
    from fer_lab.parcels.returning import check_code, words_here, write_returned
    from fer_lab.processes import end_children_with, status_of

    asked = read_parcel(folder)
    if changed := check_code(asked):
        raise ConfigError(
            f"{several(len(changed), 'file')} of the code here are not the parcel's: {', '.join(changed[:5])}",
            expected="the code that was packed",
            do="let run_parcel.py make the environment, without --installed",
        )
    words = words_here(asked, data, work, overrides or [])
    end_children_with(os.getpid())
    status = status_of([*SWEEP, *words])
    returned = write_returned(asked, words, work, data, holder)
    for name in returned.missing:
        say(f"missing: {name}")
    if returned.missing:
        say("called again, it goes on with what is missing; what is finished can be sent now")
    say(f"{several(returned.runs, 'run')} in {returned.path}: send this file back. It holds no picture and no name.")
    if status or returned.missing:
        raise typer.Exit(status or 1)


@app.command()
def join(
    file: Annotated[Path, typer.Argument(help="the file that came back")],
    overrides: Overrides = None,
    parcel: Annotated[Path | None, typer.Option(help="the parcel that was sent, if not packed here")] = None,
    other_data: Annotated[bool, typer.Option(help="take data that are not as published; tables say so")] = False,
) -> None:
    """Check a returned ledger, and take its runs into the ledger (paths.results=...). Nothing in it is ever run; where
    one thing does not hold, nothing is taken.
    """
    from fer_lab.configs import results_folder
    from fer_lab.parcels.joining import join

    joined = join(file, results_folder(overrides or []), parcel, other_data)
    say(f"parcel {joined.parcel.id}: {joined.parcel.about['title']}")
    for line in joined.told:
        say(line)
    for run in joined.added:
        say(f"taken in: run {run.id} of {run.cell} seed {run.seed}{'' if run.fold is None else f' fold {run.fold}'}")
    for id in joined.there:
        say(f"here already: run {id}")
    for name in joined.missing:
        say(f"missing: {name}")
    say(
        f"{several(len(joined.added), 'run')} taken in, {len(joined.there)} here already, {len(joined.missing)} missing"
    )
    say(f"next: fer-lab tables {' '.join(word for word in joined.parcel.words if word.split('=')[0] not in SWEPT)}")
