"""What makes two runs the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_lab.storage import digest

IDENTITY_KEYS: tuple[str, ...] = (
    "data",
    "faces",
    "items",
    "sampling",
    "augmentation",
    "model",
    "task",
    "optimizer",
    "scheduler",
    "epochs",
    "batch_size",
    "seed",
)
"""The named subtree of a configuration that identifies a run: never paths, loggers or devices."""
PLACES = ("weights", "manifest")
"""Keys whose value is a path."""


def run_id(
    config: Mapping[str, Any],
    *,
    precision: str,
    signature: str,
    weights: str,
    parents: Sequence[str] = (),
    versions: Mapping[str, int],
) -> str:
    """Identity of a run, 16 hex digits.

    Args:
        config: the resolved configuration; of it only ``IDENTITY_KEYS`` that are set, ``source.name`` and
            ``protocol.name`` count.
        precision: the precision that ``auto`` resolved to on this machine.
        signature: data signature, over index rows and content hashes.
        weights: what the backbone starts from (a checksum or a name, never a path).
        parents: ids of the runs whose weights this one starts from.
        versions: stage name -> integer beside that stage's code.
    """
    identity = {key: config[key] for key in IDENTITY_KEYS if config.get(key) is not None}
    identity |= {key: _settings(value) for key, value in identity.items() if isinstance(value, Mapping)}
    identity |= {"source": config["source"]["name"], "protocol": config["protocol"]["name"]}
    identity |= {"precision": precision, "signature": signature, "weights": weights}
    identity |= {"parents": sorted(parents), "versions": dict(versions)}
    return digest(identity)


def _settings(group: Mapping[str, Any]) -> dict[str, Any]:
    """What is set of a group: an option that is added later does not make another run of those without it."""
    return {key: _without_place(value) for key, value in group.items() if value is not None}


def _without_place(value: Any) -> Any:
    """Settings without the path of a backbone's weights or of a split's manifest: their contents count."""
    return {key: v for key, v in value.items() if key not in PLACES} if isinstance(value, Mapping) else value
