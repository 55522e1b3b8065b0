"""Arrays on disk that are written row by row, of any length at no more memory than one row."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.format import dtype_to_descr, read_array_header_1_0, read_magic, write_array_header_1_0
from numpy.typing import DTypeLike, NDArray


class GrowingArray:
    """A .npy file (n, ...) to which rows are appended, the same bytes as ``np.save`` writes of the whole.

    Its header leaves room for any length and is written again at the end. Plain writes, not through a memory map,
    where a full disk kills the process.

    Args:
        path: of the file.
        dtype: of its numbers.
        shape: of a row.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, dtype: DTypeLike, shape: Sequence[int]) -> None:
        self._file, self._dtype, self._shape, self._length = path.open("wb"), np.dtype(dtype), tuple(shape), 0
        self._write_header()

    def append(self, row: NDArray[Any]) -> None:
        """Put a row behind the others.

        Raises:
            ValueError: it is of another shape.
        """
        own = np.ascontiguousarray(row, self._dtype)
        if own.shape != self._shape:
            raise ValueError(f"a row of shape {own.shape} for an array of rows of shape {self._shape}")
        self._file.write(own.data)
        self._length += 1

    def extend(self, path: Path) -> None:
        """Put all rows of another .npy file behind the others, copied as they lie.

        Raises:
            ValueError: its rows are of another type or shape.
        """
        with path.open("rb") as other:
            length, *shape = _read_header(other, self._dtype)
            if tuple(shape) != self._shape:
                raise ValueError(f"{path}: rows of shape {tuple(shape)}, not {self._shape}")
            shutil.copyfileobj(other, self._file, 1 << 20)
        self._length += length

    def __enter__(self) -> GrowingArray:
        return self

    def __exit__(self, *error: object) -> None:
        with self._file:
            self._file.seek(0)
            self._write_header()

    def _write_header(self) -> None:
        shape = (self._length, *self._shape)
        header = {"descr": dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        write_array_header_1_0(self._file, header)


def _read_header(file: BinaryIO, dtype: np.dtype[Any]) -> tuple[int, ...]:
    """The shape that a .npy file has; the file then stands at its numbers.

    Raises:
        ValueError: it is no such file, or its numbers are of another type or order.
    """
    read_magic(file)
    shape, by_column, own = read_array_header_1_0(file)
    if by_column or own != dtype:
        raise ValueError(f"numbers of type {own}, not {dtype} row by row")
    return tuple(int(side) for side in shape)
