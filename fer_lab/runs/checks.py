"""What of a configuration does not fit, said before anything starts: in the sweep itself, and again in each job."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from inspect import Parameter
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pandas as pd
import yaml
from hydra.utils import get_class, instantiate

from fer_lab.configs import compose, expand, for_parent, offered_targets, targets_of
from fer_lab.datamodules.recipe import check_recipe
from fer_lab.datamodules.selection import asked, selected
from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.target import Kind, Target
from fer_lab.ledger.identity import RUN_GROUPS
from fer_lab.resources import resource_folder
from fer_lab.runs.precision import has_gpu, resolve_precision
from fer_lab.sources import facts
from fer_lab.tasks.by_class import check_costs, check_weights
from fer_lab.tasks.kinds import OPTIONS, check_kind

OF_MEASURES: Mapping[str, str] = {
    "fer_lab.datamodules.items.frame_geometry": "landmarks",
    "fer_lab.datamodules.items.blendshapes": "blendshapes",
}
"""Kind of items -> what of ``faces.MEASURES`` it is made of."""
BY_CLASS = "fer_lab.tasks.costs."
"""Losses that count the classes of training items."""


def check_sweep(overrides: Sequence[str]) -> None:
    """Check every run of a sweep and its parents, of each cell one seed; no data are opened.

    Raises:
        ConfigError: see ``check_run``.
    """
    runs = {tuple(item for item in own if not item.startswith("seed=")): own for own in expand(overrides)}
    for own in runs.values():
        _check_added(compose(own), own)
        _check_fold(compose(own))
        _check_with_parents(own)


def _check_with_parents(overrides: Sequence[str]) -> None:
    config = compose(overrides)
    cell = next(item.split("=", 1)[1] for item in overrides if item.startswith("cell="))
    check_run(config)
    for parent in config["parents"]:
        if parent != cell:
            _check_with_parents(for_parent(overrides, cell, parent))


def check_run(config: Mapping[str, Any]) -> None:
    """Check that target, classes, parts, task and trainer of a run fit each other.

    Raises:
        ConfigError: names the key, what was expected, and the nearest names.
    """
    _check_callables({name: config.get(name) for name in (*RUN_GROUPS, "trainer", "logger")})
    target = target_asked(config)
    _check_task(config["task"]["_target_"], target.kind)
    _check_model(config["model"], target)
    _check_loss(config["task"].get("loss") or {}, target)
    _check_taught(config, target)
    _check_items(config)
    _check_parts(config, target)
    _check_trainer(config)
    _check_devices(config["trainer"])
    _check_share(config)


def _check_added(config: Mapping[str, Any], overrides: Sequence[str]) -> None:
    """What overrides add to the keys of conf/ (``+key=``), whatever is built of it must know."""
    for place in (item.partition("=")[0].lstrip("+") for item in overrides if item.startswith("+")):
        *above, key = place.split(".")
        holder = reduce(lambda inner, name: inner.get(name) or {}, above, config)
        if target := holder.get("_target_"):
            known = inspect.signature(resolve_name(target)).parameters
            if key not in known and Parameter.VAR_KEYWORD not in (one.kind for one in known.values()):
                raise ConfigError(f"{place}: {target} has no such argument", expected=f"one of {nearest(key, known)}")


def _check_fold(config: Mapping[str, Any]) -> None:
    """A parent's data may have no folds where those of a run have: asked of the run alone."""
    split, fold = config["data"]["split"], config["fold"]
    folds = split.get("folds") if split["kind"] == "folds" else 0
    if fold is not None and isinstance(folds, int) and fold >= folds:
        raise ConfigError(
            f"fold={fold}", expected=f"0 to {folds - 1}, or null" if folds else "null: there are no folds"
        )


def _check_callables(config: Mapping[str, Any]) -> None:
    """What a configuration builds of other code than conf/ names must be there."""
    for place, target in targets_of(config):
        if target in offered_targets():
            continue
        try:
            found = resolve_name(target)
        except Exception as error:  # whatever importing somebody's module raises
            raise ConfigError(
                f"{place}={target} cannot be imported: {error}", expected="a class or function"
            ) from error
        if not (inspect.isclass(found) or inspect.isfunction(found)):
            raise ConfigError(f"{place}={target}", expected="a class or function")


def _check_loss(loss: Mapping[str, Any], target: Target) -> None:
    """What a loss by class is told by hand, in words that hold before any training item is counted."""
    if not str(loss.get("_target_", "")).startswith(BY_CLASS):
        return
    if not target.exclusive:
        raise ConfigError(f"a loss by class, and a target of {target.kind}", do="set another task/loss")
    if not isinstance(weights := loss.get("weights", ""), str):
        check_weights(weights, target.names)
    if not isinstance(costs := loss.get("costs", ""), str):
        check_costs(costs, target.names)


def _check_taught(config: Mapping[str, Any], target: Target) -> None:
    """Shares that are taught in place of classes are of the same classes; a loss by class knows none."""
    about, loss = config["data"], str((config["task"].get("loss") or {}).get("_target_", ""))
    if (taught := about.get("taught")) is None:
        return
    shares = {name: one for name, one in facts(config).targets.items() if one.scale == (0, 1)}
    fitting = [name for name, one in shares.items() if target.exclusive and one.names == target.names]
    if about.get("regroup") or taught not in fitting:
        raise ConfigError(
            f"data.taught={taught!r} with data.target={about['target']!r}",
            expected=f"shares of the same classes, not regrouped: {', '.join(fitting) or 'there are none'}; or null",
        )
    if loss.startswith(BY_CLASS):
        raise ConfigError(f"data.taught={taught!r}, and a loss by class", do="set task/loss=cross_entropy")


