"""Whether an interrupted run can go on from what it left."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import torch

from fer_lab.errors import StoreError
from fer_lab.ledger import Entry, files
from fer_lab.ledger.files import CHECKPOINT, HISTORY, LOSSES, essential

log = logging.getLogger(__name__)


def usable_checkpoint(entry: Entry) -> Path | None:
    """The checkpoint that a run goes on from; None where it begins, and then nothing of an earlier attempt is left.

    It goes on only if all that it goes on from is as it was written: checkpoint, weights, history, scores by epoch.

    Raises:
        StoreError: the checkpoint holds code, which is not run.
    """
    if entry.checkpoint.is_file():
        if not (damage := _damage(entry)):
            log.info("the run goes on from its last whole epoch")
            return entry.checkpoint
        log.warning("run %s starts again: %s", entry.id, damage)
    entry.begin()
    return None


def _damage(entry: Entry) -> str:
    """What keeps an interrupted run from going on; nothing if it can."""
    if not files.noted(entry.folder):
        return "what it left has no checksums"
    lost = files.not_as_written(entry.folder, {CHECKPOINT})  # before it is opened
    histories = {HISTORY, LOSSES} & files.noted(entry.folder).keys() | {HISTORY}
    lost = lost or files.not_as_written(entry.folder, histories | essential(_epoch(entry.checkpoint) + 1))
    return f"{', '.join(lost)}: missing, or not as it was written" if lost else ""


def _epoch(checkpoint: Path) -> int:
    """The epoch (0-based) that a checkpoint was written after."""
    try:
        return int(torch.load(checkpoint, weights_only=True, mmap=True)["epoch"])
    except pickle.UnpicklingError as error:
        raise StoreError(
            f"{checkpoint} holds more than tensors; none of its code was run",
            expected="the checkpoint that this run wrote",
            do="delete it; the run starts again",
        ) from error
