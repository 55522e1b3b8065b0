"""The models of runs: as a run starts, as a finished one has left it, and the task around one.

Torch is imported when a model is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hydra.utils import instantiate

from fer_lab.errors import ConfigError, StoreError
from fer_lab.evaluation.target import Target
from fer_lab.ledger import WEIGHTS, Run, read_run

if TYPE_CHECKING:
    from fer_lab.models.base import FaceModel
    from fer_lab.models.pretrained import Weights
    from fer_lab.tasks.base import FaceTask


def starting_model(config: Mapping[str, Any], parents: Sequence[Run]) -> tuple[FaceModel, Weights]:
    """The model of a configuration, with its backbone's weights and what its parents have learned.

    Args:
        config: of the run.
        parents: the finished runs that it starts from, in their order.

    Raises:
        ConfigError: there is no such backbone, the parents are other networks, or nothing of them is taken though
            nothing is trained.
        StoreError: the backbone's file or a parent's weights are damaged.
    """
    from fer_lab.models.weights import load_backbone, read_tensors
    from fer_lab.pretraining.backbone import embedded_backbone

    model: FaceModel = instantiate(config["model"])
    weights = load_backbone(model, embedded_backbone)
    if parents:
        _check_takes_over(model, config)
        model.start_from(*(read_tensors(parent.file(WEIGHTS)) for parent in parents))
        if weights.identity == "none":
            told = [parent.facts.get("weights", {}).get("passport") for parent in parents]
            weights = replace(weights, origin=f"starts from {', '.join(parent.cell for parent in parents)}",
                              passport=next(filter(None, told), None))  # fmt: skip
    return model, weights


def _check_takes_over(model: FaceModel, config: Mapping[str, Any]) -> None:
    from fer_lab.models.base import FaceModel

    if config["epochs"] == 0 and not config["steps"] and type(model).start_from is FaceModel.start_from:
        raise ConfigError(
            f"{type(model).__name__} takes nothing over from the runs that it starts from, and epochs=0 trains nothing",
            expected="a network whose start_from does, or epochs of its own",
        )


def trained_model(run: Run, config: Mapping[str, Any]) -> FaceModel:
    """The model of a finished run at its selected epoch.

    Args:
        run: one entry of the ledger; its parents lie beside it.
        config: the run's; where its backbone's file lies now.

    Raises:
        StoreError: weights are missing or damaged, its own, a parent's or its backbone's; or they are of another model.
        ConfigError: the backbone's file is not where the configuration says.
    """
    from fer_lab.tasks.weights import as_channels_last, restore

    model, weights = starting_model(config, parents_of(run))
    expected = run.facts["weights"]["checksum"]
    if weights.checksum != expected:
        raise StoreError(
            f"run {run.id} was trained on another backbone than {weights.origin}: SHA-256 {weights.checksum or 'none'}",
            expected=expected or "none",
            do=f"put the file with this checksum at {weights.path}",
        )
    restore(model, run.file(WEIGHTS))
    return as_channels_last(model)


def parents_of(run: Run) -> list[Run]:
    """The finished runs that a run starts from, or whose features it is shown, in their order.

    Raises:
        StoreError: one of them is not in its ledger.
    """
    folders = [run.folder.parent / name for name in run.parents]
    for folder in folders:
        if not folder.is_dir():
            raise StoreError(
                f"{folder} is missing: run {run.id} of {run.cell} starts from it",
                do="put the parent's folder beside the run's, or start the sweep again",
            )
    return [read_run(folder) for folder in folders]


def build_task(config: Mapping[str, Any], target: Target, model: FaceModel) -> FaceTask:
    """The LightningModule of a run around its model."""
    task: FaceTask = instantiate(config["task"])(
        model=model,
        optimizer=instantiate(config["optimizer"]),
        scheduler=instantiate(config["scheduler"]),
        seed=int(config["seed"]),
        target=target,
        augmentation=instantiate(config["augmentation"]),
    )
    return task
