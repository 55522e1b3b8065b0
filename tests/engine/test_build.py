"""What a run is built from: here what its parents have learned from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fer_lab.engine import build


def plan(data: str, folder: str, *parents: Any) -> Any:
    return SimpleNamespace(config={"data": {"name": data}}, parents=parents, entry=SimpleNamespace(folder=folder))


def test_a_run_has_learned_from_what_all_its_ancestors_on_the_same_data_were_trained_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, foreign = plan("fer2013", "a"), plan("ck_plus", "c")
    second = plan("fer2013", "b", first)
    monkeypatch.setattr(build, "read_run", lambda folder: SimpleNamespace(training_ids=lambda: frozenset(folder)))
    assert build.learned_from(plan("fer2013", "d", second, foreign)) == {"a", "b"}
    assert build.learned_from(plan("fer2013", "d")) == frozenset()
