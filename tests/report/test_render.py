"""A figure from its file to its picture, on real data: these stay on the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.report import figures, render

PARTS = ("Training", "PublicTest", "PrivateTest")


@pytest.fixture
def overrides(tmp_path: Path) -> list[str]:
    """A command line for a small copy of FER2013, taken for the real one."""
    rng = np.random.default_rng(0)
    pixels = [" ".join(map(str, rng.integers(0, 256, 48 * 48))) for _ in range(21)]
    rows = [(n % 7, pixels[n], PARTS[n // 7]) for n in range(21)]
    pd.DataFrame(rows, columns=["emotion", "pixels", "Usage"]).to_csv(tmp_path / "fer2013.csv", index=False)
    return ["source=real", f"paths.fer2013={tmp_path}", f"paths.results={tmp_path / 'results'}"]


def printed(number: str) -> Any:
    (found,) = (figure for figure in figures() if (figure.thesis, figure.number) == ("moravcik_2021", number))
    return found


def test_real_faces_are_drawn_into_a_folder_that_git_passes_over(overrides: list[str], picture: Any) -> None:
    path = render(printed("6.9"), overrides)
    picture(path.read_bytes())
    assert path.parts[-3:] == ("figures", "moravcik_2021", "6.9.png")
    assert (path.parents[1] / ".gitignore").read_text() == "*\n"


def test_seeds_that_are_asked_for_do_not_keep_a_figure_of_faces_from_being_drawn(overrides: list[str]) -> None:
    one = render(printed("6.9"), overrides).read_bytes()
    assert render(printed("6.9"), [*overrides, "seed=0,1"]).read_bytes() == one


def test_a_figure_that_cannot_be_drawn_leaves_nothing(overrides: list[str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no finished run"):
        render(printed("6.7"), overrides)
    assert not (tmp_path / "results").exists()
