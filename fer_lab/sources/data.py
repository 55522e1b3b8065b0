"""The data of a configuration: their index, and the signature over it. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab.configs import compose_data
from fer_lab.datasets import Composite, DataSet, locate, signature
from fer_lab.errors import DataError
from fer_lab.phases import phase
from fer_lab.sources.cut import cut_index
from fer_lab.sources.join import common_root, joined_index
from fer_lab.sources.places import data_set, every_member, facts, members, real_root, source_of, twin_scale, workers
from fer_lab.sources.printed import cost_of
from fer_lab.storage import digest


@dataclass(frozen=True)
class Source:
    """A data set on disk: where it is, its index, and the signature over both.

    Attributes:
        dataset: its facts.
        root: the folder or zip to which the paths of the index are relative.
        index: a row a video or image.
        signature: over the rows and the content of the files.
        pictures: the same, of what decides which faces are found.
        members: those of a composite data set, by their names in it.
    """

    dataset: DataSet | Composite
    root: Path
    index: pd.DataFrame
    signature: str
    pictures: str
    members: Mapping[str, Source] = field(default_factory=dict)


def open_source(config: Mapping[str, Any]) -> Source:
    """The data set of a configuration, opened once a process, and again where it is gone.

    Raises:
        DataError: the data, or those of a member, are not there or not as they must be.
    """
    key = {name: config[name] for name in ("data", "source", "profile", "faces")} | {"workers": workers(config)}
    known: list[Mapping[str, Any]] = [*every_member(config).values()] or [config]
    real = {own["data"]["name"]: str(real_root(own)) for own in known if source_of(own) == "real"}
    key["paths"] = {"data": config["paths"]["data"], **real}
    key["members"] = sorted(members(config))  # those that are there now
    source = _open_source(json.dumps(key, sort_keys=True))
    if all(own.root.exists() for own in (source, *source.members.values())):
        return source
    _open_source.cache_clear()  # the cache was deleted since: twins are drawn again
    return _open_source(json.dumps(key, sort_keys=True))


@lru_cache(maxsize=32)
def _open_source(key: str) -> Source:
    config = json.loads(key)
    if members(config):
        return _open_composite(config)
    dataset = data_set(config)
    phase("data", what=dataset.title)
    root = locate(dataset, source_of(config), real_root(config), twin_scale(config), workers(config))
    index = cut_index(config, dataset, root, dataset.index(root))
    phase("data", what=f"{len(index)} files of {dataset.title}")
    sign, shown = signature(root, index), dataset.of_pictures(index)
    return Source(dataset, root, index, sign, sign if shown is index else signature(root, shown))


def _open_composite(config: Mapping[str, Any]) -> Source:
    """One index over those of the members, each opened as if it were used alone."""
    opened = _open_members(config)
    root = common_root([member.root for member in opened.values()])
    indices = {name: (member.root, member.index) for name, member in opened.items()}
    dataset, sign = facts(config), digest({name: member.signature for name, member in opened.items()})
    pictures = digest({name: member.pictures for name, member in opened.items()})
    return Source(
        dataset, root, joined_index(config["data"], dataset.attributes, root, indices), sign, pictures, opened
    )


def _open_members(config: Mapping[str, Any]) -> dict[str, Source]:
    """Every member opened; of those that cannot be, all are named."""
    opened: dict[str, Source] = {}
    refused: dict[str, DataError] = {}
    for name, own in members(config).items():
        try:
            opened[name] = open_source(own)
        except DataError as error:
            refused[name] = error
    if refused:
        raise _not_whole(config, refused) from next(iter(refused.values()))
    return opened


def _not_whole(config: Mapping[str, Any], refused: Mapping[str, DataError]) -> DataError:
    """The error of a composite some of whose members cannot be opened."""
    parts, several = members(config), len(refused) > 1
    reasons = "; ".join(f"{name}: {error.what}" if several else error.what for name, error in refused.items())
    lacking = "; ".join(f"{name} would add {_adds(config, name) or 'files of its own'}" for name in refused)
    skipping = "or set data.missing=skip, to go on without those that are not there"
    point = [f"point paths.{parts[name]['data']['name']} at {name if several else 'it'}" for name in refused]
    return DataError(
        f"{config['data']['title']}: its member{'s' * several} {', '.join(refused)} cannot be opened: {reasons}",
        expected=f"all members; {lacking} (the others: {', '.join(sorted(set(parts) - set(refused))) or 'none'})",
        do="; ".join(dict.fromkeys(filter(None, (*point, *(error.do for error in refused.values()), skipping)))),
    )


def _adds(config: Mapping[str, Any], member: str) -> str:
    """What a member holds: as its thesis printed it, else as it was published."""
    if printed := cost_of(config["data"]["name"], member):
        return printed
    published = data_set(every_member(config)[member]).published
    return ", ".join(f"{n} {what}" for what, n in published.items())


def open_data(dataset: str, overrides: Sequence[str]) -> tuple[dict[str, Any], Source]:
    """The configuration of a data set alone, and the data; images that are faces already are taken as they come.

    Args:
        dataset: its name, or an option of ``data``.
        overrides: of the command line; with ``faces=`` among them faces are prepared as they say.
    """
    config = compose_data(dataset, overrides)
    source = open_source(config)
    if source.dataset.is_faces(source.index) and not any(item.startswith("faces=") for item in overrides):
        config = compose_data(dataset, [*overrides, "faces=raw"])
        source = open_source(config)
    return config, source
