"""Two ledgers side by side: what is the same, how far the rest is apart, which facts differ, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError
from fer_lab.evaluation import difference
from fer_lab.runs.compare import compare
from tests.evaluation.kinds import KINDS, make_scores
from tests.ledgers import MACHINE, change_record, write_run


@pytest.fixture
def ledgers(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "one", tmp_path / "other"


def epochs(kind: str, seed: int = 0) -> list[pd.DataFrame]:
    return [make_scores(kind, 10 * seed + epoch) for epoch in range(2)]


@pytest.mark.parametrize("kind", KINDS)
def test_equal_ledgers_are_the_same_bit_for_bit(ledgers: tuple[Path, Path], kind: str) -> None:
    for ledger in ledgers:
        for seed in (0, 1):
            write_run(ledger, kind, epochs(kind, seed), seed=seed)
    found = compare(*ledgers)
    (cell,) = found.cells
    assert found.same
    assert (cell.same, cell.differs_from, cell.changed, cell.facts, cell.seeds) == (True, None, 0.0, {}, (0, 1))
    assert cell.difference.mean == cell.difference.low == cell.difference.high == 0


@pytest.mark.parametrize("kind", KINDS)
def test_other_answers_are_counted_and_their_effect_has_an_interval(ledgers: tuple[Path, Path], kind: str) -> None:
    own = epochs(kind)
    target = write_run(ledgers[0], kind, own).target
    answered = own[1].copy()
    worse = answered.index[:36]
    answered.loc[worse, target.answer_columns] = np.roll(answered.loc[worse, target.answer_columns], 1, axis=1)
    write_run(ledgers[1], kind, [own[0], answered])
    (cell,) = compare(*ledgers).cells
    agree = target.agree(own[1], answered)
    assert agree[36:].all()
    assert cell.changed == pytest.approx(1 - agree.mean())
    assert 0.1 < cell.changed <= 0.25
    assert (cell.same, cell.differs_from, cell.metric) == (False, 1, target.main)
    assert cell.difference == difference([answered], [own[1]], target.main_metric)
    assert cell.values[1] - cell.values[0] == pytest.approx(cell.difference.mean)
    assert cell.difference.mean < 0


@pytest.mark.parametrize("kind", KINDS)
def test_last_bits_are_other_scores_and_no_other_answers(ledgers: tuple[Path, Path], kind: str) -> None:
    own = epochs(kind)
    target = write_run(ledgers[0], kind, own).target
    near = [scores.assign(**{target.answer_columns[0]: scores[target.answer_columns[0]] + 1e-9}) for scores in own]
    write_run(ledgers[1], kind, near)
    (cell,) = compare(*ledgers).cells
    assert (cell.same, cell.differs_from) == (False, 0)
    assert cell.changed == 0


def test_the_facts_that_differ_are_named_with_their_values(ledgers: tuple[Path, Path]) -> None:
    write_run(ledgers[0], "classes", epochs("classes"))
    changed = {"cpu": "another CPU", "versions": {"torch": "2.10.0"}, "commit": {"revision": "fedcba", "dirty": True}}
    write_run(ledgers[1], "classes", epochs("classes"), environment=changed, facts={"threads": 2, "data": "e"})
    (cell,) = compare(*ledgers).cells
    assert cell.same
    assert cell.facts == {
        "cpu": (("a CPU",), ("another CPU",)),
        "threads": (("1",), ("2",)),
        "data": (("d",), ("e",)),
        "torch": (("2.9.0",), ("2.10.0",)),
        "commit": (("0123456789ab",), ("fedcba and changes",)),
    }


def test_other_weights_with_the_same_scores_are_not_the_same(ledgers: tuple[Path, Path]) -> None:
    write_run(ledgers[0], "classes", epochs("classes"))
    write_run(ledgers[1], "classes", epochs("classes"), weights=b"others")
    (cell,) = compare(*ledgers).cells
    assert (cell.same, cell.differs_from) == (False, None)


def test_other_items_are_said_to_be_others(ledgers: tuple[Path, Path]) -> None:
    write_run(ledgers[0], "classes", epochs("classes"))
    write_run(ledgers[1], "classes", [scores.iloc[:-4] for scores in epochs("classes")])
    (cell,) = compare(*ledgers).cells
    assert np.isnan([cell.changed, cell.difference.mean, cell.difference.low]).all()
    assert not cell.same


def test_the_same_numbers_of_classes_in_another_order_are_not_the_same(ledgers: tuple[Path, Path]) -> None:
    for ledger, outputs in zip(ledgers, (["anger", "fear", "joy"], ["joy", "fear", "anger"]), strict=True):
        write_run(ledger, "classes", epochs("classes"), outputs=outputs)
    found = compare(*ledgers)
    (cell,) = found.cells
    assert cell.facts == {"outputs": (("anger, fear, joy",), ("joy, fear, anger",))}
    assert np.isnan([cell.changed, cell.difference.mean]).all()
    assert not cell.same
    assert not found.same


def test_cells_of_other_kinds_are_shown_without_a_difference(ledgers: tuple[Path, Path]) -> None:
    for ledger, kind in zip(ledgers, ("classes", "values"), strict=True):
        write_run(ledger, kind, epochs(kind), cell="e/one")
    (cell,) = compare(*ledgers).cells
    assert {"kind", "outputs", "scale"} <= set(cell.facts)
    assert np.isnan([cell.changed, cell.difference.mean]).all()
    assert not cell.same


def test_what_one_side_lacks_is_named(ledgers: tuple[Path, Path]) -> None:
    write_run(ledgers[0], "classes", epochs("classes"), seed=0)
    write_run(ledgers[0], "classes", epochs("classes"), seed=1)
    write_run(ledgers[1], "classes", epochs("classes"), seed=1)
    write_run(ledgers[1], "labels", epochs("labels"))
    found = compare(*ledgers)
    stamp = ("embedded", "smoke", "clean")
    assert [cell.seeds for cell in found.cells] == [(1,)]
    assert found.missing == (((stamp, "e/labels", 0),), ((stamp, "e/classes", 0),))
    assert not found.same


def test_damaged_and_unfinished_runs_are_named_and_not_compared(ledgers: tuple[Path, Path]) -> None:
    for ledger in ledgers:
        for seed in (0, 1):
            write_run(ledger, "classes", epochs("classes"), seed=seed)
    harmed = ledgers[1] / "runs" / "e.classes-1-None"
    (harmed / "scores" / "epoch-000.parquet").write_bytes(b"")
    (ledgers[0] / "runs" / "begun").mkdir()
    found = compare(*ledgers)
    assert [cell.seeds for cell in found.cells] == [(0,)]
    assert not found.same
    assert [(run.id, run.reason) for run in found.left_out[0]] == [("begun", "not finished")]
    (damaged,) = found.left_out[1]
    assert damaged.id == harmed.name
    assert "epoch-000.parquet is damaged" in damaged.reason


BROKEN: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "no environment": (("environment",), {}, "lacks 'environment'"),
    "commit": ((), {"environment": MACHINE | {"commit": "abc"}}, "environment is"),
    "versions": ((), {"environment": MACHINE | {"versions": "2.9"}}, "environment is"),
    "weights": ((), {"facts": {"leak_share": 0.0, "seconds": 1.0, "weights": "w"}}, "facts is"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_ledgers_without_a_readable_run_are_not_the_same_and_say_why(ledgers: tuple[Path, Path], case: str) -> None:
    left_out, changes, reason = BROKEN[case]
    for ledger in ledgers:
        change_record(write_run(ledger, "classes", epochs("classes")), *left_out, **changes)
    found = compare(*ledgers)
    assert (found.cells, found.same) == ((), False)
    for side in found.left_out:
        (run,) = side
        assert run.id == "e.classes-0-None"
        assert reason in run.reason


def test_a_run_without_weights_is_damaged(ledgers: tuple[Path, Path]) -> None:
    for ledger in ledgers:
        run = write_run(ledger, "classes", epochs("classes"))
        change_record(run, files={name: of for name, of in run.files.items() if name != "weights.safetensors"})
    found = compare(*ledgers)
    assert not found.same
    assert "weights.safetensors is missing" in found.left_out[0][0].reason


def test_unfinished_runs_alone_do_not_make_a_difference(ledgers: tuple[Path, Path]) -> None:
    for ledger in ledgers:
        write_run(ledger, "classes", epochs("classes"))
    (ledgers[0] / "runs" / "begun").mkdir()
    found = compare(*ledgers)
    assert found.same
    assert [(run.id, run.reason) for run in found.left_out[0]] == [("begun", "not finished")]
    write_run(ledgers[1], "classes", epochs("classes"), seed=1, id="begun")
    assert not compare(*ledgers).same


def test_folds_are_compared_together(ledgers: tuple[Path, Path]) -> None:
    for ledger in ledgers:
        for fold in (0, 1):
            write_run(ledger, "classes", epochs("classes", fold), fold=fold, folds=2)
    found = compare(*ledgers)
    assert [cell.same for cell in found.cells] == [True]


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no finished run"):
        compare(tmp_path, tmp_path)
