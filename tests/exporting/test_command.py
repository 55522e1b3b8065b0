"""`fer-lab export`, as a user calls it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fer_lab.cli import main
from fer_lab.inference.model import Model
from fer_lab.ledger import Run

pytestmark = pytest.mark.slow
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], run: Run) -> Call:
    """A function: export the run with these words; exit status and all that is said."""

    def ask(*words: str) -> tuple[int, str]:
        results = f"paths.results={run.folder.parent.parent}"
        monkeypatch.setattr("sys.argv", ["fer-lab", "export", *words, results])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return ask


def test_it_says_where_the_file_is_and_how_far_its_answers_are(call: Call, run: Run, tmp_path: Path) -> None:
    status, said = call(run.cell, "--to", str(tmp_path), "--int8", "--hub", str(tmp_path / "hub"))
    assert status == 0, said
    whole, small = (tmp_path / f"universal.alexnet-{run.id}{end}" for end in (".onnx", ".int8.onnx"))
    assert f"{whole}: {whole.stat().st_size} bytes, trained on generated faces" in said
    assert re.search(r"within \d\.\de-0[5-9] of torch's own", said)
    items = len(run.scores("test"))
    assert f"of the {items} items of the test part are answered as the run's scores have it" in said
    assert re.search(r"accuracy on the test part: \d\.\d{4} in float32, \d\.\d{4} in int8, difference [+-]", said)
    assert re.search(r"calibrated by the 99\.9+th percentile: so \d+\.\d{2}% of \d+ validation items", said)
    assert small.stat().st_size < whole.stat().st_size
    for path in (whole, small):
        assert Model(path).contract.run["id"] == run.id
        assert "**Trained on generated faces**" in path.with_suffix(".md").read_text()
    assert (tmp_path / "hub" / "README.md").is_file()


def test_where_answers_differ_the_runs_own_weights_are_asked_in_float32(
    call: Call, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_lab.exporting.agreement.NEAR", -1.0)  # nothing is near enough
    status, said = call(run.cell, "--to", str(tmp_path))
    assert status == 0, said
    assert f"the run was computed in {run.facts['precision']}" in said
    assert re.search(r"in float32 the run's own weights answer 100\.00% of them as the file does, the farthest", said)


def test_a_run_that_is_not_there_is_named(call: Call, tmp_path: Path) -> None:
    status, said = call("universal/alexnet", "source=real", "--to", str(tmp_path))
    assert (status, "0 finished runs 'universal/alexnet'" in said) == (2, True), said
    assert list(tmp_path.iterdir()) == []
