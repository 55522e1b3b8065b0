"""README's recipe for a data set, followed to the letter in a copy of the house: one module, one YAML, nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fer_lab import media

MODULE = '''
"""Grey faces of 32 x 32 pixels, with person and expression in their names."""

import numpy as np

from fer_lab.datasets.base import DataSet
from fer_lab.datasets.stills import picture
from fer_lab.evaluation.targets import Classes
from fer_lab.media import list_files

NAMES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
CODES = {name[:2].upper(): name for name in NAMES}


class Jaffe(DataSet):
    name, title, reference, request, terms = "jaffe", "Jaffe of this test", "", "nobody", "none"
    tree = "KA.AN1.39.png"
    published = {"images": 42, "subjects": 6}
    targets = {"emotion": Classes(tuple(CODES.values()))}

    def index(self, root):
        """One row a picture."""
        names = [name.split(".") for name in list_files(root)]
        rows = [
            {"id": ".".join(name), "path": ".".join(name), "kind": "image", "subject": name[0], "fps": None,
             "emotion": CODES[name[1][:2]]}
            for name in names
        ]
        return self.make_index(root, rows, [])

    def is_faces(self, index):
        """They are."""
        return True

    def images(self, root, index):
        """The pictures, uint8 (N, 32, 32)."""
        return np.stack([picture(root, path, 32) for path in index["path"]])
'''  # fmt: skip
CLI = "import sys; sys.argv[0] = 'fer-lab'; from fer_lab.cli import main; main()"


@pytest.fixture(scope="module")
def house(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of code and configuration with the two files of the recipe, and six people's pictures beside them."""
    copy = tmp_path_factory.mktemp("house")
    for name in ("fer_lab", "conf", "experiments"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", copy)
    text = (root / "README.md").read_text()
    recipe = next(block for block in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL) if "jaffe" in block)
    (copy / "conf" / "data" / "jaffe.yaml").write_text(recipe)
    (copy / "fer_lab" / "datasets" / "jaffe.py").write_text(MODULE)
    (copy / "data" / "jaffe").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for person in ("KA", "KL", "KM", "KR", "MK", "NA"):
        for code in ("AN", "DI", "FE", "HA", "NE", "SA", "SU"):
            pixels = rng.integers(0, 256, (32, 32, 1), np.uint8).repeat(3, axis=-1)
            media.write_image(copy / "data" / "jaffe" / f"{person}.{code}1.1.png", pixels)
    return copy


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("list", "jaffe: Jaffe of this test"),
        ("faces jaffe source=real", "faces found: 42 (100.0%)"),
        ("doctor jaffe", "ready"),
        ("doctor jaffe paths.jaffe=data/jaffe", "ready"),
        ("leaks jaffe", "parts of protocol clean: 28 train, 7 val, 7 test"),
    ],
)
def test_one_module_and_one_file_are_all(house: Path, command: str, words: str) -> None:
    given = {key: value for key, value in os.environ.items() if key != "FER_LAB_DATA"}
    settings = {**given, "PYTHONPATH": str(house), "COLUMNS": "160"}
    done = subprocess.run(
        [sys.executable, "-c", CLI, *command.split()],
        cwd=house,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert words in done.stdout
