"""What was seen in some pictures as a file, whole or not at all: a killed run goes on behind the last one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fer_lab.errors import StoreError
from fer_lab.inference.contract import Contract
from fer_lab.inference.files import Unread
from fer_lab.inference.looking import LOOK, SMALL, Look, Outcome, Seen
from fer_lab.storage import write_bytes

UNREAD = b"unread"
NO_FACE = -1
BASE = pa.schema([("file", pa.string()), ("frame", pa.int64()), ("time", pa.float64()), ("width", pa.int64()),
                  ("height", pa.int64()), ("small", pa.binary()), ("face", pa.int64()), ("reason", pa.string()),
                  ("landmarks", pa.binary()), ("pose", pa.binary()), ("look", pa.binary()),
                  ("answers", pa.binary())])  # fmt: skip
"""A row a face, in order; of a picture without one a row whose ``face`` is ``NO_FACE``."""


@dataclass(frozen=True)
class Form:
    """How the arrays of a model's faces are laid out, for reading them again.

    Args:
        contract: of the model.
    """

    contract: Contract

    @property
    def inputs(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Kind and shape by name of what a clip's model is shown of one face; nothing of other models."""
        if self.contract.length == 1:
            return {}
        return {f"input {one.name}": (one.kind, one.shape[1:]) for one in self.contract.inputs}

    @property
    def schema(self) -> pa.Schema:
        """The columns of a piece."""
        return pa.schema([*BASE, *((name, pa.binary()) for name in self.inputs)])

    def write(self, path: Path, outcomes: Sequence[Outcome]) -> None:
        """Write what was seen, and what could not be read.

        Raises:
            StoreError: it cannot be written.
        """
        rows = [row for one in outcomes if isinstance(one, Look) for row in self._rows(one)]
        unread = json.dumps([asdict(one) for one in outcomes if isinstance(one, Unread)])
        table = pa.Table.from_pylist(rows, self.schema.with_metadata({UNREAD: unread.encode()}))
        data = io.BytesIO()
        pq.write_table(table, data, compression="lz4")
        write_bytes(path, data.getvalue())

    def read(self, path: Path) -> tuple[list[Look], list[Unread]]:
        """What ``write`` was given: pictures, and what could not be read.

        Raises:
            StoreError: the file is damaged.
        """
        try:
            table = pq.read_table(path)
            unread = [Unread(**one) for one in json.loads(table.schema.metadata[UNREAD])]
            return list(self._looks(table.to_pylist())), unread
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read {path}: {error}", do="predict again with --again") from error

    def _rows(self, look: Look) -> Iterator[dict[str, Any]]:
        width, height = look.size
        base = {"file": look.file, "frame": look.frame, "time": look.time, "width": width, "height": height}
        base["small"] = look.small.tobytes()
        if not look.faces:
            yield {**base, "face": NO_FACE}
        for number, face in enumerate(look.faces):
            arrays: dict[str, NDArray[Any] | None] = {
                "landmarks": face.landmarks,
                "pose": face.pose,
                "look": face.look,
                "answers": face.answers,
            }
            arrays |= {f"input {name}": value for name, value in face.shown.items()}
            kept = {name: None if value is None else np.ascontiguousarray(value).tobytes()
                    for name, value in arrays.items()}  # fmt: skip
            yield {**base, "face": number, "reason": face.reason, **kept}

    def _looks(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Look]:
        place = 0
        while place < len(rows):
            first = rows[place]
            end = place + 1
            while end < len(rows) and rows[end]["face"] > 0:  # 0 and NO_FACE begin another picture
                end += 1
            faces = tuple(self._face(row) for row in rows[place:end] if row["face"] != NO_FACE)
            small = _array(first["small"], "uint8", (SMALL, SMALL, 3))
            size = first["width"], first["height"]
            yield Look(first["file"], first["frame"], first["time"], size, small, faces)
            place = end

    def _face(self, row: Mapping[str, Any]) -> Seen:
        forms = {"landmarks": ("float32", (68, 2)), "pose": ("float32", (3,)), "look": ("uint8", (LOOK, LOOK, 3)),
                 "answers": ("float32", (-1,))}  # fmt: skip
        arrays = {name: None if row[name] is None else _array(row[name], *form) for name, form in forms.items()}
        inputs = {name: form for name, form in self.inputs.items() if row[name] is not None}
        shown = {name.removeprefix("input "): _array(row[name], *form) for name, form in inputs.items()}
        return Seen(row["reason"], **arrays, shown=shown)


def _array(data: bytes, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    return np.frombuffer(data, kind).reshape(shape)
