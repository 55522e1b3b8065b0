"""What a run is built from: here what its parents have learned from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fer_lab.engine import build


def plan(name: str, *parents: Any) -> Any:
    return SimpleNamespace(config={"data": {"name": name}}, parents=parents, entry=SimpleNamespace(folder=id(parents)))


def test_a_run_has_learned_from_what_all_its_ancestors_on_the_same_data_were_trained_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, foreign = plan("fer2013"), plan("ck_plus")
    second = plan("fer2013", first)
    trained = {first.entry.folder: {"a"}, second.entry.folder: {"b"}, foreign.entry.folder: {"c"}}
    read = lambda folder: SimpleNamespace(training_ids=lambda: frozenset(trained[folder]))  # noqa: E731
    monkeypatch.setattr(build, "read_run", read)
    assert build.learned_from(plan("fer2013", second, foreign)) == {"a", "b"}
    assert build.learned_from(plan("fer2013")) == frozenset()
