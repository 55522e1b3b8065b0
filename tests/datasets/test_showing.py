"""Whether pictures may be shown, asked of every place that shows some."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fer_lab.cli import data as doctor
from fer_lab.datasets import Composite, DataSet, Showing, showing
from fer_lab.datasets.dartmouth import DartmouthChildren
from fer_lab.datasets.generated import Generated
from fer_lab.datasets.jaffe import Jaffe

CHILDREN, WOMEN = DartmouthChildren(), Jaffe()
BOTH = Composite("both", "both", {"dartmouth": CHILDREN, "jaffe": WOMEN}, WOMEN.targets)


@pytest.mark.parametrize(
    ("dataset", "source", "ids", "expected"),
    [
        (CHILDREN, "real", ["a"], Showing.NEVER),
        (CHILDREN, "embedded", ["a"], Showing.PUBLIC),
        (WOMEN, "real", ["a"], Showing.HERE),
        (Generated(), "real", ["a"], Showing.PUBLIC),
        (BOTH, "real", ["jaffe/a"], Showing.HERE),
        (BOTH, "real", ["jaffe/a", "dartmouth/b"], Showing.NEVER),
        (BOTH, "embedded", ["jaffe/a", "dartmouth/b"], Showing.PUBLIC),
    ],
)
def test_a_child_is_shown_to_nobody(
    dataset: DataSet | Composite, source: str, ids: list[str], expected: Showing
) -> None:
    assert showing(dataset, source, ids) is expected


def test_the_doctor_draws_no_sheet_of_children(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doctor._draw(CHILDREN, pd.DataFrame({"id": ["a"]}), [], tmp_path / "sheet.png")
    assert not list(tmp_path.iterdir())
    assert "not to be shown to anybody" in capsys.readouterr().out


def test_every_place_that_shows_pictures_asks(root: Path) -> None:
    """A page, a figure, a dashboard, a sheet: whoever asked a data set itself would forget the children."""
    texts = {path: path.read_text() for path in (root / "fer_lab").rglob("*.py")}
    assert {"figures.py", "evidence.py", "wandb_logger.py", "data.py"} <= {
        p.name for p in texts if "showing(" in texts[p]
    }
    own = {path.parent.name for path, text in texts.items() if ".publishable" in text}
    assert own == {"datasets", "site"}  # the site's is what `faces_of` has found out
