"""Where a finished run comes from: its data and parts, the weights it starts from, and who may use it. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from fer_lab.datasets import DataSet
from fer_lab.ledger import Run
from fer_lab.packages import Passport, passport_of_record
from fer_lab.runs.models import parents_of
from fer_lab.sources import facts

OURS = "Apache-2.0"
AS_OURS = f"{OURS}, as fer_lab"
"""How the licence of weights begins that were made here."""
PARTS: Mapping[str, str] = {
    "clean": "no person, video or exact copy is in two parts",
    "as_printed": "sizes as the thesis prints them; no person, video or exact copy is in two parts",
    "thesis": "as the thesis did it, whatever its parts share",
}
"""How parts are made, by protocol."""
COUNTED = ("subjects", "videos", "items")


def data_of(run: Run, config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run was trained, validated and measured on.

    Args:
        run: finished.
        config: its configuration.
    """
    known, twin, told = facts(config), run.twin, run.facts
    sets = [known] if isinstance(known, DataSet) else [*known.members.values()]
    return {
        "title": known.title,
        "twin": twin,
        "references": [one.reference for one in sets],
        "terms": [f"{one.title}: {one.terms}" for one in sets] if not twin else [],
        "request": [f"{one.title}: {one.request}" for one in sets] if not twin else [],
        **{key: dict(told[key]) for key in COUNTED if key in told},
        "parts": PARTS.get(run.protocol, run.protocol),
        "split": str(config["data"]["split"]["kind"]),
        "fold": None if run.fold is None else [run.fold + 1, run.folds],
        "leak_share": told["leak_share"],
        "near_copies": told.get("near_copies"),
        "notes": list(told.get("notes", ())),
    }


def weights_of(run: Run) -> dict[str, Any]:
    """Where a run's weights come from: what it starts from, and all runs that it goes on from.

    Raises:
        StoreError: a run that it goes on from is not there.
    """
    line = list(_line(run))
    licences = {_licence(one.facts["weights"]): 0 for one in line}
    foreign = [one for one in licences if not one.startswith(AS_OURS)]
    return {
        **run.facts["weights"],
        "learned": sorted({str(one.facts["weights"]["identity"]) for one in line}),
        "starts_from": [one.cell for one in line[1:]],
        "licence": "; ".join(foreign or licences),
        "passports": [_passport(known, run) for known in {one.name: one for one in map(_known, line) if one}.values()],
    }


def _known(run: Run) -> Passport | None:
    return passport_of_record(run.facts["weights"])


def _licence(told: Mapping[str, Any]) -> str:
    """What is known of the licence of pretrained weights."""
    if told["identity"] == "none" and not told.get("passport"):
        return f"{AS_OURS}: nothing is taken over"
    known = passport_of_record(told)
    return known.licence if known else "not stated"


def _passport(known: Passport, run: Run) -> dict[str, Any]:
    """What travels of a passport: what was trained on, and what of a run's data it may have seen."""
    sets = run.facts.get("members") or [run.dataset]
    seen = {dataset: asdict(known.of(dataset)) for dataset in sets}
    return {"name": known.name, "title": known.title, "digest": known.digest, "licence": known.licence,
            "trained_on": known.trained_on, "seen": seen, "says": list(known.says)}  # fmt: skip


def licence_of(run: Run, weights: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Under which a model may be used, as far as its weights and its data say."""
    ours = str(weights["licence"]).startswith(AS_OURS)
    if ours and run.twin:
        return OURS
    bound = [f"its weights: {weights['licence']}"] if not ours else []
    bound += [f"its data: {'; '.join(data['terms'])}"] if data["terms"] else []
    return f"not stated; bound by {', and by '.join(bound)}"


def made_with(run: Run) -> dict[str, Any]:
    """Versions that a run was computed with, and when it ended, in seconds since 1970."""
    told = run.environment
    versions = {name: told["versions"][name] for name in ("fer_lab", "torch") if name in told.get("versions", {})}
    return {"versions": versions, "finished": run.finished, "precision": run.facts["precision"],
            "parameters": run.facts.get("parameters"), "epochs": run.epochs}  # fmt: skip


def _line(run: Run) -> Iterator[Run]:
    """A run, and all that it starts from."""
    yield run
    for parent in parents_of(run):
        yield from _line(parent)
