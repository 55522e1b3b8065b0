"""Whether an interrupted run can go on from what it left."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import torch

from fer_lab.errors import StoreError

log = logging.getLogger(__name__)


def usable_checkpoint(checkpoint: Path) -> Path | None:
    """The checkpoint that a run goes on from, None where it begins.

    Raises:
        StoreError: it holds code, which is not run.
    """
    if not _is_usable(checkpoint):
        return None
    log.info("the run goes on from its last whole epoch")
    return checkpoint


def _is_usable(checkpoint: Path) -> bool:
    """Whether there is a checkpoint to go on from; one that is damaged is left, and the run starts again."""
    if not checkpoint.is_file():
        return False
    try:
        whole = {"state_dict", "pytorch-lightning_version"} <= set(torch.load(checkpoint, weights_only=True))
    except pickle.UnpicklingError as error:
        raise StoreError(
            f"{checkpoint} holds more than tensors; none of its code was run",
            expected="the checkpoint that this run wrote",
            do="delete it; the run starts again",
        ) from error
    except (OSError, EOFError, RuntimeError, TypeError) as error:
        log.warning("%s is damaged (%s): the run starts again", checkpoint, error)
        return False
    if not whole:
        log.warning("%s is not a checkpoint of this run: it starts again", checkpoint)
    return whole
