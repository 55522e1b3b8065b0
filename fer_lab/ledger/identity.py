"""What makes two runs the same run: everything a configuration says, but for what stands here with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_lab.datamodules.recipe import PROTOCOLS
from fer_lab.storage import digest

RUN_GROUPS: tuple[str, ...] = (
    "data",
    "faces",
    "items",
    "sampling",
    "stored_augmentation",
    "augmentation",
    "model",
    "task",
    "task/loss",
    "optimizer",
    "scheduler",
)
"""The groups of conf/ of which an experiment chooses an option; all of them are part of a run's identity.

A group within another one is part of what that makes: ``task/loss`` gives ``task.loss``.
"""

NOT_IDENTITY: Mapping[str, str] = {
    "paths": "where things lie; the data's signature and checksums of files count",
    "profile": "its sizes stand where they are used, and in the data's signature",
    "backbone": "what a model uses of it stands in the model",
    "parents": "their ids count",
    "fold": "stands in data.split.fold, where there are folds",
    "source.weights": "what a model uses of it stands in the model, and its checksum counts",
    "source.inception_v2": "what a model uses of it stands in the model, and its checksum counts",
    "source.alexnet": "what a model uses of it stands in the model, and its checksum counts",
    "source.resnet101": "what a model uses of it stands in the model, and its checksum counts",
    "source.imagenet": "what a model uses of it stands in the model, and its checksum counts",
    "source.objects": "what a model uses of it stands in the model, and its checksum counts",
    "source.weights_checksum": "only checks a file",
    "source.weights_order": "what a model uses of it stands in the model",
    "logger": "is told what the ledger has",
    "jobs": "how many runs train side by side",
    "threads": "changes sums in their last bits only; recorded",
    "micro_batch": "gives the same gradients but for batch statistics; recorded",
    "workers": "data and faces are the same for any number",
    "backbone_store": "gives the same bits as computing in every step",
    "cache": "how much is stored of what can be computed",
    "test_scores": "which scores are kept, not what they are",
    "dry_run": "trains nothing",
    "fail_fast": "what happens to other runs",
    "retries": "how often it is begun again; it goes on as if nothing had been",
    "watchdog": "when a sweep stops waiting",
    "campaign": "which sweep asked for the run",
    "hydra": "how a sweep is started",
    "trainer.accelerator": "where it is computed; recorded",
    "trainer.devices": "where it is computed",
    "trainer.strategy": "where it is computed",
    "trainer.precision": "counts as what it means on the machine",
    "trainer.max_epochs": "stands in epochs, or steps count",
    "trainer.logger": "see logger",
    "trainer.enable_checkpointing": "the ledger keeps checkpoints",
    "trainer.enable_progress_bar": "what is shown",
    "trainer.enable_model_summary": "what is shown",
    "trainer.num_sanity_val_steps": "no validation loop runs",
    "trainer.limit_val_batches": "no validation loop runs",
}
"""Key of a configuration -> why it does not decide a run's scores."""

FILES: Mapping[tuple[str, str], str] = {
    ("model", "weights"): "a path; the file's checksum counts",
    ("model", "checksum"): "only checks a file",
    ("data", "manifest"): "a path; the file's checksum counts",
}
"""Group, and last part of a key somewhere below it, that names a file -> why the name does not count."""
LANDMARK_MODEL = "faces.model"
"""Names a file as well: its content counts."""
RECIPES = "data.split."
"""Mappings below it are recipes, a protocol each: that of the run's own protocol counts."""


def run_id(
    config: Mapping[str, Any],
    *,
    precision: str,
    signature: str,
    files: Mapping[str, str],
    parents: Sequence[str] = (),
    versions: Mapping[str, int],
) -> str:
    """Identity of a run, 16 hex digits.

    Args:
        config: the resolved configuration; all that is set of it counts, but for ``NOT_IDENTITY`` and ``FILES``, and
            for ``epochs`` where ``steps`` are set, which end training instead.
        precision: the precision that ``auto`` resolved to on this machine.
        signature: data signature, over index rows and content hashes.
        files: what the files are that the configuration names (a checksum or a name, never a path): the weights that
            the backbone starts from, the manifest of a split, the landmark model.
        parents: ids of the runs whose weights this one starts from.
        versions: stage name -> integer beside that stage's code.
    """
    about = {"precision": precision, "signature": signature, "files": dict(files)}
    return digest([deciding(config), about, sorted(parents), dict(versions)])


def deciding(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resolved configuration decides a run, see ``run_id``."""
    counting = {key: value for key, value in config.items() if key != "epochs" or not config.get("steps")}
    return _deciding(counting, config["protocol"]["name"])


def _deciding(config: Mapping[str, Any], protocol: str | None, above: str = "") -> dict[str, Any]:
    """What decides a run: an option that is not set (null) is left out, so that adding one makes no other run."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        place = f"{above}{key}"
        is_file = (place.split(".")[0], key) in FILES or place == LANDMARK_MODEL
        of_another = above == RECIPES and key in PROTOCOLS and key != protocol
        if value is None or is_file or of_another or place in NOT_IDENTITY:
            continue
        found[key] = _deciding(value, protocol, f"{place}.") if isinstance(value, Mapping) else value
    return found
