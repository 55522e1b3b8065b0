"""What the live page is told of a model: how it prepares faces, if it can do so itself, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from fer_lab.faces import BLENDSHAPES, FacesConfig, RawConfig
from fer_lab.faces.align import stable_target
from fer_lab.faces.frontalize import affine_solver
from fer_lab.faces.landmarks import STABLE
from fer_lab.faces.raw import CENTRE, SIZE
from fer_lab.generator.mesh import IBUG68
from fer_lab.inference.contract import Contract
from fer_lab.inference.found import MOST
from fer_lab.inference.model import Model

CONFIDENCE = 0.5
"""Least confidence in a face where a model's preparation says none, as ``faces.Detector`` has it."""
IN_PAGE = ("face", "raw", "landmarks", "blendshapes")
"""Inputs of a graph that the page can make itself."""


def page_facts(model: Model) -> dict[str, Any]:
    """All that the page knows of a model, JSON-able.

    ``how`` is as ``align.js`` reads it; None where the page cannot prepare faces: ``why`` says why not, else it is ''.
    """
    contract = model.contract
    why = why_not(contract)
    return {
        **{key: contract.run[key] for key in ("cell", "source", "profile", "protocol", "title")},
        "run": contract.run["id"],
        "version": model.version,
        "bytes": model.path.stat().st_size,
        "generated": contract.generated,
        "kind": contract.target["kind"],
        "of": contract.target["name"],
        "names": list(contract.names),
        "scale": contract.target["scale"],
        "chance": contract.asked.chance if contract.asked.exclusive else None,
        "measured": [asdict(one) for one in contract.measured],
        "by_name": [asdict(one) for one in contract.by_name],
        "thresholds": [asdict(one) for one in contract.thresholds],
        "confused": list(contract.weak.get("confused") or ()),
        "groups": list(contract.weak.get("groups") or ()),
        "calibration": dict(contract.calibration),
        "people": contract.data.get("subjects", {}).get("test"),
        "licence": contract.licence,
        "weights": str(contract.weights.get("origin", "not stated")),
        "inputs": [asdict(one) for one in contract.inputs],
        "why": why,
        "how": None if why else how_of(contract.preparation),
        "ibug": list(IBUG68),
        "blendshapes": list(BLENDSHAPES),
        "most": MOST,
    }


def why_not(contract: Contract) -> str:
    """Why the page cannot prepare the faces of a model itself; '' where it can."""
    how = contract.preparation
    if contract.length > 1:
        return f"it takes clips of {contract.length} faces"
    if isinstance(how, FacesConfig) and how.detector is not None:
        return "its faces are found by dlib"
    if not isinstance(how, FacesConfig | RawConfig):
        return "its faces are prepared step by step, without points"
    other = [one.name for one in contract.inputs if one.name not in IN_PAGE]
    return f"it is shown the view {' and '.join(other)}" if other else ""


def how_of(how: Any) -> Mapping[str, Any]:
    """How faces are prepared, as ``align.js`` reads it: of a ``FacesConfig`` or a ``RawConfig``."""
    if isinstance(how, RawConfig):
        return {"kind": "raw", "size": how.side, "centre": CENTRE, "share": SIZE, "confidence": CONFIDENCE}
    kind = {"kind": "stable"} if how.eyes is None else {"kind": "eyes", "position": list(how.eyes)}
    return {
        **kind,
        "size": how.size,
        "margin": how.margin,
        "stable": list(STABLE),
        "reference": np.round(stable_target(how.size, how.margin), 6).tolist(),
        "affine": affine_solver()[:3].tolist(),
        "least_inside": how.min_inside,
        "most_yaw": how.max_yaw,
        "confidence": how.confidence,
    }
