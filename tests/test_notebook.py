"""docs/notebook.md is run as it stands, and what it shows is what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import LightningDataModule

import fer_lab
from fer_lab import notebook
from fer_lab.configs import data_sets

PAGE = Path(__file__).parents[1] / "docs" / "notebook.md"
CELL = "sase_hidden/cnn_frontal"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, root: Path) -> dict[str, Any]:
    """What the names of the page are once its code has run, beside one finished run and one twin."""
    folder, names = tmp_path_factory.mktemp("notebook"), dict[str, Any]()
    train = [sys.executable, str(root / "run.py"), f"cell={CELL}", "profile=smoke", "seed=0", "epochs=1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        subprocess.run(train, check=True, capture_output=True)
        for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE):
            exec(block.replace('"profile=smoke"', '"profile=smoke", "epochs=1"'), names)
    return names


def test_each_use_takes_three_lines_at_most() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)
    statements = [[line for line in block.splitlines() if line and "import" not in line] for block in blocks]
    assert len(blocks) == 5
    assert max(map(len, statements)) <= 3


def test_an_index_is_a_frame(shown: dict[str, Any]) -> None:
    assert len(shown["index"]) == 72
    assert {"id", "subject", "emotion", "hidden"} <= set(shown["index"])


def test_a_data_set_is_a_datamodule_of_its_own(shown: dict[str, Any]) -> None:
    data, batch = shown["data"], shown["batch"]
    assert isinstance(data, LightningDataModule)
    assert type(data) is notebook.SaseFe
    assert batch["inputs"][0].dtype == torch.uint8
    assert len(batch["inputs"][0]) == len(batch["item"])
    parts = [data.train_dataloader(), data.val_dataloader(), data.test_dataloader()]
    assert sum(len(batch["item"]) for part in parts for batch in part) == len(data.batches.table)


def test_the_ledger_is_a_frame(shown: dict[str, Any]) -> None:
    (run,) = shown["runs"].to_dict("records")
    assert (run["cell"], run["seed"], run["dataset"]) == (CELL, 0, "sase_fe")
    assert 0 <= run["test/accuracy"] <= 1


def test_a_table_is_a_frame(shown: dict[str, Any]) -> None:
    table = shown["table"].set_index("cell")
    assert table.loc[CELL, "printed"] == "0.286630"
    assert table.loc[CELL, "mean"] == pytest.approx(shown["runs"]["test/accuracy"][0])
    assert table["mean"].notna().sum() == 1


def test_a_figure_is_a_picture(shown: dict[str, Any]) -> None:
    assert shown["path"].name == "6.1.png"


def test_there_is_a_class_for_each_data_set() -> None:
    names = ("SaseFe", "OuluCasia", "Fer2013", "CkPlus", "Folder", "Posed", "Generated")
    assert {getattr(notebook, name).dataset for name in names} == set(data_sets())
    with pytest.raises(AttributeError, match="SaseFe"):
        notebook.Sase  # noqa: B018


def test_a_copy_is_found_where_root_says(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("path,label\n")
    with pytest.raises(fer_lab.errors.DataError, match=str(tmp_path)):
        notebook.Folder(root=tmp_path).setup()


def test_importing_the_package_is_cheap() -> None:
    code = "import sys, fer_lab; sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
