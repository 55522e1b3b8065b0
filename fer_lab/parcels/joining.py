"""Take a returned ledger into our own, whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

from fer_lab.errors import ConfigError, StoreError
from fer_lab.ledger import Entry, Run, read_run
from fer_lab.ledger.files import HISTORY, LOSSES
from fer_lab.parcels.believing import Believed, examine_run, variant_of
from fer_lab.parcels.incoming import Incoming, read_incoming
from fer_lab.parcels.needed import differences
from fer_lab.parcels.parcel import LOCK, Asked, Parcel, read_parcel
from fer_lab.parcels.returning import HOLDER
from fer_lab.sources import singles
from fer_lab.storage import locked, make_folder

SHOWN = 12
"""How many reasons a refusal names."""
SAID = {"code": dict, "lock": dict, "data": list, "holder": str, "environment": dict, "runs": list, "missing": list}
"""What a returned ledger says, and as what."""
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
    asked = _parcel_of(incoming, results, parcel)
    others = _check_about(incoming, asked, other_data)
    believed = _believed(incoming, asked)
    staging = Path(mkdtemp(prefix=".returned-", dir=make_folder(results / "runs")))
    try:
        stamp = _stamp(incoming, others)
        for id, one in believed.items():
            _write(Entry(staging, id), incoming, one, stamp, believed)
        added, there = _land(staging, results / "runs", list(believed))
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    come = {one.asked.recipe for one in believed.values()}
    missing = [one.name for recipe, one in asked.asked.items() if recipe not in come]
    return Joined(asked, added, there, tuple(missing), tuple(_told(incoming, others)))


def _parcel_of(incoming: Incoming, results: Path, given: Path | None) -> Parcel:
    """The parcel that a returned ledger answers."""
    id = incoming.about.get("parcel")
    if given is None:
        known = sorted(results.glob(f"parcels/*-{id}.zip")) if isinstance(id, str) and id.isalnum() else []
        if not known:
            raise ConfigError(
                f"{incoming.path} answers parcel {id!r}, which was not packed here",
                expected=f"one of {results / 'parcels'}",
                do="say --parcel FILE, the parcel that was sent",
            )
        given = known[0]
    parcel = read_parcel(given)
    if parcel.id != id:
        raise ConfigError(f"{incoming.path} answers parcel {id!r}, and {given} is {parcel.id}")
    return parcel


def _check_about(incoming: Incoming, parcel: Parcel, other_data: bool) -> list[str]:
    """Refuse other code, and other data unless they are taken; returns in what the data are others."""
    about = incoming.about
    if wrong := [key for key, kind in SAID.items() if not isinstance(about.get(key), kind)]:
        raise StoreError(f"{incoming.path} does not say its {', '.join(wrong)}", do="have it sent again")
    code, lock, data, holder = (about[key] for key in ("code", "lock", "data", "holder"))
    if len(holder) > HOLDER:
        raise StoreError(f"{incoming.path}: a holder of {len(holder)} characters", expected=f"at most {HOLDER}")
    if changed := code.get("changed"):
        raise StoreError(f"{incoming.path} was made with other code than the parcel's: {str(changed)[:300]}")
    if code != {**parcel.about["code"], "changed": []} or lock.get("digest") != parcel.about["files"][LOCK]:
        raise StoreError(f"{incoming.path} names other code or another lock than parcel {parcel.id}")
    try:
        others = differences(data, parcel.about["data"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"{incoming.path} does not say what its data hold: {error}") from error
    if others and not other_data:
        raise StoreError(
            f"{incoming.path}: its data are not as published in {len(others)} points: {'; '.join(others[:SHOWN])}",
            expected="whole copies of the data sets",
            do="ask whoever sent it; --other-data takes it nonetheless, and tables say so",
        )
    return others


def _believed(incoming: Incoming, parcel: Parcel) -> dict[str, Believed]:
    """The runs by id, parents first, if all of them hold."""
    recipe_of = {id: str(record.get("recipe")) for id, record in incoming.records.items()}
    by_recipe = {recipe: id for id, recipe in recipe_of.items()}
    foreign = [f"{id}: no run of this parcel" for id, recipe in recipe_of.items() if recipe not in parcel.asked]
    foreign += [f"{id}: a second run of one recipe" for id, recipe in recipe_of.items() if by_recipe[recipe] != id]
    if {*map(str, incoming.about["runs"])} != set(incoming.records):
        foreign.append("its list of runs is not that of its folders")
    found: dict[str, Believed] = {}
    wrong, ids = [*foreign], dict[str, str]()
    for recipe, asked in parcel.asked.items():
        if recipe in by_recipe and not foreign:
            found[by_recipe[recipe]] = one = _examined(incoming, by_recipe[recipe], asked, ids)
            ids[recipe] = by_recipe[recipe]
            wrong += [f"run {by_recipe[recipe]} of {asked.name}: {text}" for text in one.wrong]
    wrong += [] if wrong else [*_across(found, incoming.about["data"])]
    if wrong or not found:
        raise StoreError(
            f"{incoming.path} is refused, in {len(wrong)} points: {'; '.join(wrong[:SHOWN]) or 'it holds no run'}"
            f"{'; ...' if len(wrong) > SHOWN else ''}",
            expected=f"runs of parcel {parcel.id} as they were trained",
            do="nothing was taken in; ask whoever sent it",
        )
    return found


def _examined(incoming: Incoming, id: str, asked: Asked, parents: Mapping[str, str]) -> Believed:
    try:
        return examine_run(incoming, id, asked, parents)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:  # of JSON that has another form
        raise StoreError(f"{incoming.path}: run {id} of {asked.name} is not as runs are: {error!r}") from error


def _across(found: Mapping[str, Believed], data: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What does not hold of runs together: one copy of each data set, and one person behind each item."""
    copies = {(one.get("name"), one.get("signature")) for one in data}
    people: dict[tuple[str, str], dict[str, str]] = {}
    for id, one in found.items():
        name, signature = str(one.asked.config["data"]["name"]), str(one.record["signature"])
        if (name, signature) not in copies:
            yield f"run {id}: the ledger tells nothing of its data {name} {signature}"
        known = people.setdefault((name, signature), {})
        pairs = (one.scores[-1][["video", "subject"]].drop_duplicates().itertuples(index=False)) if one.scores else ()
        if any(known.setdefault(video, subject) != subject for video, subject in pairs):
            yield f"run {id}: another person behind an item than in the runs before"


