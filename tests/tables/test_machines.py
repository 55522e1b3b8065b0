"""A table says what its numbers were computed on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fer_lab.tables.machines import machine_words, machines
from tests.tables.conftest import MakeRun

MACHINE: dict[str, Any] = {
    "cpu": "EPYC 9965",
    "instructions": "avx512_bf16",
    "limits": {},
    "gpu": None,
    "versions": {"fer_lab": "0.1.0"},
    "commit": {"revision": "1e6eaf7b0b64e6", "dirty": False},
}
FACTS = {"threads": 1, "precision": "bf16-mixed"}


def test_processor_precision_threads_and_commit_are_named() -> None:
    assert machine_words(MACHINE, FACTS) == "EPYC 9965 (avx512_bf16), bf16-mixed, 1 thread, commit 1e6eaf7"


@pytest.mark.parametrize(
    ("environment", "facts", "words"),
    [
        ({"commit": {"revision": "1e6eaf7b0b64e6", "dirty": True}}, {}, "commit 1e6eaf7 with changes"),
        ({"commit": None}, {}, "fer_lab 0.1.0"),
        ({"limits": {"ONEDNN_MAX_CPU_ISA": "AVX2"}}, {}, "EPYC 9965 (avx512_bf16), ONEDNN_MAX_CPU_ISA=AVX2, bf16"),
        ({"gpu": "NVIDIA H200"}, {}, "NVIDIA H200, bf16-mixed"),
        ({}, {"threads": 2}, "2 threads"),
    ],
)
def test_what_is_unusual_is_named_too(environment: dict[str, Any], facts: dict[str, Any], words: str) -> None:
    assert words in machine_words({**MACHINE, **environment}, {**FACTS, **facts})


def test_a_record_that_says_less_is_shown_as_far_as_it_goes() -> None:
    assert machine_words({"cpu": "a CPU"}, {}) == "a CPU"
    assert machine_words({}, {}) == ""


def test_each_machine_of_a_table_is_named_with_its_cells(make_run: MakeRun) -> None:
    facts = {**make_run("sase_hidden/c3d", 0).facts, **FACTS}
    one = make_run("sase_hidden/c3d", 0, environment=MACHINE, facts=facts)
    assert machines([one, replace(one, seed=1)]) == [f"Computed on: {machine_words(MACHINE, FACTS)} (all cells)."]
    other = make_run("sase_hidden/two_stream", 0, environment={**MACHINE, "cpu": "Xeon"}, facts=facts)
    first, second = machines([one, other])
    assert first.endswith("(sase_hidden/c3d).")
    assert second.startswith("Computed on: Xeon")
