"""Where a finished run comes from: its data and parts, the weights it starts from, and who may use it. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fer_lab.datasets import DataSet
from fer_lab.ledger import Run
from fer_lab.runs.models import parents_of
from fer_lab.sources import facts

OURS = "Apache-2.0"
LICENCES: Mapping[str, str] = {
    "identities": f"{OURS}, as fer_lab: trained on generated faces",
    "objects": f"{OURS}, as fer_lab: trained on drawn objects",
    "none": f"{OURS}, as fer_lab: nothing is taken over",
    "imagenet": "not stated by those who publish them; ImageNet's pictures are for non-commercial research",
    "face": "for research only, as their publisher says (VGG-Face, Parkhi et al. 2015)",
    "file": "not stated: a file of the user's own",
}
"""What is known of the licence of pretrained weights, by what they learned (``models.pretrained.Weights.identity``)."""
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
    known, twin, told = facts(config), run.source == "embedded", run.facts
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
    learned = sorted({str(one.facts["weights"]["identity"]) for one in line})
    foreign = [name for name in learned if not LICENCES.get(name, "").startswith(OURS)]
    licences = [LICENCES.get(name, "not stated") for name in (foreign or learned)]
    return {
        **run.facts["weights"],
        "learned": learned,
        "starts_from": [one.cell for one in line[1:]],
        "licence": "; ".join(dict.fromkeys(licences)),
    }


def licence_of(run: Run, weights: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Under which a model may be used, as far as its weights and its data say."""
    ours = str(weights["licence"]).startswith(OURS)
    if ours and run.source == "embedded":
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
