"""Take a returned ledger into our own, whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

from fer_lab.errors import StoreError
from fer_lab.ledger import Entry, Run, read_run
from fer_lab.ledger.files import HISTORY, LOSSES
from fer_lab.parcels.answering import believed, check_about, parcel_of, told
from fer_lab.parcels.believing import Believed, variant_of
from fer_lab.parcels.incoming import Incoming, read_incoming
from fer_lab.parcels.parcel import Asked, Parcel
from fer_lab.sources import singles
from fer_lab.storage import locked, make_folder

STAGING = ".returned"
RECORDED = ("seed", "fold", "folds", "cell")


@dataclass(frozen=True)
class Joined:
    """What has come of a returned ledger.

    Attributes:
        parcel: what was asked for.
        added: the runs that are new here.
        there: those that were here already, ours or returned before: they stay as they are.
        missing: what was asked for and has not come.
        told: what is worth knowing: code, versions, data, machine.
    """

    parcel: Parcel
    added: tuple[Run, ...]
    there: tuple[str, ...]
    missing: tuple[str, ...]
    told: tuple[str, ...]


def join(path: Path, results: Path, parcel: Path | None = None, other_data: bool = False) -> Joined:
    """Check a returned ledger and put its runs into ``results/runs``, stamped as returned. Nothing of it is run.

    Args:
        path: the file that came back.
        results: ours.
        parcel: the parcel's file; by default that which was packed here.
        other_data: whether data are taken that are not as published; the runs are stamped so.

    Raises:
        StoreError: a file is not as it was written; a run is none of the parcel, or does not follow from its scores;
            each is named, and nothing is taken in.
        ConfigError: the parcel is not known here.
    """
    incoming = read_incoming(path)
    asked = parcel_of(incoming, results, parcel)
    others = check_about(incoming, asked, other_data)
    runs, stamp = believed(incoming, asked), _stamp(incoming, others)
    with _staging(results) as staging:
        for id, one in runs.items():
            _write(Entry(staging, id), incoming, one, stamp, runs)
        added, there = _land(staging, make_folder(results / "runs"), list(runs))
    come = {one.asked.recipe for one in runs.values()}
    missing = [one.name for recipe, one in asked.asked.items() if recipe not in come]
    return Joined(asked, added, there, tuple(missing), tuple(told(incoming, others)))


@contextmanager
def _staging(results: Path) -> Iterator[Path]:
    """A folder for runs until they are whole; what a killed process has left of its own is removed."""
    with locked(results / STAGING):
        _remove(results)
        try:
            yield Path(mkdtemp(prefix=f"{STAGING}-", dir=results))
        except OSError as error:
            raise StoreError(f"cannot write {results}: {error}", do="free some space, or point elsewhere") from error
        finally:
            _remove(results)


def _remove(results: Path) -> None:
    for remains in results.glob(f"{STAGING}-*"):
        shutil.rmtree(remains, ignore_errors=True)


def _stamp(incoming: Incoming, others: Sequence[str]) -> dict[str, Any]:
    """How the runs came here, and the code that they were trained with."""
    moment = incoming.about.get("returned")
    if not isinstance(moment, int | float) or not 0 < moment < time.time() + 86_400:
        raise StoreError(f"{incoming.path} says that it was written at {moment}", expected="seconds since 1970")
    day = time.strftime("%Y-%m-%d", time.gmtime(moment))
    about = incoming.about
    code = about["code"]  # that of the parcel, whatever lay around it where it ran
    commit = {"revision": code["revision"], "dirty": bool(code["changes"])}
    return {"parcel": about["parcel"], "on": day, "holder": about["holder"], "data": list(others), "commit": commit}


def _write(
    entry: Entry, incoming: Incoming, one: Believed, stamp: Mapping[str, Any], others: Mapping[str, Believed]
) -> None:
    """A run as an entry of a ledger, written anew from what was checked."""
    make_folder(entry.folder / "scores")
    entry.write_config(yaml.safe_dump(dict(one.asked.config), sort_keys=False))
    for epoch in range(one.epochs):
        entry.write_scores(epoch, incoming.scores(entry.id, epoch, one.target))
    entry.write_sums(one.target)
    entry.write_preparation(one.split, None)
    for name in (HISTORY, LOSSES):
        if (table := incoming.table(entry.id, name)) is not None:
            entry.write(entry.folder / name, table.to_csv(index=False).encode())
    entry.finish(_record(one, stamp, others))
    read_run(entry.folder).check()


def _record(one: Believed, stamp: Mapping[str, Any], others: Mapping[str, Believed]) -> dict[str, Any]:
    """The record: by the parcel what it decides, by the scores what they do, the rest as it was told."""
    asked, record, config = one.asked, one.record, one.asked.config
    ids = {other.asked.recipe: id for id, other in others.items()}
    names = set().union(*(_data_names(other) for other in _with_parents(asked, ids, others)))
    about, facts = asked.about, {key: value for key, value in record["facts"].items() if key != "settings"}
    return {
        **{key: getattr(asked, key) for key in RECORDED},
        **{key: config[key]["name"] for key in ("source", "profile", "protocol")},
        "variant": _variant(asked, ids, others),
        "finished": record["finished"],
        "dataset": config["data"]["name"],
        "column": config["data"]["target"],
        "kind": one.target.kind,
        "outputs": list(one.target.names),
        "scale": one.target.scale,
        "selected_epoch": record["selected_epoch"],
        "epochs": one.epochs,
        "parents": [ids[recipe] for recipe in asked.parents],
        "environment": {**record["environment"], "commit": stamp["commit"]},
        "facts": {
            **facts,
            **({"settings": about["settings"]} if about["settings"] else {}),
            "as_printed": bool(about["as_printed"] and facts.get("as_printed") and not facts.get("missing_members")),
            "printed_people": about["printed_people"],
            "recipe": asked.recipe,
            "returned": {
                **{key: stamp[key] for key in ("parcel", "on", "holder")},
                "data": [text for text in stamp["data"] if text.split(":")[0] in names],
            },
        },
    }


def _with_parents(asked: Asked, ids: Mapping[str, str], others: Mapping[str, Believed]) -> Iterator[Asked]:
    yield asked
    for recipe in asked.parents:
        yield from _with_parents(others[ids[recipe]].asked, ids, others)


def _data_names(asked: Asked) -> set[str]:
    """The data sets of a run, a composite one and its members."""
    return {asked.config["data"]["name"], *(own["data"]["name"] for own in singles(asked.config))}


def _variant(asked: Asked, ids: Mapping[str, str], others: Mapping[str, Believed]) -> str:
    above = [others[ids[recipe]] for recipe in asked.parents]
    return variant_of(others[ids[asked.recipe]].record, asked, [_variant(one.asked, ids, others) for one in above])


def _land(staging: Path, runs: Path, ids: Sequence[str]) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Give runs their names in the ledger; those that are there stay."""
    there = [id for id in ids if (runs / id).exists()]
    if other := [id for id in there if _differs(read_run(staging / id), runs / id)]:
        raise StoreError(
            f"{len(other)} runs were returned before with other scores: {', '.join(other)}",
            expected="the same runs, or others",
            do=f"see which is right; remove {runs / other[0]} to take this one",
        )
    added = [id for id in ids if id not in there]
    for id in added:
        with locked(runs / id):
            os.replace(staging / id, runs / id)
    return tuple(read_run(runs / id) for id in added), tuple(there)


def _differs(run: Run, folder: Path) -> bool:
    """Whether a run that was returned before has other scores; one of our own is what we believe."""
    try:
        before = read_run(folder)
    except StoreError:  # begun here, and not finished
        return False
    scores = [{name: sum for name, sum in own.files.items() if name.endswith(".parquet")} for own in (run, before)]
    return bool(before.returned) and scores[0] != scores[1]
