"""What tests of pictures share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_lab.report.figures import Material

Picture = NDArray[np.uint8]


@pytest.fixture
def material() -> Callable[..., Material]:
    """A function: the material of a figure, with these faces and runs."""

    def make(faces: Any = None, runs: dict[int, Any] | None = None, **changes: Any) -> Material:
        title = changes.pop("title", "Figure 1: what it shows")
        return Material(None, faces, runs or {}, title, "source embedded", "a/b", **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def picture() -> Callable[[bytes], Picture]:
    """A function: the pixels of a PNG, which must show something."""

    def read(png: bytes) -> Picture:
        found = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        assert found is not None
        assert min(found.shape[:2]) > 100
        assert found.std() > 10
        return np.asarray(found)

    return read
