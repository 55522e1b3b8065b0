"""Of what form the facts of a returned run must be: tables and pages show them, and must not stumble over one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fer_lab.ledger.schema import FIELDS

Form = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_weights(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("origin"), str) or "checksum" not in value:
        return False
    passport = value.get("passport") or {}
    return isinstance(passport, dict) and isinstance(passport.get("seen", {}), dict)


def _is_speed(value: Any) -> bool:
    if not isinstance(value, dict) or not all(_is_number(value.get(name)) for name in ("first_epoch", "steps")):
        return False
    quartiles = value.get("quartiles")
    return isinstance(quartiles, list) and len(quartiles) == 2 and all(map(_is_number, quartiles))


def _is_loss(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("of_class", []), list)


NEEDED: Mapping[str, Form] = {
    **dict.fromkeys(("skipped_files", "skipped_frames", "skipped_faces", "dropped"), lambda value: type(value) is int),
    "notes": _are_texts,
    "weights": _are_weights,
}
"""Facts that are taken over as they are told, and that every table shows -> whether one is of its kind."""
OPTIONAL: Mapping[str, Form] = {
    **dict.fromkeys(("explained_variance", "minutes", "parameters", "trained_parameters", "short_clips", "gpu_memory"),
                    _is_number),
    **dict.fromkeys(("videos_without_item", "stored_blocks", "threads"), _is_number),
    **dict.fromkeys(("members", "twins", "videos_without_late_face"), _are_texts),
    "near_copies": lambda value: value is None or _is_number(value),
    "speed": _is_speed,
    "loss": _is_loss,
}  # fmt: skip
"""Likewise those that only some runs have."""
SCALE = "rms_"
"""What the names of facts begin with that are root mean squares."""


def malformed(record: Mapping[str, Any]) -> Iterator[str]:
    """What of a record, that nothing here can be computed from, is not as runs have it, a phrase each."""
    for name, (expected, holds) in ((name, FIELDS[name]) for name in ("finished", "environment", "facts")):
        if not holds(record.get(name)):
            yield f"{name} is {str(record.get(name))[:60]}, expected was {expected}"
            return
    facts: Mapping[str, Any] = record["facts"]
    wrong = [name for name, holds in NEEDED.items() if not holds(facts.get(name))]
    wrong += [name for name, holds in OPTIONAL.items() if name in facts and not holds(facts[name])]
    wrong += [name for name, fact in facts.items() if name.startswith(SCALE) and not _is_number(fact)]
    yield from (f"its facts have no {name} as runs have it" for name in wrong)