def _stamp(incoming: Incoming, others: Sequence[str]) -> dict[str, Any]:
    """How a run came here."""
    moment = incoming.about.get("returned")
    if not isinstance(moment, int | float) or not 0 < moment < time.time() + 86_400:
        raise StoreError(f"{incoming.path} says that it was written at {moment}", expected="seconds since 1970")
    day = time.strftime("%Y-%m-%d", time.gmtime(moment))
    about = incoming.about
    return {"parcel": about["parcel"], "on": day, "holder": about["holder"], "data": list(others)}


def _write(
    entry: Entry, incoming: Incoming, one: Believed, stamp: Mapping[str, Any], others: Mapping[str, Believed]
) -> None:
    """A run as an entry of a ledger, written anew from what was checked."""
    make_folder(entry.folder / "scores")
    entry.write_config(yaml.safe_dump(dict(one.asked.config), sort_keys=False))
    for epoch, scores in enumerate(one.scores):
        entry.write_scores(epoch, scores)
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
    names = {config["data"]["name"], *(own["data"]["name"] for own in singles(config))}
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
        "epochs": len(one.scores),
        "parents": [ids[recipe] for recipe in asked.parents],
        "environment": record["environment"],
        "facts": {
            **facts,
            **({"settings": about["settings"]} if about["settings"] else {}),
            "as_printed": bool(about["as_printed"] and facts.get("as_printed") and not facts.get("missing_members")),
            "printed_people": about["printed_people"],
            "recipe": asked.recipe,
            "returned": {**stamp, "data": [text for text in stamp["data"] if text.split(":")[0] in names]},
        },
    }


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


def _told(incoming: Incoming, others: Sequence[str]) -> Iterator[str]:
    """What whoever joins should know."""
    about = incoming.about
    machine = about["environment"]
    what = machine.get("gpu") or machine.get("cpu")
    yield f"computed on {what}, {machine.get('system')}, Python {machine.get('python')}"
    other = about["lock"].get("other_versions")
    if isinstance(other, dict):
        yield from (f"another version than the lock's: {name}: {pair}" for name, pair in other.items())
    yield from (f"code with changes that are not committed: {name}" for name in about["code"]["changes"])
    yield from (f"data: {text}" for text in others)
