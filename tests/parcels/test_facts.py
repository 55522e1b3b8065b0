"""What a returned record tells, and nothing can be computed from, has the form that tables and pages read."""

from __future__ import annotations

from typing import Any

import pytest

from fer_lab.parcels.facts import malformed

WHOLE: dict[str, Any] = {
    "finished": 1.5,
    "environment": {"cpu": "one", "versions": {}, "limits": {}, "commit": None},
    "facts": {
        "leak_share": 0.0, "seconds": 2.0, "skipped_files": 0, "skipped_frames": 0, "skipped_faces": 0, "dropped": 0,
        "notes": [], "weights": {"origin": "a random start", "checksum": None},
        "speed": {"first_epoch": 0, "steps": 4, "quartiles": [1.0, 2.0], "images_per_second": 1.5},
        "loss": {"what": "weights", "of_class": [1.0, 2.0]}, "near_copies": None, "rms_geometry": 0.5,
    },
}  # fmt: skip


def test_what_runs_have_is_well_formed() -> None:
    assert list(malformed(WHOLE)) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"finished": None}, "finished is None, expected was seconds since 1970"),
        ({"finished": "today"}, "finished is today"),
        ({"environment": []}, "environment is "),
        ({"environment": {"versions": 1}}, "environment is "),
        ({"facts": []}, "facts is "),
    ],
)
def test_a_field_of_another_form_is_named(changed: dict[str, Any], said: str) -> None:
    (words,) = malformed(WHOLE | changed)
    assert words.startswith(said)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("notes", "a"),
        ("weights", {"origin": "a", "checksum": None, "passport": [1]}),
        ("speed", {}),
        ("speed", {"first_epoch": "x", "steps": 4, "quartiles": [1, 2]}),
        ("loss", {"what": "weights", "of_class": 1}),
        ("members", "fer2013"),
        ("explained_variance", "much"),
        ("near_copies", [1]),
        ("rms_geometry", {}),
    ],
)
def test_a_fact_that_tables_would_stumble_over_is_named(name: str, fact: Any) -> None:
    record = WHOLE | {"facts": {**WHOLE["facts"], name: fact}}
    assert list(malformed(record)) == [f"its facts have no {name} as runs have it"]
