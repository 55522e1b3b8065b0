"""One run's place in the ledger, as its writer sees it.

results/runs/<run id>/
    config.yaml             the whole configuration
    scores/epoch-NNN.parquet  scores of an epoch, one row an item; on disk before the checkpoint that names it
    history.csv             loss and accuracy by epoch
    split.json              which ids are in which part, and which of the test part leaked
    weights.safetensors     what was trained, of the epoch selected on validation
    preprocessing.safetensors  what else was fitted on the training part (principal components), if anything was
    last.ckpt               only while unfinished
    log.txt
    run.json                last and atomically: with it the run is finished
    failed.json             instead of it, if the run failed
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from filelock import FileLock, Timeout

from fer_lab.errors import StoreError
from fer_lab.storage import digest, file_digest, locked, make_folder, read_json, write_bytes, write_json

WEIGHTS, PREPROCESSING = "weights.safetensors", "preprocessing.safetensors"
log = logging.getLogger(__name__)
State = Literal["done", "damaged", "running", "failed", "interrupted", "missing"]


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
        return self.folder / "last.ckpt"

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
        """Whether the run is finished and every file of it is as it was written (by checksum)."""
        record = self.folder / "run.json"
        if not record.is_file():
            return False
        try:
            written = read_json(record)
            check_record(written, record)
            files: dict[str, str] = dict(written["files"])
            needed = {self.weights.name, f"scores/epoch-{written['selected_epoch']:03d}.parquet"}
        except (StoreError, KeyError, TypeError, ValueError):
            return False
        return needed <= set(files) and all(
            (self.folder / name).is_file() and file_digest(self.folder / name) == checksum
            for name, checksum in files.items()
        )

    def state(self) -> State:
        """What another terminal can say of the run."""
        if (self.folder / "run.json").is_file():
            return "done" if self.is_finished() else "damaged"
        if not self.folder.is_dir():
            return "missing"
        try:
            with FileLock(f"{self.folder}.lock", timeout=0):
                return "failed" if (self.folder / "failed.json").is_file() else "interrupted"
        except Timeout:
            return "running"

    def clear_damaged(self) -> None:
        """Forget a run that is damaged: it is trained again, never used."""
        if (self.folder / "run.json").exists():
            log.warning("run %s is damaged (a checksum differs): it is trained again", self.id)
            shutil.rmtree(self.folder, ignore_errors=True)
            make_folder(self.folder / "scores")

    def write_config(self, text: str) -> None:
        """Put the whole configuration on disk, as YAML."""
        write_bytes(self.folder / "config.yaml", text.encode())

    @property
    def epochs(self) -> int:
        """How many epochs have scores; a last one that ``steps`` cut off is one, and that of what never trained."""
        return len(list(self.folder.glob("scores/epoch-*.parquet")))

    def write_preparation(self, split: Mapping[str, Any], preprocessing: bytes | None) -> None:
        """Put on disk which ids are in which part, and what else was fitted on the training part, if anything was."""
        write_json(self.folder / "split.json", split)
        if preprocessing is not None:
            write_bytes(self.preprocessing, preprocessing)

    def write_scores(self, epoch: int, scores: pd.DataFrame) -> None:
        """Put an epoch's scores on disk, whole: scores first, then the checkpoint that names them."""
        write_bytes(self._scores(epoch), scores.to_parquet(index=False))

    def read_scores(self, epoch: int) -> pd.DataFrame:
        """The scores of an epoch of a run that is not finished yet, all parts."""
        return pd.read_parquet(self._scores(epoch))

    def _scores(self, epoch: int) -> Path:
        return self.folder / "scores" / f"epoch-{epoch:03d}.parquet"

    def add_scores(self, epoch: int, scores: pd.DataFrame) -> None:
        """Put the scores of further parts beside those of an epoch."""
        before = self.read_scores(epoch)
        kept = before[~before["part"].isin(scores["part"].unique())]
        self.write_scores(epoch, pd.concat([kept, scores], ignore_index=True))

    def finish(self, record: dict[str, Any]) -> None:
        """Make the run finished: checksums of every file, then ``run.json``, atomically."""
        self.checkpoint.unlink(missing_ok=True)
        others = [self.folder / name for name in (PREPROCESSING, "config.yaml", "history.csv", "split.json")]
        kept = [
            *sorted(self.folder.glob("scores/*.parquet")),
            self.weights,
            *(path for path in others if path.is_file()),
        ]
        files = {path.relative_to(self.folder).as_posix(): file_digest(path) for path in kept}
        (self.folder / "failed.json").unlink(missing_ok=True)
        whole = record | {"id": self.id, "files": files}
        write_json(self.folder / "run.json", whole | {"digest": digest(whole)})

    def fail(self, error: BaseException) -> None:
        """Record a failure: its error and when; the log has the rest."""
        write_json(self.folder / "failed.json", {"error": f"{type(error).__name__}: {error}", "time": time.time()})


def check_record(record: dict[str, Any], path: Path) -> None:
    """Refuse a ``run.json`` that is not as it was written.

    Raises:
        StoreError: its own checksum differs.
    """
    written = {key: value for key, value in record.items() if key != "digest"}
    if "digest" in record and record["digest"] != digest(written):
        raise StoreError(
            f"{path} is damaged: its checksum differs", do="start the sweep again; the run is trained anew"
        )
