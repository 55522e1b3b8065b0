"""One run's place in the ledger, as its writer sees it.

results/runs/<run id>/
    config.yaml             the whole configuration
    scores/epoch-NNN.parquet  scores of an epoch, one row an item; on disk before the checkpoint that names it
    scores/sums.safetensors  what is counted of each part at each epoch: the oracle reads one file, not all
    history.csv             loss, main metric and learning rate by epoch, and the step it ended with
    losses.csv              the training loss of each step; older runs have it where their steps counted
    split.json              which ids are in which part, and which of the test part leaked
    weights.safetensors     what was trained, of the epoch selected on validation
    preprocessing.safetensors  what else was fitted on the training part (principal components), if anything was
    last.ckpt               only while unfinished
    checksums.json          likewise: what was written of all that the run goes on from (``ledger.files``)
    log.txt
    run.json                atomically, after all others: with it the run is finished
    failed.json             instead of it, if the run failed
    pruned.json             likewise, if a search ended it early; it goes on from there if it is asked for
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import safetensors.numpy

from fer_lab.errors import StoreError
from fer_lab.evaluation import Target
from fer_lab.ledger import files
from fer_lab.ledger.files import CHECKPOINT, CHECKSUMS, HISTORY, LOSSES, PREPROCESSING, RECORD, SUMS, WEIGHTS
from fer_lab.ledger.read import Run, read_run
from fer_lab.storage import digest, file_digest, is_locked, locked, make_folder, write_bytes, write_json

log = logging.getLogger(__name__)
State = Literal["done", "returned", "damaged", "running", "failed", "pruned", "interrupted", "missing"]


@dataclass(frozen=True)
class Entry:
    """The folder of one run."""

    runs: Path
    id: str

    @property
    def folder(self) -> Path:
        """``<runs>/<id>``."""
        return self.runs / self.id

    @property
    def checkpoint(self) -> Path:
        """The unfinished run's last whole epoch."""
        return self.folder / CHECKPOINT

    @property
    def weights(self) -> Path:
        """Trained weights of the selected epoch."""
        return self.folder / WEIGHTS

    @property
    def preprocessing(self) -> Path:
        """What was fitted on the training part beside the weights."""
        return self.folder / PREPROCESSING

    @property
    def log(self) -> Path:
        """Everything that was said during the run."""
        return self.folder / "log.txt"

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the run: nobody else trains it meanwhile, and ``state`` says running."""
        with locked(self.folder):
            make_folder(self.folder / "scores")
            yield

    def is_finished(self) -> bool:
        """Whether the run was trained here and every file of it is as it was written (``Run.check``)."""
        run = self._whole()
        return run is not None and not run.returned

    def _whole(self) -> Run | None:
        try:
            (run := read_run(self.folder)).check()
        except StoreError:
            return None
        return run

    def state(self) -> State:
        """What another terminal can say of the run."""
        if (self.folder / RECORD).is_file():
            run = self._whole()
            return "damaged" if run is None else "returned" if run.returned else "done"
        if not self.folder.is_dir():
            return "missing"
        if is_locked(self.folder):
            return "running"
        left: tuple[State, ...] = ("failed", "pruned")
        return next((state for state in left if (self.folder / f"{state}.json").is_file()), "interrupted")

    def clear_damaged(self) -> None:
        """Forget a run that is damaged, or came without weights: it is trained again, never used."""
        if (self.folder / RECORD).exists():
            why = "was returned without weights" if self._whole() else "is damaged (a checksum differs)"
            log.warning("run %s %s: it is trained again", self.id, why)
            shutil.rmtree(self.folder, ignore_errors=True)
            make_folder(self.folder / "scores")

    def write_config(self, text: str) -> None:
        """Put the whole configuration on disk, as YAML."""
        write_bytes(self.folder / "config.yaml", text.encode())

    def begin(self) -> None:
        """Forget what an earlier attempt has left of scores, weights and the rest: nothing of it may be sealed."""
        for name in (CHECKPOINT, CHECKSUMS, HISTORY, LOSSES, WEIGHTS, PREPROCESSING, SUMS):
            (self.folder / name).unlink(missing_ok=True)
        for scores in self.folder.glob("scores/epoch-*.parquet"):
            scores.unlink()

    @property
    def epochs(self) -> int:
        """How many epochs have scores; a last one that ``steps`` cut off is one, and that of what never trained."""
        return len(list(self.folder.glob("scores/epoch-*.parquet")))

    def write_preparation(self, split: Mapping[str, Any], preprocessing: bytes | None) -> None:
        """Put on disk which ids are in which part, and what else was fitted on the training part, if anything was."""
        write_json(self.folder / "split.json", split)
        if preprocessing is not None:
            write_bytes(self.preprocessing, preprocessing)

    def note(self, path: Path, checksum: str) -> None:
        """Note what a file of the run is about to become; see ``ledger.files``."""
        files.note(self.folder, path.relative_to(self.folder).as_posix(), checksum)

    def write(self, path: Path, data: bytes) -> None:
        """Put a file on disk, whole, that the run may go on from."""
        self.note(path, hashlib.sha256(data).hexdigest())
        write_bytes(path, data)

    def write_scores(self, epoch: int, scores: pd.DataFrame) -> None:
        """Put an epoch's scores on disk, whole: scores first, then the checkpoint that names them."""
        self.write(self._scores(epoch), scores.to_parquet(index=False))

    def read_scores(self, epoch: int) -> pd.DataFrame:
        """The scores of an epoch of a run that is not finished yet, all parts."""
        return pd.read_parquet(self._scores(epoch))

    def write_sums(self, target: Target) -> None:
        """Put beside the scores what a target counts of each part at each epoch (``Run.sums``)."""
        frames = [self.read_scores(epoch) for epoch in range(self.epochs)]
        parts = frames[-1]["part"].unique()  # all of them; earlier epochs may have none of train and test
        sums = {part: np.stack([target.total(frame[frame["part"] == part]) for frame in frames]) for part in parts}
        write_bytes(self.folder / SUMS, safetensors.numpy.save(sums))

    def _scores(self, epoch: int) -> Path:
        return self.folder / files.scores_of(epoch)

    def add_scores(self, epoch: int, scores: pd.DataFrame) -> None:
        """Put the scores of further parts beside those of an epoch."""
        before = self.read_scores(epoch)
        kept = before[~before["part"].isin(scores["part"].unique())]
        self.write_scores(epoch, pd.concat([kept, scores], ignore_index=True))

    def finish(self, record: dict[str, Any]) -> None:
        """Make the run finished: checksums of every file, then ``run.json``, atomically.

        Raises:
            StoreError: a file is missing, or is not what the run wrote: nothing is sealed.
        """
        others = [
            *map(files.scores_of, range(self.epochs)),
            WEIGHTS,
            PREPROCESSING,
            SUMS,
            "config.yaml",
            HISTORY,
            LOSSES,
            "split.json",
        ]
        written = {name: sums[-1] for name, sums in files.noted(self.folder).items() if name != CHECKPOINT}
        kept = {*written, *(name for name in others if (self.folder / name).is_file())}
        found = {name: file_digest(self.folder / name) for name in kept if (self.folder / name).is_file()}
        if lost := sorted(name for name in kept if found.get(name) != written.get(name, found.get(name))):
            raise StoreError(
                f"{self.folder / lost[0]} is missing or damaged since it was written: the run is not finished",
                do="start the sweep again: the run starts again",
            )
        whole = record | {"id": self.id, "files": found}
        write_json(self.folder / RECORD, whole | {"digest": digest(whole)})
        for name in ("failed.json", "pruned.json", CHECKPOINT, CHECKSUMS):
            (self.folder / name).unlink(missing_ok=True)

    def fail(self, error: BaseException) -> None:
        """Record a failure: its error and when; the log has the rest."""
        write_json(self.folder / "failed.json", {"error": f"{type(error).__name__}: {error}", "time": time.time()})

    def prune(self, why: BaseException) -> None:
        """Record that the run was ended early, and why; what it wrote stays, and it can go on from its last epoch."""
        write_json(self.folder / "pruned.json", {"why": str(why), "time": time.time()})
        (self.folder / "failed.json").unlink(missing_ok=True)  # of an earlier attempt
