"""Reads what W&B has put on disk: a log of blocks as LevelDB's, of protocol buffers."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record

BLOCK, FILE_HEAD, CHUNK_HEAD = 32768, 7, 7  # bytes
FULL, LAST = 1, 4  # kinds of chunks with which a record ends


@dataclass
class Offline:
    """A W&B run as its file has it; values by dotted name. ``exit_code`` is None of a run that was killed."""

    folder: Path
    id: str = ""
    name: str = ""
    group: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    exit_code: int | None = None

    def table(self, key: str) -> dict[str, Any]:
        """The columns and rows of a table that was logged: ``{"columns": [...], "data": [[...], ...]}``."""
        (path,) = [row[f"{key}.path"] for row in self.history if f"{key}.path" in row]
        found: dict[str, Any] = json.loads((self.folder / "files" / path).read_text())
        return found

    def epochs(self) -> list[dict[str, Any]]:
        """The values of each epoch in their order, W&B's own left out."""
        rows = [row for row in self.history if "epoch" in row]
        return [{key: value for key, value in row.items() if not key.startswith("_")} for row in rows]


def read_offline(results: Path) -> list[Offline]:
    """Every run below ``results/wandb``, in the order in which they began."""
    return [_read(path) for path in sorted(results.glob("wandb/offline-run-*/run-*.wandb"))]


def _read(path: Path) -> Offline:
    found = Offline(path.parent, id=path.stem.removeprefix("run-"))  # of a killed run the file may be empty
    for record in _records(path.read_bytes()):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
            found.id, found.name, found.group, found.project = run.run_id, run.display_name, run.run_group, run.project
            found.tags = tuple(run.tags)
            found.config |= _values(run.config.update)
        elif kind == "history":
            found.history.append(_values(record.history.item))
        elif kind == "summary":
            found.summary |= _values(record.summary.update)
        elif kind == "exit":
            found.exit_code = record.exit.exit_code
    return found


def _values(items: Any) -> dict[str, Any]:
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}


def _records(data: bytes) -> Iterator[Record]:
    place, parts = FILE_HEAD, b""
    while place + CHUNK_HEAD <= len(data):
        left = BLOCK - place % BLOCK
        if left < CHUNK_HEAD:  # the rest of a block that no head fits in
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, place)
        parts += data[place + CHUNK_HEAD : place + CHUNK_HEAD + length]
        place += CHUNK_HEAD + length
        if kind in (FULL, LAST):
            yield Record.FromString(parts)
            parts = b""
