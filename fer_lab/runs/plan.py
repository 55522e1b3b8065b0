"""What a run will be, without training it: its data, its identity, its place in the ledger. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra.utils import get_object, instantiate

from fer_lab import datamodules, faces, media
from fer_lab.configs import compose, for_parent
from fer_lab.errors import ConfigError
from fer_lab.faces import actions
from fer_lab.ledger import Entry, run_id
from fer_lab.models import MADE_HERE
from fer_lab.packages import packaged, passport_of_file, pinned
from fer_lab.pretraining.shipped import backbone_identity
from fer_lab.runs.checks import check_rows, check_run, manifest_of
from fer_lab.runs.precision import resolve_precision
from fer_lab.sources import Source, open_source
from fer_lab.storage import file_digest
from fer_lab.tables import find_cell


@dataclass(frozen=True)
class OfCell:
    """A run of a cell, by its resolved configuration."""

    cell: str
    config: Mapping[str, Any]

    @property
    def seed(self) -> int:
        """The run's seed."""
        return int(self.config["seed"])

    @property
    def fold(self) -> int | None:
        """Which fold its test part is; None without folds, or where the cell itself asks for one of them."""
        return fold_of(self.cell, self.config)

    @property
    def folds(self) -> int:
        """Of how many folds the runs of its cell and seed are; 1 where one run is all."""
        return 1 if self.fold is None else int(self.config["data"]["split"]["folds"])


@dataclass(frozen=True)
class Plan(OfCell):
    """One run before it runs."""

    source: Source
    parents: tuple[Plan, ...]

    @cached_property
    def id(self) -> str:
        """The run's identity (see ``ledger.run_id``)."""
        return self._identity(self.config, [parent.id for parent in self.parents])

    @cached_property
    def variant(self) -> str:
        """What the runs of all its seeds and folds share: the identity without these two."""
        return self._identity(any_seed_and_fold(self.config), [parent.variant for parent in self.parents])

    def _identity(self, config: Mapping[str, Any], parents: Sequence[str]) -> str:
        return run_id(
            config,
            precision=self.precision,
            signature=self.source.signature,
            files=named_files(config),
            parents=parents,
            versions=stage_versions(config),
        )

    @property
    def precision(self) -> str:
        """What ``trainer.precision`` means on this machine."""
        return resolve_precision(self.config["trainer"]["precision"])

    @cached_property
    def entry(self) -> Entry:
        """The run's place in the ledger."""
        return Entry(Path(self.config["paths"]["results"]) / "runs", self.id)


def any_seed_and_fold(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without what tells the runs of a cell apart."""
    any_fold = {**config["data"], "split": {**config["data"]["split"], "fold": None}}
    return {**config, "seed": None, "data": any_fold}


def fold_of(cell: str, config: Mapping[str, Any]) -> int | None:
    """Which fold a configuration's test part is, see ``Plan.fold``."""
    fold = config["data"]["split"].get("fold")
    return None if fold is None or "fold" in find_cell(cell).values else int(fold)


def make_plan(config: Mapping[str, Any], cell: str, overrides: Sequence[str]) -> Plan:
    """The plan of a cell, its parents included; makes the twin if it is not there.

    Args:
        config: the resolved configuration.
        cell: ``<experiment>/<name>``.
        overrides: the command line's, from which a parent's configuration is composed.
    """
    if not (config["epochs"] or config["steps"] or config["parents"]) and _trains(config["model"]):
        raise ConfigError(f"epochs=0 and no parents: {cell!r} would be a network that nobody has trained")
    if cell in config["parents"]:
        raise ConfigError(f"cell {cell!r} names itself as its parent")
    named = {parent: for_parent(overrides, cell, parent) for parent in config["parents"]}
    parents = tuple(make_plan(compose(own), parent, own) for parent, own in named.items())
    check_run(config)
    source = open_source(config)
    check_rows(config, source.index)
    return Plan(cell, config, source, parents)


def _trains(model: Mapping[str, Any]) -> bool:
    """Whether there is anything in a model to train; asked where nothing will be, as it imports torch for seconds."""
    return bool(getattr(get_object(model["_target_"]), "trains", True))


def make_plans(config: Mapping[str, Any], cell: str, overrides: Sequence[str]) -> list[Plan]:
    """The plans of a cell and seed: one, or one for each fold where the data are split into folds.

    Args: as ``make_plan``; the overrides name the cell, and ``fold=...`` among them asks for one fold alone.
    """
    each = by_fold(config, overrides)
    return [make_plan(config if len(each) == 1 else compose(own), cell, own) for own in each]


def by_fold(config: Mapping[str, Any], overrides: Sequence[str]) -> list[list[str]]:
    """The overrides of each run of a cell and seed: as they are, or of each fold where the data are split into folds.

    Args: as ``make_plans``.
    """
    split = config["data"]["split"]
    if split["kind"] != "folds" or split.get("manifest") or config["fold"] is not None:
        return [[*overrides]]
    return [[*overrides, f"fold={fold}"] for fold in range(int(split["folds"]))]


def stage_versions(config: Mapping[str, Any]) -> dict[str, int]:
    """Integers beside the code of the stages that a run's data go through; one changes with that stage's output."""
    found = {"media": media.VERSION, "items": datamodules.ITEMS_VERSION, "split": datamodules.SPLIT_VERSION}
    found |= {"augmentation": datamodules.AUGMENTATION_VERSION} if len(config["augmentation"]) > 1 else {}
    if "actions" in {*config["augmentation"], *(config.get("stored_augmentation") or {})}:
        found["actions"] = actions.VERSION
    return found | faces.stage_versions(instantiate(config["faces"]))


def named_files(config: Mapping[str, Any]) -> dict[str, str]:
    """What the files are that a configuration names: a checksum or a name, never a path."""
    manifest = manifest_of(config["data"]["split"])
    return {
        "weights": ", ".join(sorted({_weights_identity(one) for one in backbones(config)})),
        "manifest": file_digest(manifest) if manifest else "",
        "landmarks": _landmark_model(instantiate(config["faces"])),
    }


def _landmark_model(settings: faces.Preparation | faces.RawConfig) -> str:
    """A checksum; '' where faces have no landmarks."""
    return faces.landmarks_digest(settings) if isinstance(settings, faces.FacesConfig) else ""


def backbones(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a configuration's model starts from pretrained weights."""
    return [part for part in _parts(config["model"]) if "weights" in part]


def _parts(config: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping of a configuration, however deep."""
    inner = config.values() if isinstance(config, Mapping) else config if isinstance(config, list | tuple) else ()
    if isinstance(config, Mapping):
        yield config
    for value in inner:
        yield from _parts(value)


def _weights_identity(backbone: Mapping[str, Any]) -> str:
    """What a backbone starts from: a name, or the file's checksum."""
    weights = backbone["weights"]
    if weights in MADE_HERE:
        return backbone_identity(backbone["_target_"], backbone.get("width", 1.0), backbone["image_size"], weights)
    if weights in (None, "imagenet"):
        return str(weights)
    if known := packaged().get(weights):
        return f"{known.name}, SHA-256 {pinned(known)}, passport {known.digest}"
    return _file_identity(Path(weights))


def _file_identity(path: Path) -> str:
    """Its checksum; with that of its passport, where it has one beside it."""
    if not path.is_file():
        return f"missing:{path.name}"
    known = passport_of_file(path)
    return file_digest(path) + (f", passport {known.digest}" if known else "")