def _check_items(config: Mapping[str, Any]) -> None:
    """What items are made of must be there of every face."""
    faces, items = instantiate(config["faces"]), config["items"]
    for view in items.get("views", ()):
        if view not in faces.views:
            raise ConfigError(f"items.views={items['views']}", expected=f"of faces.views: {', '.join(faces.views)}")
    measure = OF_MEASURES.get(items["_target_"])
    if measure is not None and measure not in faces.measures:
        option = "blendshapes" if measure == "blendshapes" else "aligned"
        raise ConfigError(f"items are made of {measure}, and faces have none", do=f"set faces={option}")


def target_asked(config: Mapping[str, Any]) -> Target:
    """What a configuration asks of an item; no data are opened.

    Raises:
        ConfigError: its data set has no such target, or another number of classes.
    """
    data = config["data"]
    dataset = facts(config)
    if data["target"] not in dataset.targets:
        known = ", ".join(dataset.targets)
        raise ConfigError(f"data.target={data['target']!r}", expected=f"a target of {dataset.title}: {known}")
    target = asked(dataset.targets[data["target"]], data.get("regroup"), data.get("labels"))
    if len(target.names) != data["num_classes"]:
        expected = f"{len(target.names)} for {data['target']!r}"
        raise ConfigError(f"data.num_classes={data['num_classes']}", expected=expected)
    return target


def _check_model(model: Mapping[str, Any], target: Target) -> None:
    if model.get("num_classes", len(target.names)) != len(target.names):
        raise ConfigError(
            f"model.num_classes={model['num_classes']}", expected=f"{len(target.names)}, as the data have"
        )


def check_rows(config: Mapping[str, Any], index: pd.DataFrame) -> None:
    """Refuse a choice of rows (``data.only``) that leaves a single class.

    Raises:
        ConfigError: it does.
        DataError: it leaves no row.
    """
    about = config["data"]
    only, target = about.get("only"), about["target"]
    if not only or target not in index:
        return
    left = selected(index, target, about.get("regroup"), only)[target].unique()
    if len(left) == 1:
        raise ConfigError(
            f"data.only={only} leaves one class, {left[0]}", expected="two or more: one class cannot be told apart"
        )


def _check_parts(config: Mapping[str, Any], target: Target) -> None:
    recipe = config["data"]["split"]
    for key in ("training", "rare"):
        if recipe.get(key) and not target.exclusive:
            key = f"data.split.{key}"
            raise ConfigError(f"{key} goes by class, and the target has none", do=f"set {key}=null")
    for label in recipe.get("rare") or {}:
        if label not in target.names:
            known = nearest(label, target.names)
            raise ConfigError(f"data.split.rare: {label!r}", expected=f"a class in training: {known}")
    check_recipe(recipe, config["protocol"]["name"])
    manifest_of(recipe)
    if recipe["kind"] == "whole" and not recipe.get("manifest") and (config["epochs"] or config["steps"]):
        raise ConfigError("data.split.kind=whole leaves nothing to train on", do="set epochs=0, or another kind")


def manifest_of(recipe: Mapping[str, Any]) -> Path | None:
    """The file that gives the parts (``data.split.manifest``), if one does.

    Raises:
        ConfigError: there is no such file.
    """
    manifest = recipe.get("manifest")
    if manifest is not None and not (isinstance(manifest, str) and Path(manifest).is_file()):
        raise ConfigError(f"data.split.manifest={manifest!r}", expected="a file like a run's split.json, or null")
    return None if manifest is None else Path(manifest)


def _check_task(task: str, kind: Kind) -> None:
    if task != _option("task", OPTIONS[kind])["_target_"]:  # importing a task imports torch, which takes seconds
        own = get_class(task)
        check_kind(own.__name__, getattr(own, "kind", ""), kind)


def _check_trainer(config: Mapping[str, Any]) -> None:
    trainer = config["trainer"]
    clip = trainer.get("gradient_clip_val")
    if clip and config["optimizer"].get("fused") and "mixed" in resolve_precision(trainer["precision"]):
        raise ConfigError(
            f"trainer.gradient_clip_val={clip}: in mixed precision, Lightning clips no gradients of a fused optimizer",
            do="set optimizer.fused=false",
        )


def _check_devices(trainer: Mapping[str, Any]) -> None:
    """Processes that wait for devices which are not there wait for ever."""
    if has_gpu():
        return
    if trainer["accelerator"] in ("gpu", "cuda"):
        raise ConfigError(
            f"trainer.accelerator={trainer['accelerator']}: there is no GPU here", expected="auto, or cpu"
        )
    if trainer["devices"] not in (1, "auto") and trainer["strategy"] == "auto":
        raise ConfigError(
            f"trainer.devices={trainer['devices']}: there is no GPU here",
            expected="1, or trainer.strategy=ddp as well: then a device is a process",
        )


def _check_share(config: Mapping[str, Any]) -> None:
    """Each device needs an item of every batch."""
    devices, least = config["trainer"]["devices"], config["batch_size"]
    count = len(devices) if isinstance(devices, Sequence) and not isinstance(devices, str) else devices
    if isinstance(count, int) and count > least:
        raise ConfigError(f"batch_size={least}, and trainer.devices={devices}", expected="an item a device at least")


@cache
def _option(group: str, name: str) -> Mapping[str, Any]:
    """What conf/ says of an option."""
    return dict(yaml.safe_load((resource_folder("conf") / group / f"{name}.yaml").read_text()))
