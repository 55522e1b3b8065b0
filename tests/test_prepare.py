"""``fer-lab prepare`` finds the faces of each data set and preparation once, those of parents too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fer_lab import runs, sources
from fer_lab.cli import main
from fer_lab.phases import phase


def call(*words: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["fer-lab", "prepare", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


def plan(data: str, size: int, *parents: Any) -> Any:
    source = SimpleNamespace(pictures=data, dataset=SimpleNamespace(title=data.upper()), index=[1, 2])
    return SimpleNamespace(source=source, config={"faces": {"size": size}}, parents=parents)


def test_every_store_is_asked_for_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked, cells = list[tuple[str, int]](), list[str]()
    plans = {"cnn_frontal": plan("sase", 64), "cnn_no_frontal": plan("sase", 64)}
    child = plan("sase", 112, plan("fer2013", 48))

    def make_plans(config: object, cell: str, overrides: list[str]) -> list[Any]:
        cells.append(cell)
        return [plans.get(cell.split("/")[1], child)]

    def open_faces(source: Any, config: Any) -> Any:
        phase("faces", 1, 2, "files")
        asked.append((source.pictures, config["faces"]["size"]))
        return SimpleNamespace(frames=[1, 2, 3], key="k")

    monkeypatch.setattr(runs, "make_plans", make_plans)
    monkeypatch.setattr(sources, "open_faces", open_faces)
    assert call("experiment=sase_hidden", "profile=smoke") == 0
    said = capsys.readouterr().out
    assert sorted(asked) == [("fer2013", 48), ("sase", 64), ("sase", 112)]
    assert len(cells) == len(set(cells)) > 3  # one seed of each cell is enough
    assert "faces: 1 of 2 files" in said
    assert "FER2013: 3 faces of 2 files (faces/k)" in said


def test_it_must_be_said_what_is_to_be_prepared(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("profile=smoke") != 0
    assert "nothing is asked for" in capsys.readouterr().out
