"""What is said of a face and of a model, as JSON."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fer_lab.faces import Face
from fer_lab.inference.contract import Contract
from fer_lab.inference.found import box_of
from fer_lab.inference.model import Model
from fer_lab.inference.options import NO_EXPRESSION
from fer_lab.serving.refusals import Refused

if TYPE_CHECKING:
    from fer_lab.evaluation.arrays import Singles

QUERY = ("model", "error", "above", "points")
"""The words of a query that asks for answers."""
DIGITS = 2
"""Behind the point of what is said in px and degrees."""
PRESENT = 0.5
"""A label is answered where its probability is at least this, as ``evaluation`` counts them."""


def check_query(given: Collection[str], known: Collection[str] = QUERY) -> None:
    """Refuse a word of a query that there is not: one that is misspelt would be answered as if it were not there.

    Raises:
        Refused: there is one.
    """
    if wrong := [key for key in given if key not in known]:
        raise Refused(422, f"query.{wrong[0][:100]}: there is no such word; there are {', '.join(known)}")


def threshold_of(contract: Contract, error: float | None, above: float | None) -> float | None:
    """What a class must be surer of than this to be answered; None answers the surest, however unsure.

    Args:
        contract: of the model.
        error: the stated share of wrong answers, one of those that the model has a threshold for.
        above: the threshold itself, 0 to 1.

    Raises:
        Refused: both are given, there is none for that share, or the model does not answer classes.
    """
    if error is None and above is None:
        return None
    if contract.target["kind"] != "classes":
        raise Refused(422, f"a threshold is for classes; this model answers {contract.target['kind']}")
    if error is None or above is not None:
        if error is not None:
            raise Refused(422, "either error= or above=, not both")
        return above
    known = contract.stated
    if error not in known:
        offered = ", ".join(f"{one:g}" for one in known) or "none: ask with above="
        raise Refused(422, f"this model has no threshold for error={error:g}; it has {offered}")
    return known[error]


def said_of_face(contract: Contract, face: Face, answers: Singles, above: float | None) -> dict[str, Any]:
    """A face's box and what the model answers of it.

    Args:
        contract: of the model.
        face: as it was prepared.
        answers: float32 (names,), numbers all, as ``Model.predict`` gives them.
        above: as ``threshold_of`` gives it.
    """
    found = dict(zip(contract.names, answers.tolist(), strict=True))
    return {"box": _box(face), "pose": _pose(face), **_answered(contract, found, above)}


def _answered(contract: Contract, found: Mapping[str, float], above: float | None) -> dict[str, Any]:
    kind = contract.target["kind"]
    if kind == "values":
        return {"values": found}
    if kind == "labels":
        return {"probabilities": found, "answers": [name for name, one in found.items() if one >= PRESENT]}
    best = max(found, key=lambda name: found[name])
    sure = found[best]
    is_sure = above is None or sure > above
    return {"probabilities": found, "sure": sure, "answer": best if is_sure else NO_EXPRESSION}


def _box(face: Face) -> list[float | None] | None:
    """Around the 68 points, px of the picture; None of faces prepared without points."""
    return rounded(None if face.landmarks is None else box_of(face.landmarks).tolist())


def _pose(face: Face) -> list[float | None] | None:
    """Yaw, pitch, roll in degrees."""
    return rounded(None if face.pose is None else face.pose.tolist())


def rounded(values: Sequence[float] | None) -> list[float | None] | None:
    """Numbers of px or degrees as far as they mean anything; JSON has no word for what is not a number."""
    if values is None:
        return None
    return [round(value, DIGITS) if math.isfinite(value) else None for value in values]


def said_of_model(name: str, model: Model) -> dict[str, Any]:
    """Which model it is: its version, its run and what it was trained on."""
    contract = model.contract
    run = contract.run
    return {
        "name": name,
        "version": model.version,
        "generated": contract.generated,
        "trained_on": "generated faces" if contract.generated else run["title"],
        "data": run["data"],
        **{key: run[key] for key in ("cell", "seed", "dataset", "source", "profile", "protocol")},
        "run": run["id"],
    }
