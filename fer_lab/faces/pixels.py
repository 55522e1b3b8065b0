"""Faces by row, wherever they lie: one memory map, or several as one without loading them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fer_lab.evaluation.arrays import Ints


class Pixels(Protocol):
    """What is asked of faces uint8 (N, S, S, C); an array is one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, S, S, C)."""

    def __len__(self) -> int:
        """How many faces."""

    def __getitem__(self, key: Any, /) -> Any:
        """As of an array: a row, rows, or parts of all faces."""

    def __iter__(self) -> Iterator[Any]:
        """Face by face."""

    def take(self, rows: Any, /, axis: Any = 0) -> NDArray[Any]:
        """The faces of some rows (n, ...): (n, ..., S, S, C)."""


class JoinedPixels:
    """Rows of several arrays, one array after the other; what is not asked for is not read.

    Args:
        arrays: uint8 (n, S, S, C) each, S and C the same.
        rows: which rows of each.
    """

    def __init__(self, arrays: Sequence[Pixels], rows: Sequence[Ints]) -> None:
        self._arrays = arrays
        self._array = np.repeat(np.arange(len(arrays)), [len(own) for own in rows])
        self._row = np.concatenate(rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, S, S, C)."""
        return (len(self._row), *self._arrays[0].shape[1:])

    def __len__(self) -> int:
        return len(self._row)

    def take(self, rows: Any, /, axis: int = 0) -> NDArray[np.uint8]:
        """The faces of some rows (n, ...), uint8 (n, ..., S, S, C); ``axis`` is the first, as an array is asked."""
        wanted = np.asarray(rows)
        found = np.empty((wanted.size, *self.shape[1:]), np.uint8)
        array, row = self._array[wanted.ravel()], self._row[wanted.ravel()]
        for number in np.unique(array):
            found[array == number] = self._arrays[number].take(row[array == number], axis=0)
        return found.reshape(*wanted.shape, *self.shape[1:])

    def __getitem__(self, key: Any, /) -> NDArray[np.uint8]:
        first, *rest = key if isinstance(key, tuple) else (key,)
        if first is Ellipsis:
            first, rest = slice(None), [Ellipsis, *rest]
        rows = np.arange(len(self))[first]
        return self.take(rows)[(slice(None),) * np.ndim(rows) + tuple(rest)]

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return (self[row] for row in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or np.uint8, copy=False)
