from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lab.faces.rows import GrowingArray

LENGTHS = st.lists(st.integers(0, 12), min_size=1, max_size=5)


@given(lengths=LENGTHS, kind=st.sampled_from([(np.uint8, (3, 2, 1)), (np.float32, (68, 2))]))
def test_it_is_the_file_that_numpy_writes(lengths: list[int], kind, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, (dtype, shape) = tmp_path_factory.mktemp("rows"), kind
    rows = np.random.default_rng(sum(lengths)).integers(0, 255, (sum(lengths), *shape)).astype(dtype)
    ends = np.cumsum([0, *lengths])
    with GrowingArray(folder / "joined.npy", dtype, shape) as joined:
        for number, (start, stop) in enumerate(pairwise(ends)):
            with GrowingArray(folder / f"{number}.npy", dtype, shape) as piece:
                for row in rows[start:stop]:
                    piece.append(row)
            joined.extend(folder / f"{number}.npy")
    np.save(folder / "whole.npy", rows)
    assert (folder / "joined.npy").read_bytes() == (folder / "whole.npy").read_bytes()


def test_it_may_grow_by_any_number_of_digits(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "long.npy", np.uint8, (1,)) as array:
        for _ in range(100_000):
            array.append(np.ones(1, np.uint8))
    assert np.load(tmp_path / "long.npy", mmap_mode="r").shape == (100_000, 1)


def test_rows_of_another_shape_or_type_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "wide.npy", np.zeros((2, 4), np.uint8))
    np.save(tmp_path / "float.npy", np.zeros((2, 3), np.float32))
    np.save(tmp_path / "by_column.npy", np.asfortranarray(np.zeros((2, 3), np.uint8)))
    with GrowingArray(tmp_path / "rows.npy", np.uint8, (3,)) as array:
        with pytest.raises(ValueError, match=r"a row of shape \(4,\)"):
            array.append(np.zeros(4, np.uint8))
        for name in ("wide", "float", "by_column"):
            with pytest.raises(ValueError, match=r"of type|rows of shape"):
                array.extend(tmp_path / f"{name}.npy")
    assert np.load(tmp_path / "rows.npy").shape == (0, 3)
