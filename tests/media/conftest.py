from pathlib import Path

import numpy as np
import pytest

from fer_lab import media

TIMES = [0.0, 1.75, 1.84, 1.94, 2.03, 2.13, 2.79, 3.49]


@pytest.fixture(scope="session")
def pictures() -> list[np.ndarray]:
    """Flat grey pictures, each a tenth brighter than the one before, with a white corner top left."""
    made = []
    for level in range(len(TIMES)):
        picture = np.full((64, 96, 3), 20 + 20 * level, np.uint8)
        picture[:16, :16] = 255
        made.append(picture)
    return made


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory, pictures: list[np.ndarray]) -> Path:
    """A sparse video on a clock of 100 frames a second, 3.5 s long."""
    path = tmp_path_factory.mktemp("video") / "sparse.mp4"
    media.write_video(path, TIMES, pictures, 100.0)
    return path
