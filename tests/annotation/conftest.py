"""A folder of a twin to annotate: a video of somebody who becomes happy, and 20 pictures out of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fer_lab.datasets.twins import Recording, record, save_video
from fer_lab.generator import Identity
from fer_lab.media import frames, write_image

PICTURES = 20
SECONDS = 2.0


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``faces/00.png`` to ``19.png`` and ``happy.mp4``, 128 px, 2 s, never written to."""
    folder = tmp_path_factory.mktemp("twin")
    recording = Recording("happy", "happiness", seed=4, noise=4, fps=25.0, seconds=(SECONDS, SECONDS))
    numbers, images, _ = record(recording, Identity(7), lambda n: list(range(n)), 128)
    save_video(folder / "happy", numbers, list(images), 25.0)
    (folder / "faces").mkdir()
    for frame in frames(folder, "happy.mp4", "video", lambda timeline: list(range(0, 2 * PICTURES, 2))):
        write_image(folder / "faces" / f"{frame.number // 2:02d}.png", frame.image)
    return folder


@pytest.fixture
def folder(twin: Path, tmp_path: Path) -> Path:
    """A copy of the twin that a test may write to."""
    return Path(shutil.copytree(twin, tmp_path / "media"))
