"""What a search refuses before anything is trained."""

from __future__ import annotations

import builtins
from typing import Any

import pytest
from typer.testing import CliRunner

from fer_lab.cli import main
from fer_lab.errors import ConfigError
from fer_lab.search.asked import asked

CELL = "cell=sase_hidden/geometry"
SPACE = "space=sase_rate"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([CELL], "no space="),
        ([SPACE], "no cell="),
        ([CELL, "space=sase_rat"], "no space 'sase_rat'"),
        (["cell=sase_hidden/geometri", SPACE], "geometri"),
        ([CELL, SPACE, "trials=0"], "trials=0"),
        ([CELL, SPACE, "trials=-1"], "trials=-1"),
        ([CELL, SPACE, "trials=many"], "trials=many"),
        ([CELL, "space=ck_mug_second"], r"conf/search/ck_mug_second\.yaml, model\.second"),
        ([CELL, SPACE, "batch_size=3"], "batch_size= is what the space sase_rate tries"),
        ([CELL, SPACE, "seed=0,1"], "2 runs"),
        (["cell=sase_hidden/geometry,sase_hidden/c3d", SPACE], "2 runs"),
        (["experiment=sase_hidden", SPACE], "no cell="),
        ([CELL, SPACE, "dry_run=true"], "dry_run= in a search"),
        ([CELL, SPACE, "test_scores=every_epoch"], "never looks at the test part"),
        ([CELL, SPACE, "optimizer.lrr=3"], "optimizer.lrr"),
        ([CELL, SPACE, "epochs=0"], "trains nothing"),
        ([CELL, SPACE, "epochs=-1"], "epochs=-1"),
        ([CELL, SPACE, "trainer.devices=2", "trainer.strategy=ddp"], "trainer.devices=2"),
    ],
)
def test_bad_words_are_refused_by_their_name(words: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        asked(words)


def test_where_the_test_part_validates_nothing_is_searched(tmp_path: Any) -> None:
    words = ["cell=valence_arousal/vgg16", "space=affect_rate", "profile=smoke", f"paths.results={tmp_path}"]
    with pytest.raises(ConfigError, match="validation is the test part"):
        asked([*words, "protocol=thesis"])
    assert asked([*words, "protocol=clean"]).trials == 20


def test_a_search_is_known_by_what_decides_its_runs(tmp_path: Any) -> None:
    def folder(*words: str) -> str:
        return asked([CELL, SPACE, "profile=smoke", f"paths.results={tmp_path}", *words]).folder.name

    plain = folder()
    assert plain == folder("trials=3", "jobs=2", "threads=1", "test_scores=final", "optimizer.fused=true")
    assert len({plain, folder("seed=1"), folder("epochs=1"), folder("protocol=as_printed")}) == 4


def test_without_optuna_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    genuine = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.split(".")[0] == "optuna":
            raise ModuleNotFoundError("No module named 'optuna'")
        return genuine(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("sys.argv", ["fer-lab", "search", CELL, SPACE])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "the extra `search`" in capsys.readouterr().out


def test_without_words_the_spaces_are_listed() -> None:
    from fer_lab.cli.commands import app

    told = CliRunner().invoke(app, ["search"]).output
    assert "sase_rate: Learning rate and batch" in told
    assert "optimizer.lr 0.0001 to 0.01 by logarithm; batch_size 16, 32, 64, 128" in told
