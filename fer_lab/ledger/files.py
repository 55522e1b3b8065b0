"""The files of a run by name, and which of an unfinished run are as it wrote them.

A run notes a file's checksum before it replaces the file, and keeps those before: whichever side of the replacement a
kill falls on, what lies there is noted. Anything else is damage, and nothing goes on from it.
"""

from __future__ import annotations

from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.storage import file_digest, read_json, write_json

RECORD, CHECKSUMS = "run.json", "checksums.json"
WEIGHTS, PREPROCESSING = "weights.safetensors", "preprocessing.safetensors"
CHECKPOINT, HISTORY, LOSSES = "last.ckpt", "history.csv", "losses.csv"
SUMS = "scores/sums.safetensors"


def scores_of(epoch: int) -> str:
    """The file of an epoch's scores."""
    return f"scores/epoch-{epoch:03d}.parquet"


def essential(epochs: int) -> set[str]:
    """What a run of so many epochs cannot be without: its weights, and the scores of every epoch."""
    return {WEIGHTS, *map(scores_of, range(epochs))}


def note(folder: Path, name: str, checksum: str) -> None:
    """Note what a file of an unfinished run is about to become.

    Raises:
        StoreError: it cannot be written, or what was noted before is damaged.
    """
    noted = read_json(folder / CHECKSUMS) if (folder / CHECKSUMS).is_file() else {}
    write_json(folder / CHECKSUMS, noted | {name: [*noted.get(name, []), checksum]})


def noted(folder: Path) -> dict[str, list[str]]:
    """What an unfinished run has noted: name -> checksums, the newest last; nothing where that is damaged."""
    try:
        return {str(name): [str(one) for one in sums] for name, sums in read_json(folder / CHECKSUMS).items()}
    except (StoreError, AttributeError, TypeError):
        return {}


def not_as_written(folder: Path, names: set[str]) -> list[str]:
    """Those files of an unfinished run that are missing, or that it has not written so."""
    known = noted(folder)
    there = {name for name in names if (folder / name).is_file()}
    return sorted(name for name in names if name not in there or file_digest(folder / name) not in known.get(name, []))
