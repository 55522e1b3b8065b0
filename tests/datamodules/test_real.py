from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from fer_lab.datamodules.faces import content_hashes
from fer_lab.datasets.fer2013 import Fer2013
from tests.drawing import make_split

CONF = Path(__file__).parents[2] / "conf"


@pytest.mark.real
def test_clean_fer2013_loses_its_copies_and_keeps_its_test_part(real_data: Path) -> None:
    root = real_data / "fer2013"
    if not root.is_dir():
        pytest.skip("no fer2013 in FER_LAB_DATA")
    adapter = Fer2013()
    index = adapter.index(root)
    pixels = adapter.images(root, index)[..., None]
    frames = index[["id"]].assign(row=range(len(index)))
    hashes = content_hashes(SimpleNamespace(frames=frames, landmarks=None, view=lambda name: pixels), "raw")
    recipe = OmegaConf.load(CONF / "data/fer2013.yaml").split
    thesis, clean = (make_split(index, protocol, recipe, hashes) for protocol in ("thesis", "clean"))
    assert [len(thesis.ids(part)) for part in ("train", "val", "test")] == [28_709, 3_589, 3_589]
    assert 0.04 < thesis.leaks() < 0.12
    assert clean.leaks() == 0
    assert len(clean.test) == 3_589
    assert len(clean.train) + len(clean.val) + len(clean.dropped) == 28_709 + 3_589
