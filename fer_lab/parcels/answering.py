"""What a returned ledger says as a whole: which parcel it answers, with which code, of which data, and its runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_lab.errors import ConfigError, StoreError
from fer_lab.parcels.believing import Believed, examine_run
from fer_lab.parcels.incoming import Incoming
from fer_lab.parcels.needed import differences
from fer_lab.parcels.parcel import LOCK, Asked, Parcel, read_parcel
from fer_lab.parcels.returning import HOLDER
from fer_lab.sources import singles

SHOWN = 12
"""How many reasons a refusal names."""
SAID = {"code": dict, "lock": dict, "data": list, "holder": str, "environment": dict, "runs": list, "missing": list}
"""What a returned ledger says, and as what."""


def parcel_of(incoming: Incoming, results: Path, given: Path | None) -> Parcel:
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


def check_about(incoming: Incoming, parcel: Parcel, other_data: bool) -> list[str]:
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


def believed(incoming: Incoming, parcel: Parcel) -> dict[str, Believed]:
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
    counted = {one.get("name") for one in data if one.get("counts") and one.get("classes")}
    people: dict[tuple[str, str], dict[str, str]] = {}
    for id, one in found.items():
        name, signature = str(one.asked.config["data"]["name"]), str(one.record["signature"])
        if (name, signature) not in copies:
            yield f"run {id}: the ledger tells nothing of its data {name} {signature}"
        if lost := {own["data"]["name"] for own in singles(one.asked.config)} - counted:
            yield f"run {id}: the ledger counts nothing of {', '.join(sorted(lost))}"
        known = people.setdefault((name, signature), {})
        if any(known.setdefault(video, subject) != subject for video, subject in one.people):
            yield f"run {id}: another person behind an item than in the runs before"


def told(incoming: Incoming, others: Sequence[str]) -> Iterator[str]:
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
