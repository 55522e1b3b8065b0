"""Run a parcel on the data, and write what is sent back. Nothing is sent from here.

<work>/results      the ledger of the runs, with their weights: it stays
<work>/salt         the key of the digests: it stays
<work>/returned-<id of the parcel>.zip
    returned.json   which parcel, what ran on which machine, what is missing, the checksum of every other file
    runs/<run id>/  run.json, split.json, history.csv, losses.csv, scores/epoch-NNN.parquet
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_lab.environment import describe_machine
from fer_lab.errors import ConfigError
from fer_lab.ledger import read_run
from fer_lab.parcels import code
from fer_lab.parcels.archive import write_zip
from fer_lab.parcels.keyed import Keyed, kept_key
from fer_lab.parcels.leaving import files_of, json_bytes
from fer_lab.parcels.needed import everything, held
from fer_lab.parcels.parcel import LOCK, Asked, Parcel
from fer_lab.parcels.search import Hidden, hidden, refuse_revealing
from fer_lab.runs import Plan, planned
from fer_lab.runs.recipes import recipe_of
from fer_lab.sources import blocked_cells
from fer_lab.storage import digest
from fer_lab.tables import campaign

FORMAT = 1
RETURNED = "returned.json"
HOLDER = 80
"""Characters of what a holder may be called."""
MINE = ("paths", "jobs", "threads", "workers", "micro_batch", "cache", "trainer.accelerator", "trainer.devices",
        "trainer.strategy", "hydra", "retries", "watchdog", "logger", "fail_fast")  # fmt: skip
"""What whoever runs a parcel decides: none of it is part of what is asked for."""


@dataclass(frozen=True)
class Returned:
    """What was written.

    Attributes:
        path: the file to send.
        runs: how many are in it.
        missing: what is not, and why.
    """

    path: Path
    runs: int
    missing: tuple[str, ...]


def words_here(parcel: Parcel, data: Path, work: Path, own: Sequence[str]) -> list[str]:
    """The command line that runs a parcel here; cells whose data are not there are left out.

    Raises:
        ConfigError: it would run something else than was asked for; or no data are there at all.
    """
    for word in own:
        key = word.lstrip("+").partition("=")[0].replace("/", ".")
        if not any(key == mine or key.startswith(f"{mine}.") for mine in MINE):
            raise ConfigError(f"{word}: the parcel says what is run", expected=f"something of {', '.join(MINE)}")
    words = [*parcel.words, f"paths.data={data.absolute()}", f"paths.results={work.absolute() / 'results'}", *own]
    cells = _cells(parcel)
    blocked = blocked_cells(cells, words)
    there = [cell for cell in cells if cell not in blocked]
    if not there:
        raise ConfigError("; ".join(dict.fromkeys(blocked.values())), do="see README.md for what --data must hold")
    return words if not blocked else [*(w for w in words if w[:5] != "cell="), f"cell={','.join(there)}"]


def _cells(parcel: Parcel) -> list[str]:
    """The cells that a parcel was asked for, parents not included."""
    given = [word.partition("=")[2].split(",") for word in parcel.words if word.startswith("cell=")]
    named = [word.split("=") for word in parcel.words if word.split("=")[0] in ("table", "experiment")]
    return given[-1] if given else [cell for group, name in named for cell in campaign(group, name).cells]


def check_code(parcel: Parcel) -> list[str]:
    """The files of the code that are not as the parcel has them."""
    return code.changed(parcel.read(parcel.wheel))


def write_returned(parcel: Parcel, words: Sequence[str], work: Path, data: Path, holder: str) -> Returned:
    """Write the file to send: of all that is finished.

    Args:
        parcel: what was asked for.
        words: ``words_here``.
        work: the folder of runs and key.
        data: the folder of data.
        holder: what the tables may call whoever runs it; '' for nothing.

    Raises:
        ConfigError: no run is finished, or the holder's name is none.
        DataError: something would leave that must not.
    """
    if len(holder) > HOLDER or not holder.isprintable():
        raise ConfigError(f"--holder {holder[:HOLDER]!r}", expected=f"at most {HOLDER} characters of a line")
    plans = list({plan.id: plan for plan in _plans(words)}.values())
    done = [plan for plan in plans if plan.entry.is_finished() and recipe_of(plan).id in parcel.asked]
    if not done:
        raise ConfigError("no run is finished: there is nothing to send", do="see the log of the first that failed")
    there = {recipe_of(plan).id for plan in done}
    missing = [asked for asked in parcel.asked.values() if asked.recipe not in there]
    own = [parcel.read(name) for name in parcel.about["files"] if name.endswith((".yaml", ".md"))]
    places = (data, work, *(Path(word.partition("=")[2]) for word in words if word.startswith("paths.")))
    kept = hidden([plan.source for plan in done], places, [*own, json_bytes(parcel.about), holder.encode()])
    path = work / f"returned-{parcel.id}.zip"
    write_zip(path, _searched(done, _about(parcel, done, missing, holder), kept_key(work), kept))
    return Returned(path, len(done), tuple(asked.name for asked in missing))


def _searched(
    done: Sequence[Plan], about: Mapping[str, Any], keyed: Keyed, kept: Hidden
) -> Iterator[tuple[str, bytes]]:
    """All files in turn, each searched before it is handed on; last the one that says their checksums."""
    sums: dict[str, str] = {}
    for plan in done:
        for name, content in files_of(plan, read_run(plan.entry.folder), keyed):
            refuse_revealing(name, content, kept)
            sums[name] = hashlib.sha256(content).hexdigest()
            yield name, content
    whole = {**about, "files": sums}
    content = json_bytes({**whole, "digest": digest(whole)})
    refuse_revealing(RETURNED, content, kept)
    yield RETURNED, content


def _plans(words: Sequence[str]) -> Iterator[Plan]:
    for _, _, plan in planned(words):
        if plan is not None:
            yield from (*_above(plan), plan)


def _above(plan: Plan) -> Iterator[Plan]:
    for parent in plan.parents:
        yield from (*_above(parent), parent)


def _about(parcel: Parcel, done: Sequence[Plan], missing: Sequence[Asked], holder: str) -> dict[str, Any]:
    copies = {plan.source.signature: held(plan.source, plan.config["data"]["name"]) for plan in done}
    return {
        "format": FORMAT,
        "parcel": parcel.id,
        "returned": time.time(),
        "holder": holder,
        "environment": {key: value for key, value in describe_machine().items() if key != "commit"},
        "code": {**parcel.about["code"], "changed": check_code(parcel)},
        "lock": {
            "digest": parcel.about["files"][LOCK],
            "other_versions": code.other_versions(parcel.lock.decode()),
        },
        "data": everything(list(copies.values())),
        "runs": [plan.id for plan in done],
        "missing": [{key: getattr(asked, key) for key in ("recipe", "cell", "seed", "fold")} for asked in missing],
    }
