from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab.datasets import TwinScale, make_twin
from fer_lab.datasets.oulu_casia import OuluCasia
from fer_lab.datasets.sase_fe import SaseFe

SCALE = TwinScale(subjects=2, frames_per_window=4, window=(0.5, 0.8), size=64, stills=60)


@pytest.fixture(scope="session")
def scale() -> TwinScale:
    """Two subjects, four frames in the window, 64 pixels, 60 stills."""
    return SCALE


@pytest.fixture(scope="session")
def sase_twin(cache: Path) -> Path:
    return make_twin(SaseFe(), SCALE)


@pytest.fixture(scope="session")
def oulu_twin(cache: Path) -> Path:
    return make_twin(OuluCasia(), SCALE)
