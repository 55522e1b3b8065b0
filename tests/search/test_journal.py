"""The journal of a search outlives kills, and what is damaged or another one's is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import optuna
import pytest

from fer_lab.errors import StoreError
from fer_lab.search.journal import NAME, open_study, read_study

STAMP = {"source": "embedded", "profile": "smoke", "protocol": "clean"}
ABOUT: dict[str, Any] = {"cell": "e/c", "space": "s", "seed": 0, **STAMP, "base": ["id"], "words": []}
SPACE = {"x": optuna.distributions.FloatDistribution(0, 1)}


def test_what_a_kill_left_half_written_is_cut_off(tmp_path: Path) -> None:
    study = open_study(tmp_path, ABOUT)
    study.tell(study.ask(SPACE), 0.25)
    with (tmp_path / NAME).open("ab") as file:
        file.write(b'{"op_code":4,"wor')
    again = open_study(tmp_path, ABOUT)
    again.tell(again.ask(SPACE), 0.5)
    assert [one.value for one in read_study(tmp_path).trials] == [0.25, 0.5]
    assert study.best_value == 0.5  # who had it open sees what came since


def test_a_journal_that_does_not_say_what_it_is_of_is_refused(tmp_path: Path) -> None:
    open_study(tmp_path, {key: value for key, value in ABOUT.items() if key != "profile"})
    with pytest.raises(StoreError, match="damaged"):
        read_study(tmp_path)


def test_opening_it_again_adds_nothing(tmp_path: Path) -> None:
    open_study(tmp_path, ABOUT)
    before = (tmp_path / NAME).read_bytes()
    open_study(tmp_path, ABOUT | {"words": ["logger=wandb"]})
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.parametrize("key", ["cell", "seed", "base"])
def test_the_journal_of_another_search_is_refused(tmp_path: Path, key: str) -> None:
    open_study(tmp_path / "one", ABOUT)
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    with pytest.raises(StoreError, match=f"another search: {key} differ"):
        open_study(tmp_path / "other", ABOUT | {key: "other"})


@pytest.mark.parametrize("damage", [b"x\n", b"[]\n", b"{}\n", b'{"op_code":77,"worker_id":"a"}\n', b"\xff\n"])
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_damaged_journal_is_refused(tmp_path: Path, damage: bytes, place: str) -> None:
    study = open_study(tmp_path, ABOUT)
    study.tell(study.ask(SPACE), 0.25)
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(damage + whole if place == "first" else whole + damage)
    for opened in (lambda: open_study(tmp_path, ABOUT), lambda: read_study(tmp_path)):
        with pytest.raises(StoreError, match=r"journal\.jsonl is damaged") as refused:
            opened()
        assert "remove the search's folder" in refused.value.do
