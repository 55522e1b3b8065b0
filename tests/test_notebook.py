"""The notebooks of docs/ are run as they stand, and what they show is what they say; so are the names at the top."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from pytorch_lightning import LightningDataModule

import fer_lab
from fer_lab import notebook
from fer_lab.configs import data_sets
from fer_lab.errors import ConfigError, DataError, StoreError

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[1] / "docs"
CELLS = {"sase_hidden/cnn_frontal", "sase_hidden/cnn_geometry"}
LONGEST = 6  # lines of a cell


def code_of(page: str) -> list[str]:
    return re.findall(r"^```\{code-cell\} python\n(.*?)^```", (DOCS / page).read_text(), flags=re.DOTALL | re.MULTILINE)


def run(page: str, folder: Path) -> dict[str, Any]:
    """What the names of a page are once its cells have run in a folder; an error of a cell is raised."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("PYTHONPATH", str(DOCS.parent))
        shell = InteractiveShell()
        for cell in code_of(page):
            shell.run_cell(cell).raise_error()
    plt.close("all")
    return shell.user_ns


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run("notebook.md", tmp_path_factory.mktemp("notebook"))


@pytest.mark.parametrize("page", ["notebook.md", "faces.md"])
def test_each_use_takes_a_few_lines(page: str) -> None:
    assert len(code_of(page)) >= 5
    assert (
        max(len([line for line in cell.splitlines() if line and "import" not in line]) for cell in code_of(page))
        <= LONGEST
    )


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
    runs = shown["runs"]
    assert set(runs["cell"]) == CELLS
    assert set(runs["seed"]) == {0}
    assert runs["test/accuracy"].between(0, 1).all()


def test_a_table_is_a_frame_that_is_shown_as_it_is_rendered(shown: dict[str, Any]) -> None:
    table, runs = shown["table"], shown["runs"].set_index("cell")
    measured = table[table["mean"].notna()].set_index("cell")
    assert set(measured.index) == CELLS
    assert measured["mean"].to_dict() == pytest.approx(runs["test/accuracy"].to_dict())
    page = table._repr_html_()
    assert "0.286630" in page
    assert f"{measured['mean']['sase_hidden/cnn_geometry']:.3f}" in page
    assert "nothing here tests what was printed" in page


def test_what_is_taken_from_a_table_is_an_ordinary_frame(shown: dict[str, Any]) -> None:
    assert type(shown["table"][["row", "mean"]]) is pd.DataFrame
    assert "fer_lab_table" not in shown["table"].head()._repr_html_()


def test_a_figure_is_a_picture(shown: dict[str, Any]) -> None:
    assert shown["path"].name == "6.1.png"


def test_a_frame_becomes_a_face(tmp_path: Path) -> None:
    names = run("faces.md", tmp_path)
    assert names["face"].faces_found == 1
    assert {image.shape for image in names["face"].views.values()} == {(112, 112, 3)}
    assert names["apart"] < 5  # px of 224
    assert np.abs(names["face"].pose).max() < 45


def test_there_is_a_class_for_each_data_set() -> None:
    names = ("SaseFe", "OuluCasia", "Fer2013", "CkPlus", "Folder", "Posed", "Generated")
    names += ("Mug", "Mmi", "Ised", "CkMug", "CkMugIsed", "EmotioNet", "Annotated")
    names += ("Jaffe", "Kdef", "Rafd", "DartmouthChildren", "PicsPain", "Internet", "Cafe", "FacePlace", "Universal")
    names += ("DiverseInternet", "Overfitting")
    assert {getattr(notebook, name).dataset for name in names} == set(data_sets())
    with pytest.raises(AttributeError, match="SaseFe"):
        notebook.Sase  # noqa: B018


def test_a_copy_is_found_where_root_says(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("path,label\n")
    with pytest.raises(DataError, match=r"labels\.csv has a header and no row"):
        notebook.Folder(root=tmp_path).setup()


REFUSED: list[tuple[Callable[[], object], type[fer_lab.FerLabError], str]] = [
    (lambda: fer_lab.table(7.8), ConfigError, "'7.8'"),  # type: ignore[arg-type]
    (lambda: fer_lab.table("7.88"), ConfigError, "'7.8'"),
    (lambda: fer_lab.table("7.8", "smoke"), ConfigError, "'profile=smoke'"),
    (lambda: fer_lab.table("7.8", profil="smoke"), ConfigError, "'profile'"),
    (lambda: fer_lab.table("7.8", profile="smok"), ConfigError, "'smoke'"),
    (lambda: fer_lab.index("sase"), ConfigError, "'sase_fe'"),
    (lambda: fer_lab.index("sase_fe", "/where/it/is"), ConfigError, "root="),
    (lambda: fer_lab.index("sase_fe", 3), ConfigError, "3 is not an override"),  # type: ignore[arg-type]
    (lambda: fer_lab.figure("garcia-6.1"), ConfigError, "'garcia_zapata_2018-6.1'"),
    (lambda: fer_lab.read_runs("nowhere"), StoreError, "nowhere"),
    (lambda: fer_lab.notebook.SaseFe("clip"), ConfigError, "'clip'"),
]


@pytest.mark.parametrize(("wrong", "kind", "names"), REFUSED, ids=[names for *_, names in REFUSED])
def test_a_wrong_argument_is_refused_with_what_was_expected(
    wrong: Callable[[], object], kind: type[fer_lab.FerLabError], names: str
) -> None:
    with pytest.raises(kind) as caught:
        wrong()
    assert names in str(caught.value)
    assert caught.value.expected


def test_what_is_given_by_name_is_an_override() -> None:
    by_name = fer_lab.table("7.4", profile="smoke", seed="0,1")
    as_text = fer_lab.table("7.4", "profile=smoke", "seed=0,1")
    pd.testing.assert_frame_equal(pd.DataFrame(by_name), pd.DataFrame(as_text))
    assert set(by_name["profile"]) == {"smoke"}


def test_every_name_at_the_top_is_there() -> None:
    assert fer_lab.datasets.DataSet.__module__ == "fer_lab.datasets.base"
    assert fer_lab.read_runs is notebook.read_runs
    assert all(hasattr(fer_lab, name) for name in fer_lab.__all__)
    assert dir(fer_lab) == sorted(fer_lab.__all__)
    with pytest.raises(AttributeError, match="'table'"):
        fer_lab.tabel  # noqa: B018


@pytest.mark.parametrize(
    ("code", "kept_out"),
    [
        ("import fer_lab", ("torch", "hydra", "pandas")),
        (
            "import fer_lab; fer_lab.evaluation.uar, fer_lab.datasets.DataSet, fer_lab.table, fer_lab.read_runs",
            ("torch",),
        ),
    ],
)
def test_names_cost_no_more_than_they_need(code: str, kept_out: tuple[str, ...]) -> None:
    check = f"import sys; {code}; sys.exit(any(name in sys.modules for name in {kept_out}))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
